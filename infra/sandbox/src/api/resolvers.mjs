// resolvers.mjs: the root fields that the sandbox serves, and the types below them.
//
// What is not listed here is refused by name before anything runs.  Below a served root everything
// executes; fields.mjs says how.
//
// SPDX-License-Identifier: Apache-2.0
import { idOf } from '../ids.mjs';
import { schema } from '../schema.mjs';
import { loadNode, loadRoot } from './lookup.mjs';
import { appMutations } from './mutate-app.mjs';
import { fulfillmentMutations } from './mutate-fulfillment.mjs';
import { editMutations, editTypes } from './mutate-edits.mjs';
import { inventoryMutations } from './mutate-inventory.mjs';
import { levelMutations } from './mutate-levels.mjs';
import { orderRecordMutations } from './mutate-order-records.mjs';
import { orderMutations } from './mutate-orders.mjs';
import { productMutations } from './mutate-products.mjs';
import { recorded } from './mutations-common.mjs';
import { catalogTypes } from './resolve-catalog.mjs';
import { fulfillmentTypes } from './resolve-fulfillment.mjs';
import { orderTypes } from './resolve-orders.mjs';
import { returnCalculate, returnableFulfillments, returnableTypes } from './resolve-returnable.mjs';
import { metafieldTypes } from './resolve-metafields.mjs';
import { returnTypes } from './resolve-returns.mjs';
import { API_VERSIONS, apiVersion, bulkOperations, installation, shopObject, shopTypes,
    webhookSubscriptions } from './resolve-shop.mjs';
import { eventTypes } from './resolve-events.mjs';
import { countable, eventList, searchable } from './roots.mjs';

const openUnlessAsked = ({ status }, { includeClosed }) =>
    includeClosed || !['CLOSED', 'CANCELLED'].includes(status);

const ASSIGNMENTS = { // what the status of an assignment says of the request behind it
    FULFILLMENT_UNSUBMITTED: ['UNSUBMITTED'], FULFILLMENT_REQUESTED: ['SUBMITTED'],
    FULFILLMENT_ACCEPTED: ['ACCEPTED'], CANCELLATION_REQUESTED: ['CANCELLATION_REQUESTED'],
};

/** Open work at the warehouses of others, as far as it is asked for. */
const assigned = (shop, { assignmentStatus, locationIds }) => {
    const wanted = locationIds?.map((id) => idOf(id, 'Location'));
    return ({ locationId, status, requestStatus }) => status !== 'CLOSED'
        && shop.store.get('location', locationId)?.service !== null
        && (!wanted || wanted.includes(locationId))
        && (!assignmentStatus || (ASSIGNMENTS[assignmentStatus] ?? []).includes(requestStatus));
};

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
    locationsAvailableForDeliveryProfilesConnection: searchable('locations', 'location',
        { keep: ({ active }) => active }),
    fulfillmentOrders: searchable('fulfillmentOrders', 'fulfillmentOrder', { keep: openUnlessAsked }),
    fulfillmentOrder: loadRoot('FulfillmentOrder'),
    manualHoldsFulfillmentOrders: searchable('fulfillmentOrders', 'fulfillmentOrder',
        { keep: ({ status }) => status === 'ON_HOLD' }),
    assignedFulfillmentOrders: (source, args, context, info) => searchable('fulfillmentOrders',
        'fulfillmentOrder', { keep: assigned(context.shop, args) })(source, args, context, info),
    fulfillment: loadRoot('Fulfillment'),
    refund: loadRoot('Refund'),
    return: loadRoot('Return'), returnableFulfillments, returnCalculate,
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
    ...inventoryMutations, ...levelMutations, ...fulfillmentMutations, ...orderMutations, ...editMutations,
    ...orderRecordMutations, ...productMutations, ...appMutations,
}).map(([root, resolve]) => [root, recorded(root, resolve)]));

function missing(type, served) {
    return new Set(Object.keys(type.getFields()).filter((name) => !(name in served)));
}

export const SERVED = { queries: Object.keys(QUERIES), mutations: Object.keys(MUTATIONS) };
export const UNSUPPORTED_QUERIES = missing(schema.getQueryType(), QUERIES);
export const UNSUPPORTED_MUTATIONS = missing(schema.getMutationType(), MUTATIONS);

export const resolvers = {
    [schema.getQueryType().name]: QUERIES, [schema.getMutationType().name]: MUTATIONS,
    ...orderTypes, ...editTypes, ...catalogTypes, ...fulfillmentTypes, ...returnTypes, ...returnableTypes,
    ...metafieldTypes, ...eventTypes, ...shopTypes,
};
