// connections.mjs: pages of a list.
//
// A cursor names the sort value and the id of the last object seen (keyset), so objects that share
// a value are neither skipped nor shown twice, and inserting or changing others does not shift the
// page.  A page costs a sort of what matched; shops of a sandbox are small.
//
// SPDX-License-Identifier: Apache-2.0
import { graphql } from '../schema.mjs';
import { compareIds } from '../ids.mjs';

const MAX_PAGE = 250;
const MAX_VARIANTS = 2_048; // all variants of one product, asked for at the root

export function badRequest(message, code = 'BAD_REQUEST') {
    return new graphql.GraphQLError(message, { extensions: { code } });
}

const encodeCursor = (id, value) => Buffer.from(`{"last_id":${id},"last_value":`
    + `${typeof value === 'number' ? value : JSON.stringify(value)}}`).toString('base64');

function decodeCursor(text, fieldName) {
    const json = Buffer.from(text, 'base64').toString();
    const match = /^\{"last_id":(\d+),"last_value":(.*)\}$/.exec(json);
    if (!match) throw badRequest(`Invalid cursor for current pagination sort. (${fieldName})`,
        'BAD_REQUEST');
    return { id: match[1], value: JSON.parse(match[2]) };
}

function compareEntries(a, b) {
    if (a.value < b.value) return -1;
    if (a.value > b.value) return 1;
    return compareIds(a.id, b.id);
}

const pageLimit = ({ fieldName, parentType, path }) => (fieldName === 'variants'
    && parentType.name === 'Product' && path.prev?.typename === 'QueryRoot' ? MAX_VARIANTS : MAX_PAGE);

function checkLimits({ first, last, after, before }, info) {
    const limit = pageLimit(info);
    if (first === undefined && last === undefined) {
        throw badRequest('you must provide one of first or last');
    }
    if (first !== undefined && last !== undefined) {
        throw badRequest('providing both first and last is not supported');
    }
    for (const [name, count] of [['first', first], ['last', last]]) {
        if (count < 0) throw badRequest(`${name} cannot be less than 0`);
        if (count > limit) {
            throw badRequest(`The input argument '${name}' of '${info.fieldName}' is ${count}, `
                + `greater than the maximum of ${limit}.`, 'MAX_INPUT_SIZE_EXCEEDED');
        }
    }
    return { after: after ?? null, before: before ?? null };
}

const without = (value) => (value === null ? undefined : value);

/** Cuts `entries` ([{id, value, node}]) into the page that `args` ask for. */
function cut(entries, args, info) {
    const { fieldName } = info;
    const first = without(args.first);
    const last = without(args.last);
    const { after, before } = checkLimits({ first, last, after: args.after, before: args.before },
        info);
    const direction = args.reverse ? -1 : 1;
    entries.sort((a, b) => direction * compareEntries(a, b));
    let start = 0;
    let end = entries.length;
    if (after !== null) {
        const mark = decodeCursor(after, fieldName);
        while (start < end && direction * compareEntries(entries[start], mark) <= 0) start += 1;
    }
    if (before !== null) {
        const mark = decodeCursor(before, fieldName);
        while (end > start && direction * compareEntries(entries[end - 1], mark) >= 0) end -= 1;
    }
    if (first !== undefined) end = Math.min(end, start + first);
    else start = Math.max(start, end - last);
    return { start, end };
}

/**
 * A connection object.  entries: [{id, value, node}] of all that matched; `node` may be a function of
 * the context, called only for what is on the page.
 */
export function connection(entries, args, info, context) {
    if (context.bulk && info.path.prev === undefined) {
        return bulkSlice(entries, args, context);
    }
    const { start, end } = context.bulk ? sortAll(entries, args)
        : cut(entries, args, info);
    return page(entries, start, end, context);
}

/** At the root of a bulk operation, after its first slice: the next one, without searching again. */
export function laterSlice(info, context) {
    const { bulk, bulkState } = context;
    if (!bulk || info.path.prev !== undefined || bulkState.entries === null) return null;
    return bulkSlice(bulkState.entries, {}, context);
}

/** The next slice of a bulk operation's root; which objects there are was decided by the first. */
function bulkSlice(entries, args, context) {
    const state = context.bulkState;
    if (state.entries === null) {
        sortAll(entries, args);
        state.entries = entries;
    }
    return page(state.entries, state.start, state.start + state.size, context);
}

function page(entries, start, end, context) {
    const shown = entries.slice(start, end);
    const edges = shown.map((entry) => ({
        cursor: () => encodeCursor(entry.id, entry.value),
        node: typeof entry.node === 'function' ? entry.node(context) : entry.node,
    })).filter(({ node }) => node !== null);
    const cursorOf = (entry) => (entry ? encodeCursor(entry.id, entry.value) : null);
    return {
        edges, nodes: edges.map(({ node }) => node), totalCount: entries.length,
        pageInfo: {
            hasNextPage: end < entries.length, hasPreviousPage: start > 0,
            startCursor: cursorOf(shown[0]), endCursor: cursorOf(shown.at(-1)),
        },
    };
}

function sortAll(entries, args) {
    const direction = args.reverse ? -1 : 1;
    entries.sort((a, b) => direction * compareEntries(a, b));
    return { start: 0, end: entries.length };
}

/** A connection over the parts of an object, in their own order. */
export function listConnection(list, args, info, context) {
    const entries = list.map((node, index) => ({ id: String(node.id ?? index).split('/').pop(), value: index, node }));
    return connection(entries, args, info, context);
}
