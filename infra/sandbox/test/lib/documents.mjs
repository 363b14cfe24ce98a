// documents.mjs: random valid documents over the served query roots, repeatable by seed.
//
// SPDX-License-Identifier: Apache-2.0
import { graphql, schema } from '../../src/schema.mjs';
import { Random } from '../../src/random.mjs';

const ROOTS = ['orders', 'order', 'products', 'product', 'productVariants', 'productVariant',
    'inventoryItems', 'inventoryItem', 'locations', 'location', 'fulfillmentOrders',
    'fulfillmentOrder', 'shop', 'currentAppInstallation', 'webhookSubscriptions', 'bulkOperations',
    'node'];
const ID_OF = {
    order: 'order', product: 'product', productVariant: 'variant', inventoryItem: 'item',
    location: 'place', fulfillmentOrder: 'work', node: 'order',
};
const DEPTH = 5;
const { getNamedType, isLeafType, isNonNullType, isAbstractType } = graphql;

/** Arguments a field needs; null when one cannot be made up. */
function argumentsOf(field, random) {
    const given = [];
    for (const { name, type, defaultValue } of field.args) {
        if (name === 'first' && /Connection$/.test(getNamedType(field.type).name)) {
            given.push(`first: ${random.between(1, 3)}`);
        } else if (isNonNullType(type) && defaultValue === undefined) {
            const value = { names: '["available", "on_hand"]', first: '2', locale: '"en"' }[name];
            if (!value) return null;
            given.push(`${name}: ${value}`);
        }
    }
    return given.length > 0 ? `(${given.join(', ')})` : '';
}

class Maker {
    constructor(random) {
        this.random = random;
    }

    selection(type, depth) {
        if (isAbstractType(type)) {
            const concrete = this.random.pick(schema.getPossibleTypes(type));
            return `{ __typename ... on ${concrete.name} ${this.selection(concrete, depth)} }`;
        }
        const fields = Object.values(type.getFields());
        const wanted = new Set(['__typename']);
        const count = this.random.between(2, 6);
        for (let i = 0; i < count * 2 && wanted.size < count; i += 1) {
            const text = this.field(this.random.pick(fields), depth);
            if (text) wanted.add(text);
        }
        return `{ ${[...wanted].join(' ')} }`;
    }

    field(field, depth) {
        const given = argumentsOf(field, this.random);
        if (given === null) return null;
        const named = getNamedType(field.type);
        if (isLeafType(named)) return `${field.name}${given}`;
        if (depth === 0) return null;
        if (/Connection$/.test(named.name)) return this.connection(field.name, given, named, depth);
        return `${field.name}${given} ${this.selection(named, depth - 1)}`;
    }

    connection(name, given, named, depth) {
        const { nodes, edges } = named.getFields();
        const inner = nodes ? getNamedType(nodes.type)
            : getNamedType(getNamedType(edges.type).getFields().node.type);
        if (isLeafType(inner)) return `${name}${given} { pageInfo { hasNextPage } }`;
        const body = this.selection(inner, depth - 1);
        return nodes && this.random.chance(0.5)
            ? `${name}${given} { nodes ${body} pageInfo { hasNextPage endCursor } }`
            : `${name}${given} { edges { cursor node ${body} } }`;
    }
}

/** {text, variables} of a document; fields are deduplicated by name, so it is always valid. */
export function randomDocument(seed, ids) {
    const random = new Random(seed);
    for (;;) {
        const maker = new Maker(random);
        const root = random.pick(ROOTS);
        const field = schema.getQueryType().getFields()[root];
        const named = getNamedType(field.type);
        const body = ID_OF[root] ? `${root}(id: "${ids[ID_OF[root]]}") ${maker.selection(named, DEPTH - 1)}`
            : maker.field(field, DEPTH);
        const text = `{ ${body} }`;
        if (body && graphql.validate(schema, graphql.parse(text)).length === 0) {
            return { text, variables: {} };
        }
    }
}
