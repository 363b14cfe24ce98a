// bulk-rules.mjs: what Shopify refuses in the inner query of a bulk operation.
//
// SPDX-License-Identifier: Apache-2.0
import { graphql, schema } from '../schema.mjs';
import { syntaxError, validationError } from '../api/wording.mjs';

const MAX_BYTES = 65_535;
const MAX_CONNECTIONS = 5;
const MAX_DEPTH = 2;
const { getNamedType, getNullableType, isListType } = graphql;

const isConnection = (type) => /Connection$/.test(getNamedType(type).name);

/** Fields of a selection with fragments opened. */
function* fieldsOf(selectionSet, fragments) {
    for (const node of selectionSet?.selections ?? []) {
        if (node.kind === 'Field') yield node;
        else {
            const inner = node.kind === 'FragmentSpread' ? fragments[node.name.value] : node;
            yield* fieldsOf(inner.selectionSet, fragments);
        }
    }
}

function typeOfField(parent, node) {
    const types = graphql.isAbstractType(parent) ? [parent, ...schema.getPossibleTypes(parent)] : [parent];
    for (const type of types) {
        const field = type.getFields?.()[node.name.value];
        if (field) return field.type;
    }
    return null;
}

class Survey {
    constructor(fragments) {
        this.fragments = fragments;
        this.count = 0;
        this.deepest = 0;
        this.viaNodes = [];
        this.withoutId = [];
        this.inList = false;
    }

    walk(selectionSet, type, depth, inList) {
        let nested = false;
        for (const node of fieldsOf(selectionSet, this.fragments)) {
            const fieldType = node.name.value.startsWith('__') ? null : typeOfField(type, node);
            if (!fieldType) continue;
            if (isConnection(fieldType)) {
                nested = true;
                this.connection(node, fieldType, depth, inList);
            } else if (node.selectionSet) {
                nested = this.walk(node.selectionSet, getNamedType(fieldType), depth,
                    inList || isListType(getNullableType(fieldType))) || nested;
            }
        }
        return nested;
    }

    connection(node, fieldType, depth, inList) {
        this.count += 1;
        this.deepest = Math.max(this.deepest, depth);
        if (inList) this.inList = true;
        const named = getNamedType(fieldType);
        const inner = [...fieldsOf(node.selectionSet, this.fragments)];
        if (inner.some((field) => field.name.value === 'nodes')) this.viaNodes.push(node.name.value);
        for (const edges of inner.filter((field) => field.name.value === 'edges')) {
            for (const item of fieldsOf(edges.selectionSet, this.fragments)) {
                if (item.name.value !== 'node') continue;
                const edgeType = getNamedType(named.getFields().edges.type);
                const nodeType = getNamedType(edgeType.getFields().node.type);
                const nested = this.walk(item.selectionSet, nodeType, depth + 1, false);
                if (nested && !this.selectsId(item)) this.withoutId.push(node.name.value);
            }
        }
    }

    selectsId(node) {
        return [...fieldsOf(node.selectionSet, this.fragments)]
            .some((field) => field.name.value === 'id' && !field.alias);
    }

    messages(topNodes) {
        const found = [];
        for (const name of topNodes) {
            found.push(`Bulk queries cannot contain a top level \`${name}\` field.`);
        }
        if (this.count === 0) found.push('Bulk queries must contain at least one connection.');
        if (this.viaNodes.length > 0) {
            found.push("All connection fields in a bulk query must select their contents using 'edges' > "
                + `'node', e.g: '${this.viaNodes[0]} { edges { node {'. Selecting via 'nodes' is not `
                + `supported. Invalid connection fields: '${this.viaNodes.join("', '")}'.`);
        }
        if (this.inList) {
            found.push('Queries that contain a connection field within a list field are not currently '
                + 'supported.');
        }
        if (this.count > MAX_CONNECTIONS) {
            found.push(`Bulk queries cannot contain more than ${MAX_CONNECTIONS} connections.`);
        }
        if (this.deepest > MAX_DEPTH) {
            found.push('Bulk queries cannot contain connections with a nesting depth greater than '
                + `${MAX_DEPTH}.`);
        }
        if (this.withoutId.length > 0) {
            found.push("The parent 'node' field for a nested connection must select the 'id' field "
                + "without an alias and must be of 'ID' return type. Connection fields without 'id': "
                + `${this.withoutId.join(', ')}.`);
        }
        return found;
    }
}

/** Messages; empty when the query may run. */
export function validateBulkQuery(text) {
    const bytes = Buffer.byteLength(text);
    if (bytes > MAX_BYTES) {
        return [`Query is too large (${bytes} bytes; maximum is ${MAX_BYTES} bytes)`];
    }
    let document;
    try {
        document = graphql.parse(text);
    } catch (error) {
        return [`Invalid bulk query: ${syntaxError(error, text).message.replace(/ at \[.*\]$/, '')}`];
    }
    const operation = document.definitions.find(({ kind }) => kind === 'OperationDefinition');
    if (!operation || operation.operation !== 'query') {
        return ['Invalid operation type. Only `query` operations are supported.'];
    }
    const [fault] = graphql.validate(schema, document);
    if (fault) return [`Invalid bulk query: ${validationError(document, fault).message}`];
    return surveyOf(document, operation);
}

function surveyOf(document, operation) {
    const fragments = Object.fromEntries(document.definitions
        .filter(({ kind }) => kind === 'FragmentDefinition')
        .map((definition) => [definition.name.value, definition]));
    const top = [...fieldsOf(operation.selectionSet, fragments)].map((field) => field.name.value);
    if (top.length > 1) return ['Bulk queries must contain exactly one top level field.'];
    const survey = new Survey(fragments);
    survey.walk(operation.selectionSet, schema.getQueryType(), 0, false);
    return survey.messages(top.filter((name) => name === 'node' || name === 'nodes'));
}
