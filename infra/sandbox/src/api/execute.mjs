// execute.mjs: one GraphQL request from text to answer.
//
// Parse and validate (remembered per text), hold variables to their types, charge the bucket,
// execute, charge what it really cost.  The answer is {status, body}; HTTP is http.mjs's business.
//
// SPDX-License-Identifier: Apache-2.0
import { graphql, schema } from '../schema.mjs';
import { costOf } from './cost.mjs';
import { makeFieldResolver, resolveType } from './fields.mjs';
import { resolvers, UNSUPPORTED_QUERIES, UNSUPPORTED_MUTATIONS } from './resolvers.mjs';
import { syntaxError, validationError } from './wording.mjs';
import { variableError } from './variables.mjs';

const CACHE_LIMIT = 500;
const fieldResolver = makeFieldResolver(resolvers);
const documents = new Map();

function prepare(text) {
    let document;
    try {
        document = graphql.parse(text);
    } catch (error) {
        return { errors: [syntaxError(error, text)] };
    }
    const faults = graphql.validate(schema, document);
    if (faults.length > 0) return { errors: faults.map((fault) => validationError(document, fault)) };
    const fragments = {};
    const operations = [];
    for (const definition of document.definitions) {
        if (definition.kind === 'FragmentDefinition') fragments[definition.name.value] = definition;
        else if (definition.kind === 'OperationDefinition') operations.push(definition);
    }
    return { document, fragments, operations, errors: [] };
}

export function prepared(text) {
    let found = documents.get(text);
    if (!found) {
        found = prepare(text);
        documents.set(text, found);
        if (documents.size > CACHE_LIMIT) documents.delete(documents.keys().next().value);
    }
    return found;
}

function pickOperation({ operations }, name) {
    if (name) return operations.find((operation) => operation.name?.value === name) ?? null;
    return operations.length === 1 ? operations[0] : null;
}

/** Root field names of an operation; unsupported ones are refused before anything runs. */
export function rootsOf(operation, fragments) {
    const names = [];
    const visit = (selectionSet) => {
        for (const node of selectionSet.selections) {
            if (node.kind === 'Field') names.push(node.name.value);
            else visit(node.kind === 'FragmentSpread' ? fragments[node.name.value].selectionSet
                : node.selectionSet);
        }
    };
    visit(operation.selectionSet);
    return names;
}

function unsupported(operation, roots) {
    const missing = operation.operation === 'mutation' ? UNSUPPORTED_MUTATIONS : UNSUPPORTED_QUERIES;
    const name = roots.find((root) => missing.has(root));
    return name && {
        message: `The sandbox does not implement the root field '${name}'. `
            + 'infra/sandbox/README.md lists those that it does.',
        path: [name], extensions: { code: 'SANDBOX_UNSUPPORTED' },
    };
}

const ok = (body) => ({ status: 200, body });
const refused = (errors) => ok({ errors });

function throttled(shop, requested) {
    return ok({
        errors: [{ message: 'Throttled', extensions: {
            code: 'THROTTLED', documentation: 'https://shopify.dev/api/usage/rate-limits' } }],
        extensions: { cost: {
            requestedQueryCost: requested, actualQueryCost: null, throttleStatus: shop.bucket.status(),
        } },
    });
}

function tooExpensive(shop, requested) {
    return ok({ errors: [{
        message: `Query cost is ${requested}, which exceeds the single query max cost limit `
            + `(${shop.config.query_cost_limit}).\n\nSee https://shopify.dev/concepts/about-apis/`
            + 'rate-limits for more information on how the\ncost of a query is calculated.\n',
        extensions: {
            code: 'MAX_COST_EXCEEDED', cost: requested, maxCost: shop.config.query_cost_limit,
            documentation: 'https://shopify.dev/api/usage/limits#rate-limits',
        },
    }] });
}

const shownError = (error) => {
    const { message, locations, path, extensions } = error.toJSON();
    return {
        message, locations, extensions: extensions ?? { code: 'INTERNAL_SERVER_ERROR' }, path,
    };
};

function answer(shop, result, context, cost) {
    const body = {};
    if (result.errors) body.errors = result.errors.map(shownError);
    if (result.data !== undefined) body.data = result.data;
    body.extensions = { cost };
    if (context.searchReports.length > 0) body.extensions.search = context.searchReports;
    return { ...ok(body), idempotencyKey: context.idempotencyKey };
}

function contextOf(shop, request, operation) {
    return {
        shop, apiVersion: request.apiVersion, debugSearch: request.debugSearch ?? false,
        searchReports: [], mutation: operation.operation === 'mutation', replicaUs: null, bulk: false,
        staleUs: request.staleUs ?? null, requestId: request.requestId ?? null,
        idempotencyKey: null, replayed: false,
    };
}

/** Reads of one request all come from the same replica. */
function chooseReplica(shop, context) {
    if (context.mutation) return;
    context.replicaUs = context.staleUs ?? shop.replicaMoment();
}

/** request: {text, variables, operationName, apiVersion, debugSearch, staleUs}. */
export function executeRequest(shop, request) {
    const { text, variables = {} } = request;
    const ready = prepared(text);
    if (ready.errors.length > 0) return refused(ready.errors);
    const operation = pickOperation(ready, request.operationName);
    if (!operation) return refused([{ message: 'An operation name is required' }]);
    const fault = variableError(operation, variables)
        ?? unsupported(operation, rootsOf(operation, ready.fragments));
    if (fault) return refused([fault]);
    const all = withDefaults(operation, variables);
    const requested = costOf({ operation, fragments: ready.fragments, variables: all });
    if (requested > shop.config.query_cost_limit) return tooExpensive(shop, requested);
    if (!shop.bucket.take(requested)) return throttled(shop, requested);
    const context = contextOf(shop, request, operation);
    chooseReplica(shop, context);
    const result = graphql.execute({
        schema, document: ready.document, operationName: request.operationName ?? undefined,
        contextValue: context, variableValues: variables, fieldResolver, typeResolver: resolveType,
        rootValue: {},
    });
    const actual = result.data ? costOf({
        operation, fragments: ready.fragments, variables: all, data: result.data,
    }) : requested;
    shop.bucket.give(requested - actual);
    return answer(shop, result, context, {
        requestedQueryCost: requested, actualQueryCost: actual, throttleStatus: shop.bucket.status(),
    });
}

function withDefaults(operation, given) {
    const all = { ...given };
    for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
        if (all[variable.name.value] === undefined && defaultValue) {
            all[variable.name.value] = graphql.valueFromASTUntyped(defaultValue);
        }
    }
    return all;
}
