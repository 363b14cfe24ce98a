// bulk-plan.mjs: a bulk query worked out once, then run over everything.
//
// An export asks the same fields of a hundred thousand objects.  Walking the document anew for each
// costs more than the answers, so here it becomes a plan: which resolver, with which arguments, in
// which order.  A node gives its row as text, and the nodes of its connections as children.
//
// SPDX-License-Identifier: Apache-2.0
import { graphql, schema } from '../schema.mjs';
import { checkAccess } from './access.mjs';
import { isConnection } from './cost.mjs';
import { neutral } from './fields.mjs';
import { resolvers } from './resolvers.mjs';

const { getNamedType, getNullableType, isAbstractType, isLeafType, isListType, isNonNullType } = graphql;
const TEXTS = new Set(['ID', 'String']);

const selected = (node) => [graphql.GraphQLIncludeDirective, graphql.GraphQLSkipDirective].every(
    (directive) => {
        const given = graphql.getDirectiveValues(directive, node, {});
        return given === undefined || given.if === (directive === graphql.GraphQLIncludeDirective);
    });

export class BulkPlan {
    constructor(document, context) {
        this.context = context;
        this.fragments = Object.fromEntries(document.definitions
            .filter(({ kind }) => kind === 'FragmentDefinition')
            .map((definition) => [definition.name.value, definition]));
        const operation = document.definitions.find(({ kind }) => kind === 'OperationDefinition');
        const type = schema.getQueryType();
        const [[, nodes]] = this.collect([operation.selectionSet], type);
        this.info = this.infoOf(nodes, type, undefined);
        this.resolve = this.resolver(nodes, type, this.info);
        this.node = isConnection(this.info.returnType) ? this.nodePlan(nodes, this.info)
            : this.objectPlan(this.info.returnType, nodes.map(({ selectionSet }) => selectionSet), this.info, true);
    }

    /** The next slice: the root's nodes, each with the plan to write it. */
    slice() {
        const root = this.resolve({});
        if (root === null || root === undefined) return [];
        const nodes = root.edges ? root.edges.map(({ node }) => node) : [root];
        return nodes.map((source) => ({ source, plan: this.node }));
    }

    // ---- working the document out

    /** Response key -> field nodes, in order, with fragments that fit the type opened. */
    collect(selectionSets, type, found = new Map()) {
        for (const node of selectionSets.flatMap(({ selections }) => selections)) {
            if (!selected(node)) continue;
            if (node.kind === 'Field') {
                const key = (node.alias ?? node.name).value;
                found.set(key, [...found.get(key) ?? [], node]);
                continue;
            }
            const part = node.kind === 'FragmentSpread' ? this.fragments[node.name.value] : node;
            const condition = part.typeCondition && schema.getType(part.typeCondition.name.value);
            if (!condition || condition === type
                || (isAbstractType(condition) && schema.isSubType(condition, type))) {
                this.collect([part.selectionSet], type, found);
            }
        }
        return found;
    }

    infoOf(nodes, parentType, prev) {
        const [node] = nodes;
        const { type } = parentType.getFields()[node.name.value];
        return {
            fieldName: node.name.value, fieldNodes: nodes, returnType: type, parentType, schema,
            fragments: this.fragments, variableValues: {}, rootValue: {},
            path: { prev, key: (node.alias ?? node.name).value, typename: parentType.name },
        };
    }

    /** source -> value of a field; a field without its scope is refused before anything runs. */
    resolver([node], type, info) {
        const { context } = this;
        const { access } = context.shop;
        if (access.denied !== null) checkAccess(access, info);
        const args = graphql.getArgumentValues(type.getFields()[info.fieldName], node, {});
        const own = resolvers[type.name]?.[info.fieldName];
        if (own) return (source) => own(source, args, context, info);
        const name = info.fieldName;
        return (source) => {
            const value = source[name];
            if (value === undefined) return neutral(args, info, context);
            return typeof value === 'function' ? value(args, context, info) : value;
        };
    }

    // ---- plans: (source, below) -> JSON text; below: {id of the row, nodes: [{source, plan}]}

    objectPlan(type, selectionSets, info, isRow = false) {
        const named = getNamedType(type);
        if (!isAbstractType(named)) return this.concretePlan(named, selectionSets, info, isRow);
        const plans = new Map();
        return (source, below) => {
            let plan = plans.get(source.__typename);
            if (!plan) {
                plan = this.concretePlan(schema.getType(source.__typename), selectionSets, info,
                    isRow);
                plans.set(source.__typename, plan);
            }
            return plan(source, below);
        };
    }

    concretePlan(type, selectionSets, info, isRow) {
        const fields = [];
        for (const [key, nodes] of this.collect(selectionSets, type)) {
            fields.push(isRow && key === 'id' ? this.idPlan(nodes, type, info)
                : this.fieldPlan(key, nodes, type, info));
        }
        return (source, below) => {
            let text = '';
            for (const field of fields) {
                const part = field(source, below);
                if (part !== null) text += text === '' ? part : `,${part}`;
            }
            return `{${text}}`;
        };
    }

    /** A row's own id, which its children name as their parent. */
    idPlan(nodes, type, above) {
        const resolve = this.resolver(nodes, type, this.infoOf(nodes, type, above.path));
        return (source, below) => {
            below.id = String(resolve(source));
            return `"id":"${below.id}"`;
        };
    }

    fieldPlan(key, nodes, type, above) {
        const head = `${JSON.stringify(key)}:`;
        if (nodes[0].name.value === '__typename') {
            const text = `${head}${JSON.stringify(type.name)}`;
            return () => text;
        }
        const info = this.infoOf(nodes, type, above.path);
        const resolve = this.resolver(nodes, type, info);
        if (isConnection(info.returnType)) {
            const plan = this.nodePlan(nodes, info);
            return (source, below) => {
                for (const { node } of resolve(source).edges) below.nodes.push({ source: node, plan });
                return null;
            };
        }
        const write = this.valuePlan(info.returnType, nodes, info);
        return (source, below) => `${head}${write(resolve(source), below)}`;
    }

    /** The plan of the nodes of a connection, which a bulk query reaches by edges { node }. */
    nodePlan(nodes, info) {
        const inner = (name, sets, type) => this.collect(sets, type).get(name)
            .map(({ selectionSet }) => selectionSet);
        const named = getNamedType(info.returnType);
        const edges = inner('edges', nodes.map(({ selectionSet }) => selectionSet), named);
        const edgeType = getNamedType(named.getFields().edges.type);
        return this.objectPlan(edgeType.getFields().node.type, inner('node', edges, edgeType), info, true);
    }

    valuePlan(type, nodes, info) {
        if (isNonNullType(type)) {
            const write = this.valuePlan(type.ofType, nodes, info);
            return (value, below) => {
                if (value === null || value === undefined) {
                    throw new Error(`${info.parentType.name}.${info.fieldName} must not be null`);
                }
                return write(value, below);
            };
        }
        const write = this.presentPlan(getNullableType(type), nodes, info);
        return (value, below) => (value === null || value === undefined ? 'null'
            : write(value, below));
    }

    presentPlan(type, nodes, info) {
        if (isListType(type)) {
            const write = this.valuePlan(type.ofType, nodes, info);
            return (list, below) => {
                let text = '';
                for (const value of list) text += `${text === '' ? '' : ','}${write(value, below)}`;
                return `[${text}]`;
            };
        }
        if (!isLeafType(type)) {
            return this.objectPlan(type, nodes.map(({ selectionSet }) => selectionSet), info);
        }
        return TEXTS.has(type.name) ? (value) => JSON.stringify(String(value))
            : (value) => JSON.stringify(value);
    }
}

/** A plan over the whole shop, as it is while it runs; nothing is charged. */
export function planBulk(shop, document, bulkState) {
    return new BulkPlan(document, {
        shop, apiVersion: '2026-10', debugSearch: false, searchReports: [], mutation: false,
        replicaUs: null, bulk: true, bulkState,
    });
}
