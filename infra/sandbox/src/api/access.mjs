// access.mjs: what an app may see, by the scopes that a merchant granted.
//
// A field without its scope answers null and an ACCESS_DENIED beside the data; some things are
// simply not there: fulfilment orders without any of their scopes, orders older than sixty days
// without read_all_orders.
//
// SPDX-License-Identifier: Apache-2.0
import { graphql } from '../schema.mjs';
import { US_PER_S } from '../clock.mjs';

export const SCOPES = ['read_products', 'write_products', 'read_inventory', 'write_inventory', 'read_locations',
    'read_orders', 'read_all_orders', 'write_orders', 'write_order_edits', 'read_customers',
    'write_customers', 'read_returns',
    'read_fulfillments', 'write_fulfillments', 'read_merchant_managed_fulfillment_orders',
    'write_merchant_managed_fulfillment_orders', 'read_assigned_fulfillment_orders',
    'write_assigned_fulfillment_orders', 'read_third_party_fulfillment_orders',
    'write_third_party_fulfillment_orders'];

const DAY_US = 86_400 * US_PER_S;
const FULFILLMENT = 'read_merchant_managed_fulfillment_orders';

/** Scope -> the fields that need it. */
const NEEDS = {
    read_orders: ['QueryRoot.orders', 'QueryRoot.order', 'QueryRoot.ordersCount', 'QueryRoot.refund'],
    read_customers: ['Order.customer', 'QueryRoot.customer'],
    read_returns: ['QueryRoot.return', 'QueryRoot.reverseFulfillmentOrder', 'Order.returns',
        'Refund.return', 'QueryRoot.returnableFulfillments', 'QueryRoot.returnCalculate'],
    read_products: ['QueryRoot.products', 'QueryRoot.product', 'QueryRoot.productsCount',
        'QueryRoot.productVariants', 'QueryRoot.productVariant', 'QueryRoot.productVariantsCount',
        'LineItem.product', 'LineItem.variant', 'FulfillmentOrderLineItem.variant'],
    read_inventory: ['QueryRoot.inventoryItems', 'QueryRoot.inventoryItem', 'QueryRoot.inventoryLevel',
        'InventoryItem.inventoryLevels', 'InventoryItem.inventoryLevel', 'Location.inventoryLevels',
        'Location.inventoryLevel', 'InventoryItem.unitCost'],
    read_locations: ['QueryRoot.locations', 'QueryRoot.location', 'QueryRoot.locationsCount',
        'QueryRoot.locationsAvailableForDeliveryProfilesConnection'],
    [FULFILLMENT]: ['QueryRoot.fulfillmentOrders', 'QueryRoot.fulfillmentOrder',
        'QueryRoot.manualHoldsFulfillmentOrders', 'QueryRoot.assignedFulfillmentOrders'],
    write_inventory: ['Mutation.inventorySetQuantities', 'Mutation.inventoryAdjustQuantities',
        'Mutation.inventoryActivate', 'Mutation.inventorySetOnHandQuantities',
        'Mutation.inventoryMoveQuantities', 'Mutation.inventoryDeactivate'],
    write_products: ['Mutation.productCreate', 'Mutation.productDelete',
        'Mutation.productVariantsBulkUpdate'],
    write_customers: ['Mutation.customerCreate', 'Mutation.customerDelete'],
    write_orders: ['Mutation.orderCancel', 'Mutation.orderCreate', 'Mutation.orderUpdate',
        'Mutation.orderDelete', 'Mutation.refundCreate'],
    write_order_edits: ['Mutation.orderEditBegin', 'Mutation.orderEditSetQuantity',
        'Mutation.orderEditAddVariant', 'Mutation.orderEditCommit'],
    write_merchant_managed_fulfillment_orders: ['Mutation.fulfillmentCreate',
        'Mutation.fulfillmentCreateV2', 'Mutation.fulfillmentCancel', 'Mutation.fulfillmentOrderHold',
        'Mutation.fulfillmentTrackingInfoUpdate', 'Mutation.fulfillmentOrderReleaseHold',
        'Mutation.fulfillmentOrderMove', 'Mutation.fulfillmentOrderReportProgress',
        'Mutation.fulfillmentOrderOpen', 'Mutation.fulfillmentOrderSplit',
        'Mutation.fulfillmentOrderCancel'],
};

/** A right to write holds the right to read. */
const grants = (scopes, scope) => scopes.includes(scope)
    || (scope.startsWith('read_') && scopes.includes(scope.replace('read_', 'write_')));

export const seesFulfillment = (scopes) => ['merchant_managed', 'assigned', 'third_party']
    .some((family) => grants(scopes, `read_${family}_fulfillment_orders`));

const allowed = (scopes, scope) => (scope === FULFILLMENT ? seesFulfillment(scopes)
    : grants(scopes, scope));

/** What these scopes keep from an app; null when it may see everything that is modelled. */
export function accessOf(scopes) {
    const denied = new Map();
    for (const [scope, fields] of Object.entries(NEEDS)) {
        if (!allowed(scopes, scope)) for (const field of fields) denied.set(field, scope);
    }
    return {
        scopes, denied: denied.size > 0 ? denied : null,
        allOrders: scopes.includes('read_all_orders'), fulfillment: seesFulfillment(scopes),
    };
}

/** Refuses a field that needs a scope which was not granted. */
export function checkAccess({ denied }, info) {
    const scope = denied.get(`${info.parentType.name}.${info.fieldName}`);
    if (scope === undefined) return;
    const requiredAccess = `\`${scope}\` access scope.`;
    throw new graphql.GraphQLError(
        `Access denied for ${info.fieldName} field. Required access: ${requiredAccess}`, { extensions: {
            code: 'ACCESS_DENIED', documentation: 'https://shopify.dev/api/usage/access-scopes',
            requiredAccess,
        } });
}

/** Is this order (or fulfilment order) young enough to be seen? */
export function visible(shop, table, value) {
    if (shop.access.allOrders || value === null) return true;
    const order = table === 'order' ? value
        : table === 'fulfillmentOrder' ? shop.store.get('order', value.orderId) : null;
    return order === null
        || order.createdAt >= shop.clock.now() - shop.config.order_age_limit_days * DAY_US;
}
