// resolvers.mjs: the root fields that the sandbox serves, and the types below them.
//
// What is not listed here is refused by name before anything runs.  Below a served root everything
// executes; fields.mjs says how.
//
// SPDX-License-Identifier: Apache-2.0
import { schema } from '../schema.mjs';
import { loadNode, loadRoot } from './lookup.mjs';
import { appMutations } from './mutate-app.mjs';
import { fulfillmentMutations } from './mutate-fulfillment.mjs';
import { inventoryMutations } from './mutate-inventory.mjs';
import { orderMutations } from './mutate-orders.mjs';
import { recorded } from './mutations-common.mjs';
import { catalogTypes } from './resolve-catalog.mjs';
import { fulfillmentTypes } from './resolve-fulfillment.mjs';
import { orderTypes } from './resolve-orders.mjs';
import { metafieldTypes } from './resolve-metafields.mjs';
import { returnTypes } from './resolve-returns.mjs';
import { API_VERSIONS, apiVersion, bulkOperations, installation, shopObject, shopTypes,
    webhookSubscriptions } from './resolve-shop.mjs';
import { eventTypes } from './resolve-events.mjs';
import { countable, eventList, searchable } from './roots.mjs';

const openUnlessAsked = ({ status }, { includeClosed }) =>
    includeClosed || !['CLOSED', 'CANCELLED'].includes(status);

const QUERIES = {
    orders: searchable('orders', 'order', { defaultSort: 'PROCESSED_AT' }),
    order: loadRoot('Order'),
    ordersCount: countable('orders', 'order'),
    products: searchable('products', 'product'),
    product: loadRoot('Product'),
    productsCount: countable('products', 'product'),
    productVariants: searchable('productVariants', 'variant'),
    productVariant: loadRoot('ProductVariant'),
    productVariantsCount: countable('productVariants', 'variant'),
    inventoryItems: searchable('inventoryItems', 'item'),
    inventoryItem: loadRoot('InventoryItem'),
    inventoryLevel: loadRoot('InventoryLevel'),
    locations: searchable('locations', 'location', {
        defaultSort: 'NAME', keep: ({ active }, { includeInactive }) => active || includeInactive,
    }),
    location: (source, args, context, info) => (args.id === undefined || args.id === null
        ? context.shop.store.first('location', () => true)
        : loadRoot('Location')(source, args, context, info)),
    locationsCount: countable('locations', 'location'),
    fulfillmentOrders: searchable('fulfillmentOrders', 'fulfillmentOrder', { keep: openUnlessAsked }),
    fulfillmentOrder: loadRoot('FulfillmentOrder'),
    fulfillment: loadRoot('Fulfillment'),
    refund: loadRoot('Refund'),
    return: loadRoot('Return'),
    reverseFulfillmentOrder: loadRoot('ReverseFulfillmentOrder'),
    customer: loadRoot('Customer'),
    events: eventList('events'),
    deletionEvents: eventList('deletionEvents', ({ action, subjectType }, { subjectTypes }) =>
        action === 'destroy' && subjectType === 'PRODUCT'
            && (!subjectTypes?.length || subjectTypes.includes('PRODUCT'))),
    eventsCount: (source, args, context) => ({
        __typename: 'Count', precision: 'EXACT', count: context.shop.events.list.length,
    }),
    nodes: (source, { ids }, context) => ids.map((id) => loadNode(context, id)),
    node: (source, { id }, context) => loadNode(context, id),
    job: loadRoot('Job'),
    shop: (source, args, context) => shopObject(context.shop),
    currentAppInstallation: installation,
    publicApiVersions: () => API_VERSIONS.map(apiVersion),
    webhookSubscriptions,
    webhookSubscription: loadRoot('WebhookSubscription'),
    webhookSubscriptionsCount: (source, args, context) => ({
        __typename: 'Count', precision: 'EXACT',
        count: [...context.shop.store.all('subscription')].length,
    }),
    bulkOperation: loadRoot('BulkOperation'),
    bulkOperations,
    currentBulkOperation: (source, args, context) =>
        [...context.shop.store.all('bulk')].at(-1) ?? null,
};

const MUTATIONS = Object.fromEntries(Object.entries({
    ...inventoryMutations, ...fulfillmentMutations, ...orderMutations, ...appMutations,
}).map(([root, resolve]) => [root, recorded(root, resolve)]));

function missing(type, served) {
    return new Set(Object.keys(type.getFields()).filter((name) => !(name in served)));
}

export const SERVED = { queries: Object.keys(QUERIES), mutations: Object.keys(MUTATIONS) };
export const UNSUPPORTED_QUERIES = missing(schema.getQueryType(), QUERIES);
export const UNSUPPORTED_MUTATIONS = missing(schema.getMutationType(), MUTATIONS);

export const resolvers = {
    [schema.getQueryType().name]: QUERIES, [schema.getMutationType().name]: MUTATIONS,
    ...orderTypes, ...catalogTypes, ...fulfillmentTypes, ...returnTypes, ...metafieldTypes, ...eventTypes, ...shopTypes,
};
