// lookup.mjs: reading the store on behalf of a request.
//
// A request may be served by a replica that shows the past; every read of one request goes through
// here, so all of them see the same moment.
//
// SPDX-License-Identifier: Apache-2.0
import { gid, parseGid } from '../ids.mjs';
import { graphqlTime } from '../clock.mjs';
import { levelKey } from '../domain/levels.mjs';
import { visible } from './access.mjs';
import { badRequest } from './connections.mjs';
import { findReturn, findReverse } from './find-return.mjs';

export function load(context, table, id) {
    if (id === null || id === undefined) return null;
    const { shop } = context;
    const value = context.replicaUs === null ? shop.store.get(table, id)
        : shop.store.at(table, id, context.replicaUs);
    return visible(shop, table, value) ? value : null;
}

export const loadLevel = (context, itemId, locationId) =>
    load(context, 'level', levelKey(itemId, locationId));

const TABLE_OF = {
    Order: 'order', Product: 'product', ProductVariant: 'variant', InventoryItem: 'item',
    Location: 'location', FulfillmentOrder: 'fulfillmentOrder', Customer: 'customer',
    WebhookSubscription: 'subscription', BulkOperation: 'bulk',
};

function loadNested(context, kind, id) {
    const { store } = context.shop;
    for (const order of store.all('order')) {
        const seen = load(context, 'order', order.id);
        if (!seen) continue;
        const [list, wrap] = {
            LineItem: [seen.lines, (part) => ({ ...part, order: seen })],
            Fulfillment: [seen.fulfillments, (part) => ({ ...part, order: seen })],
            Refund: [seen.refunds, (part) => ({ ...part, order: seen })],
            OrderTransaction: [seen.transactions, (part) => ({ ...part, order: seen })],
        }[kind];
        const found = list.find((part) => part.id === id);
        if (found) return wrap(found);
    }
    return null;
}

export function loadFulfillment(context, id) {
    const orderId = context.shop.fulfillment.orderOf(id);
    const order = orderId && load(context, 'order', orderId);
    const found = order?.fulfillments.find((entry) => entry.id === id);
    return found ? { ...found, order } : null;
}

export function loadLevelByGid(context, parsed) {
    const itemId = /inventory_item_id=(\d+)/.exec(parsed.query)?.[1];
    return itemId ? loadLevel(context, itemId, parsed.id) : null;
}

/** Any node by its gid; null when there is none. Kinds that are not modelled do not exist here. */
export function loadNode(context, text) {
    const parsed = parseGid(text);
    if (!parsed) throw badRequest(`Invalid global id '${text}'`, 'argumentLiteralsIncompatible');
    if (parsed.kind === 'InventoryLevel') return loadLevelByGid(context, parsed);
    if (parsed.kind === 'Fulfillment') return loadFulfillment(context, parsed.id);
    if (parsed.kind === 'Job') return context.shop.store.get('job', text);
    if (parsed.kind === 'Return') return findReturn(context, parsed.id);
    if (parsed.kind === 'ReverseFulfillmentOrder') return findReverse(context, parsed.id);
    if (['LineItem', 'Refund', 'OrderTransaction'].includes(parsed.kind)) {
        return loadNested(context, parsed.kind, parsed.id);
    }
    const table = TABLE_OF[parsed.kind];
    return table ? load(context, table, parsed.id) : null;
}

/** A root field `kind(id:)`: null when unknown, refused when the gid is of another kind. */
export function loadRoot(kind) {
    return (_, { id }, context) => {
        const parsed = parseGid(id);
        if (!parsed || parsed.kind !== kind) {
            throw badRequest(`Invalid id: ${id}`, 'RESOURCE_NOT_FOUND');
        }
        return loadNode(context, id);
    };
}

// ---- small helpers of the resolvers

export const ownGid = (kind) => ({ id }) => gid(kind, id);

/** {name: resolver} for fields that hold a moment. */
export const times = (...names) =>
    Object.fromEntries(names.map((name) => [name, (source) => graphqlTime(source[name])]));

export const firstOf = (list, { first }) =>
    (first === undefined || first === null ? list : list.slice(0, first));
