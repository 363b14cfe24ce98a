// roots.mjs: the searchable connections at the root (orders, products, ...).
//
// Which objects match, and in which order, is decided by a search index that may lag behind; what
// is shown of them comes from the database (or a replica of it), as at the real one.
//
// SPDX-License-Identifier: Apache-2.0
import { toSecond, US_PER_MS } from '../clock.mjs';
import { financialStatus, returnStatus } from '../domain/totals.mjs';
import { visible } from './access.mjs';
import { badRequest, connection, laterSlice } from './connections.mjs';
import { load } from './lookup.mjs';
import { flagField, idField, search, SearchError, textField, timeField } from './search.mjs';

const time = (name) => timeField((object) => object[name]);
const text = (name) => textField((object) => object[name]);
const idOfObject = idField(({ id }) => id);
const ignored = () => () => true;

const orderStatus = ({ value }) => (order) => value.split(',').some((status) => ({
    open: order.closedAt === null && order.cancelledAt === null,
    closed: order.closedAt !== null,
    cancelled: order.cancelledAt !== null,
    not_closed: order.closedAt === null,
    any: true,
}[status.trim().toLowerCase()] ?? false));

const FULFILLMENT_WORDS = {
    unfulfilled: ['UNFULFILLED', 'ON_HOLD', 'IN_PROGRESS', 'SCHEDULED'],
    unshipped: ['UNFULFILLED', 'ON_HOLD', 'IN_PROGRESS', 'SCHEDULED', 'PARTIALLY_FULFILLED'],
    shipped: ['FULFILLED'], fulfilled: ['FULFILLED'], partial: ['PARTIALLY_FULFILLED'],
    partially_fulfilled: ['PARTIALLY_FULFILLED'], on_hold: ['ON_HOLD'],
    in_progress: ['IN_PROGRESS'], scheduled: ['SCHEDULED'],
};

const fulfillmentStatus = (shop) => ({ value }) => {
    const wanted = value.split(',').flatMap((word) =>
        FULFILLMENT_WORDS[word.trim().toLowerCase()] ?? []);
    return (order) => wanted.includes(shop.fulfillment.statusOf(order));
};

const orderName = ({ value }) => {
    const wanted = value.replace(/^#/, '');
    return (order) => order.name.replace(/^#/, '') === wanted;
};

const subjectType = ({ value }) => (event) =>
    value.split(',').map((word) => word.trim().toUpperCase()).includes(event.subjectType);

const FIELDS = {
    events: () => ({
        id: idOfObject, action: text('action'), created_at: time('createdAt'),
        subject_type: subjectType, comments: ignored, default: ignored,
    }),
    deletionEvents: () => ({ id: idOfObject, occurred_at: time('createdAt'), default: ignored }),
    orders: (shop) => ({
        id: idOfObject, name: orderName, updated_at: time('updatedAt'),
        created_at: time('createdAt'), processed_at: time('processedAt'),
        closed_at: time('closedAt'), cancelled_at: time('cancelledAt'), status: orderStatus,
        fulfillment_status: fulfillmentStatus(shop),
        financial_status: textField(financialStatus), test: flagField(({ test }) => test),
        tag: text('tags'), email: text('email'), po_number: text('poNumber'),
        source_name: text('sourceName'), return_status: textField(returnStatus),
        confirmation_number: text('confirmationNumber'),
        customer_id: idField(({ customerId }) => customerId),
        location_id: idField(({ retailLocationId }) => retailLocationId ?? ''),
        sku: textField(({ lines }) => lines.map(({ sku }) => sku)),
        default: textField(({ name, email }) => [name, name.slice(1), email]),
    }),
    products: (shop) => ({
        id: idOfObject, title: text('title'), handle: text('handle'), vendor: text('vendor'),
        product_type: text('productType'), status: text('status'), tag: text('tags'),
        updated_at: time('updatedAt'), created_at: time('createdAt'),
        published_at: time('publishedAt'),
        sku: textField(({ variantIds }) => variantIds.map((id) => shop.store.get('variant', id)?.sku)),
        barcode: textField(({ variantIds }) =>
            variantIds.map((id) => shop.store.get('variant', id)?.barcode)),
        default: textField(({ title, vendor, tags }) => [title, vendor, ...tags]),
    }),
    productVariants: (shop) => ({
        id: idOfObject, sku: text('sku'), barcode: text('barcode'), title: text('title'),
        updated_at: time('updatedAt'), product_id: idField(({ productId }) => productId),
        product_status: textField(({ productId }) => shop.store.get('product', productId)?.status),
        default: textField(({ sku, barcode, title }) => [sku, barcode, title]),
    }),
    inventoryItems: () => ({
        id: idOfObject, sku: text('sku'), updated_at: time('updatedAt'),
        created_at: time('createdAt'), default: text('sku'),
    }),
    fulfillmentOrders: () => ({
        id: idOfObject, status: text('status'), updated_at: time('updatedAt'),
        assigned_location_id: idField(({ locationId }) => locationId ?? ''), default: ignored,
    }),
    locations: () => ({
        id: idOfObject, name: text('name'), active: flagField(({ active }) => active),
        default: text('name'),
    }),
};

/** How a sort key reads its value; a key without an entry sorts by id. */
const SORTS = {
    UPDATED_AT: 'updatedAt', CREATED_AT: 'createdAt', PROCESSED_AT: 'processedAt',
    PUBLISHED_AT: 'publishedAt', TITLE: 'title', NAME: 'name', SKU: 'sku', ORDER_NUMBER: 'number',
    VENDOR: 'vendor', PRODUCT_TYPE: 'productType',
};

/** With a search the index knows a moment only to the second; without, the database to the µs. */
function sortValue(object, sortKey, searched) {
    const name = SORTS[sortKey];
    if (!name) return 0;
    const value = object[name] ?? '';
    if (!name.endsWith('At') || value === '') return value;
    return searched ? toSecond(value) / US_PER_MS : value;
}

/** {test, since}: test is null when nothing is searched for. */
function compileQuery(root, args, context, info) {
    const { shop } = context;
    const asked = (args.query ?? '').trim();
    if (asked === '') return { test: null, since: -Infinity };
    try {
        const { test, since, report } = search(asked, FIELDS[root](shop), {
            now: shop.clock.now(), offsetMinutes: shop.config.timezone_offset_minutes,
            path: pathOf(info), debug: context.debugSearch,
        });
        if (report) context.searchReports.push(report);
        return { test: test ?? (() => true), since };
    } catch (error) {
        if (error instanceof SearchError) throw badRequest(error.message);
        throw error;
    }
}

function pathOf(info) {
    const path = [];
    for (let at = info.path; at; at = at.prev) path.unshift(at.key);
    return path;
}

/** The moment that the index shows: all that happened, or what it was some time ago. */
const indexMoment = (shop) => (shop.config.search_lag_ms > 0 ? shop.searchMoment() : Infinity);

/** Values of a table as the index (or the database, without a search) shows them. */
function candidates(shop, table, { test, since }, moment) {
    return test === null ? shop.store.all(table) : shop.store.changedAt(table, moment, since);
}

function matching(root, table, { defaultSort, keep }, args, context, info) {
    const { shop } = context;
    const query = compileQuery(root, args, context, info);
    const searched = query.test !== null;
    const sortKey = args.sortKey ?? defaultSort;
    const moment = indexMoment(shop);
    const find = () => {
        const entries = [];
        for (const object of candidates(shop, table, query, moment)) {
            if (!keep(object, args) || (searched && !query.test(object))) continue;
            if (!visible(shop, table, object)) continue;
            entries.push({
                id: object.id, value: sortValue(object, sortKey, searched),
                node: (reader) => load(reader, table, object.id),
            });
        }
        return entries;
    };
    return searched && !context.bulk ? lastFound(shop, root, args, moment, find) : find();
}

const lastSearches = new WeakMap(); // store => root => what was searched for last, and found

/**
 * Who turns the pages of a search asks for the same again and again.  It is not searched again
 * while nothing happens, what the index shows is all that happened before, and orders do not get too
 * old to be seen.
 */
function lastFound({ store, config, access }, root, args, moment, find) {
    const { first, last, after, before, ...asked } = args;
    const text = JSON.stringify([asked, config.timezone_offset_minutes]);
    if (!lastSearches.has(store)) lastSearches.set(store, new Map());
    const known = lastSearches.get(store).get(root);
    const settled = access.allOrders && store.latest !== null && store.latest.at <= moment
        && !/\bnow\b/.test(text);
    if (settled && known?.text === text && known.latest === store.latest) return known.entries;
    const entries = find();
    if (settled) lastSearches.get(store).set(root, { text, latest: store.latest, entries });
    return entries;
}

export function searchable(root, table, { defaultSort = 'ID', keep = () => true } = {}) {
    return (source, args, context, info) => laterSlice(info, context) ?? connection(
        matching(root, table, { defaultSort, keep }, args, context, info), args, info, context);
}

/** Events are few and never change: they are looked at one by one. */
export function eventList(root, keep = () => true) {
    return (source, args, context, info) => {
        const { test } = compileQuery(root, args, context, info);
        const entries = context.shop.events.list
            .filter((event) => keep(event, args) && (!test || test(event)))
            .map((event) => ({ id: event.id, node: event,
                value: args.sortKey === 'CREATED_AT' ? event.createdAt : 0 }));
        return connection(entries, args, info, context);
    };
}

/** The log of one object. */
export function objectEvents(kind) {
    return (source, args, context, info) => eventList('events', ({ subjectType, subjectId }) =>
        subjectType === kind && subjectId === source.id)(source, args, context, info);
}

const COUNT_LIMIT = 10_000;

export function countable(root, table) {
    return (source, args, context, info) => {
        const query = compileQuery(root, args, context, info);
        const { test } = query;
        let count = 0;
        for (const object of candidates(context.shop, table, query, indexMoment(context.shop))) {
            if ((!test || test(object)) && visible(context.shop, table, object)) count += 1;
        }
        const limit = args.limit === null ? Infinity : args.limit ?? COUNT_LIMIT;
        return {
            __typename: 'Count', count: Math.min(count, limit),
            precision: count > limit ? 'AT_LEAST' : 'EXACT',
        };
    };
}
