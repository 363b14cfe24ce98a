// cost.mjs: what a document costs in points.
//
// Shopify does not publish its formula; this one was fitted to recorded answers:
//     a leaf costs 0, an object 1 plus its children, a list of objects as much as one of them;
//     MoneyBag, MoneyV2, PageInfo, a webhook's endpoint and plain addresses 0 (their children still count);
//     a connection 2 + max(1, floor(2 ln first)) x (1 + children of a node);
//     a mutation 10 (tracking updates 50), its payload object and userErrors nothing;
//     a ...Count at the root 10; of an interface or union the dearest concrete type.
// The actual cost applies the same to what was really returned, with two differences that the recordings
// show: a connection inside another has 1 instead of 2, and an empty one is paid for as asked when its
// `nodes` were.
//
// SPDX-License-Identifier: Apache-2.0
import { graphql, schema } from '../schema.mjs';

const { getNamedType, isLeafType, isAbstractType, isListType, isObjectType, getNullableType } = graphql;
const FREE_TYPES = new Set(['MoneyBag', 'MoneyV2', 'LocationAddress', 'ShopAddress', 'PageInfo',
    'WebhookSubscriptionEndpoint']);
const MUTATION_COSTS = {
    fulfillmentTrackingInfoUpdate: 50, fulfillmentTrackingInfoUpdateV2: 50, orderCapture: 20,
};
const MUTATION_COST = 10;
const COUNT_COST = 10;

export const isConnection = (type) => /Connection$/.test(getNamedType(type).name);
const pageFactor = (size) => Math.max(1, Math.floor(2 * Math.log(Math.max(1, size))));

function valueOf(node, variables) {
    if (!node) return undefined;
    return node.kind === 'Variable' ? variables[node.name.value] : graphql.valueFromASTUntyped(node);
}

function argument(field, name, variables) {
    return valueOf(field.arguments?.find((entry) => entry.name.value === name)?.value, variables);
}

function isSkipped(node, variables) {
    return (node.directives ?? []).some((directive) => {
        const value = argument(directive, 'if', variables);
        return (directive.name.value === 'skip' && value === true)
            || (directive.name.value === 'include' && value === false);
    });
}

/** Fields that a selection has for a concrete type, merged by response key. */
export function collectFields(selectionSet, type, fragments, variables, found = new Map()) {
    for (const node of selectionSet?.selections ?? []) {
        if (isSkipped(node, variables)) continue;
        if (node.kind === 'Field') {
            const key = (node.alias ?? node.name).value;
            if (!found.has(key)) found.set(key, []);
            found.get(key).push(node);
            continue;
        }
        const fragment = node.kind === 'FragmentSpread' ? fragments[node.name.value] : node;
        const condition = fragment.typeCondition && schema.getType(fragment.typeCondition.name.value);
        if (condition && !applies(condition, type)) continue;
        collectFields(fragment.selectionSet, type, fragments, variables, found);
    }
    return found;
}

const applies = (condition, type) => condition === type
    || (isAbstractType(condition) && schema.isSubType(condition, type));

class Estimator {
    constructor(fragments, variables) {
        this.fragments = fragments;
        this.variables = variables;
        this.inside = 0; // connections around the present one
    }

    fieldsOf(nodes, type) {
        const found = new Map();
        for (const node of nodes) {
            collectFields(node.selectionSet, type, this.fragments, this.variables, found);
        }
        return found;
    }

    children(nodes, type, result) {
        let cost = 0;
        for (const [key, same] of this.fieldsOf(nodes, type)) {
            if (result && !(key in result)) continue; // a fragment on another concrete type
            const field = type.getFields?.()[same[0].name.value];
            if (field) cost += this.field(same, field, result?.[key]);
        }
        return cost;
    }

    /** The concrete type of a result, or the dearest one when there is no result. */
    objectCost(nodes, named, result) {
        if (isObjectType(named)) return this.children(nodes, named, result);
        return Math.max(0, ...this.concreteTypes(nodes, named).map((type) => this.children(nodes, type, result)));
    }

    /** Only types that a fragment names can cost more than the common fields. */
    concreteTypes(nodes, named) {
        const names = new Set();
        const visit = (selectionSet) => {
            for (const node of selectionSet?.selections ?? []) {
                if (node.kind === 'Field') continue;
                const fragment = node.kind === 'FragmentSpread'
                    ? this.fragments[node.name.value] : node;
                const type = fragment.typeCondition
                    && schema.getType(fragment.typeCondition.name.value);
                if (type && isObjectType(type)) names.add(type);
                visit(fragment.selectionSet);
            }
        };
        for (const node of nodes) visit(node.selectionSet);
        return [...names].filter((type) => applies(named, type)).concat(named);
    }

    field(nodes, field, result) {
        const named = getNamedType(field.type);
        if (isLeafType(named) || nodes[0].name.value === '__typename') return 0;
        if (result === null) return 0;
        if (isConnection(field.type)) return this.connection(nodes, named, result);
        if (isListType(getNullableType(field.type)) && Array.isArray(result)) {
            return result.length === 0 ? 0
                : Math.max(...result.map((entry) => this.object(nodes, named, entry ?? null)));
        }
        return this.object(nodes, named, result);
    }

    object(nodes, named, result) {
        if (result === null) return 0;
        return (FREE_TYPES.has(named.name) ? 0 : 1) + this.objectCost(nodes, named, result);
    }

    connection(nodes, named, result) {
        this.inside += 1;
        const node = this.elementCost(nodes, named, result);
        this.inside -= 1;
        if (result === undefined) return 2 + pageFactor(this.asked(nodes)) * node;
        const own = this.inside > 0 ? 1 : 2;
        const size = Object.values(result).find(Array.isArray)?.length ?? 1;
        if (size > 0) return own + pageFactor(size) * node;
        return own + ('nodes' in result ? pageFactor(this.asked(nodes)) : 0);
    }

    elementCost(nodes, named, result) {
        let node = 0;
        for (const [key, same] of this.fieldsOf(nodes, named)) {
            const field = named.getFields()[same[0].name.value];
            if (same[0].name.value === 'nodes') {
                node += this.nodeCost(same, field.type, result?.[key]);
            } else if (same[0].name.value === 'edges') {
                node += this.edgeCost(same, field.type, result?.[key]);
            }
        }
        return node;
    }

    /** How many elements were asked for. */
    asked(nodes) {
        return argument(nodes[0], 'first', this.variables)
            ?? argument(nodes[0], 'last', this.variables) ?? 1;
    }

    nodeCost(nodes, type, results) {
        const named = getNamedType(type);
        if (results === undefined) return 1 + this.objectCost(nodes, named, undefined);
        return 1 + Math.max(0, ...results.map((result) =>
            (result ? this.objectCost(nodes, named, result) : 0)));
    }

    edgeCost(nodes, type, results) {
        const edge = getNamedType(type);
        for (const [key, same] of this.fieldsOf(nodes, edge)) {
            if (same[0].name.value !== 'node') continue;
            return this.nodeCost(same, edge.getFields().node.type,
                results?.map((entry) => entry?.[key]));
        }
        return 1;
    }

    mutation(nodes, field, result) {
        const payload = getNamedType(field.type);
        let cost = MUTATION_COSTS[field.name] ?? MUTATION_COST;
        if (!isObjectType(payload) || result === null) return cost;
        for (const [key, same] of this.fieldsOf(nodes, payload)) {
            const inner = payload.getFields()[same[0].name.value];
            if (!inner || /[uU]serErrors$/.test(inner.name) || inner.type === undefined) continue;
            cost += this.payloadField(same, inner, result?.[key]);
        }
        return cost;
    }

    /** Objects directly in a payload are free, their children are not. */
    payloadField(nodes, field, result) {
        const named = getNamedType(field.type);
        if (isLeafType(named) || result === null) return 0;
        if (isConnection(field.type)) return this.connection(nodes, named, result);
        const one = Array.isArray(result) ? result[0] : result;
        return one === null ? 0 : this.objectCost(nodes, named, one);
    }
}

/** The cost of an operation; with `data` (an executed result) what it really cost. */
export function costOf({ operation, fragments, variables, data }) {
    const estimator = new Estimator(fragments, variables);
    const mutation = operation.operation === 'mutation';
    const root = mutation ? schema.getMutationType() : schema.getQueryType();
    let cost = 0;
    for (const [key, nodes] of collectFields(operation.selectionSet, root, fragments, variables)) {
        const field = root.getFields()[nodes[0].name.value];
        if (!field) continue;
        const result = data === undefined ? undefined : data?.[key] ?? null;
        if (mutation) cost += estimator.mutation(nodes, field, result);
        else if (getNamedType(field.type).name === 'Count') cost += COUNT_COST;
        else cost += result === null ? 1 : estimator.field(nodes, field, result);
    }
    return cost;
}
