// resolve-fulfillment.mjs: fulfilment orders and fulfilments in GraphQL.
//
// SPDX-License-Identifier: Apache-2.0
import { gid } from '../ids.mjs';
import { moneyBag } from '../money.mjs';
import { lineAmount } from '../domain/totals.mjs';
import { supportedActions } from '../domain/holds.mjs';
import { listConnection } from './connections.mjs';
import { firstOf, load, ownGid, times } from './lookup.mjs';

const DISPLAY_REASONS = {
    INVENTORY_OUT_OF_STOCK: 'Inventory out of stock', HIGH_RISK_OF_FRAUD: 'High risk of fraud',
    INCORRECT_ADDRESS: 'Incorrect address', AWAITING_PAYMENT: 'Awaiting payment', OTHER: 'Other',
};

const orderOf = (fulfillmentOrder, context) => load(context, 'order', fulfillmentOrder.orderId);

function destination(fulfillmentOrder, args, context) {
    const order = orderOf(fulfillmentOrder, context);
    const address = order?.shippingAddress;
    if (!address) return null;
    return {
        __typename: 'FulfillmentOrderDestination',
        id: gid('FulfillmentOrderDestination', fulfillmentOrder.id), firstName: address.first_name,
        lastName: address.last_name, company: address.company, address1: address.address1,
        address2: address.address2, city: address.city, province: address.province,
        zip: address.zip, countryCode: address.country_code, phone: address.phone,
        email: order.email, location: null,
    };
}

function assignedLocation(fulfillmentOrder, args, context) {
    const location = load(context, 'location', fulfillmentOrder.locationId);
    const { address } = location;
    return {
        __typename: 'FulfillmentOrderAssignedLocation', name: location.name, location,
        address1: address.address1, address2: address.address2, city: address.city,
        countryCode: address.countryCode, phone: address.phone, province: address.province,
        zip: address.zip,
    };
}

const FULFILLMENT_ORDER = {
    ...times('createdAt', 'updatedAt', 'fulfillAt'),
    id: ownGid('FulfillmentOrder'), orderId: ({ orderId }) => gid('Order', orderId),
    order: (source, args, context) => orderOf(source, context),
    orderName: (source, args, context) => orderOf(source, context)?.name ?? '',
    orderProcessedAt: (source, args, context) =>
        times('processedAt').processedAt(orderOf(source, context)),
    fulfillBy: () => null, channelId: () => null, internationalDuties: () => null,
    assignedLocation, destination,
    deliveryMethod: (source) => ({
        __typename: 'DeliveryMethod', id: gid('DeliveryMethod', source.deliveryMethodId),
        methodType: source.methodType, minDeliveryDateTime: null, maxDeliveryDateTime: null,
        presentedName: null, serviceCode: null, sourceReference: null,
    }),
    fulfillmentHolds: ({ holds }) => holds,
    supportedActions: (source) => supportedActions(source).map((action) =>
        ({ __typename: 'FulfillmentOrderSupportedAction', action, externalUrl: null })),
    lineItems: (source, args, context, info) => {
        const order = orderOf(source, context);
        const lines = source.lines.map((entry) => ({
            ...entry, line: order?.lines.find(({ id }) => id === entry.lineId), order,
        }));
        return listConnection(lines.filter(({ line }) => line), args, info, context);
    },
    fulfillments: (source, args, context, info) => {
        const order = orderOf(source, context);
        const parcels = order.fulfillments.filter((parcel) =>
            parcel.lines.some(({ fulfillmentOrderId }) => fulfillmentOrderId === source.id));
        return listConnection(parcels.map((parcel) => ({ ...parcel, order })), args, info, context);
    },
    locationsForMove: (source, args, context, info) => {
        const places = [...context.shop.store.all('location')]
            .filter(({ id, active }) => active && id !== source.locationId);
        return listConnection(places.map((location) => ({
            __typename: 'FulfillmentOrderLocationForMove', id: location.id, location, movable: true,
            message: null,
        })), args, info, context);
    },
};

const FULFILLMENT_ORDER_LINE = {
    id: ownGid('FulfillmentOrderLineItem'), totalQuantity: ({ total }) => total,
    remainingQuantity: ({ remaining }) => remaining, sku: ({ line }) => line.sku,
    inventoryItemId: ({ line }) => (line.itemId === null ? null : gid('InventoryItem', line.itemId)),
    requiresShipping: ({ line }) => line.requiresShipping,
    lineItem: ({ line, order }) => ({ ...line, order }),
    variant: ({ line }, args, context) => load(context, 'variant', line.variantId),
    productTitle: ({ line }) => line.title, variantTitle: ({ line }) => line.variantTitle,
    vendor: ({ line }) => line.vendor, image: () => null, warnings: () => [],
    weight: ({ line }) => ({ __typename: 'Weight', unit: 'GRAMS', value: line.grams }),
    originalUnitPriceSet: ({ line, order }) => moneyBag(line.price, order),
};

const HOLD = {
    id: ownGid('FulfillmentHold'), displayReason: ({ reason }) => DISPLAY_REASONS[reason] ?? 'Other',
    heldByRequestingApp: ({ byApp }) => byApp, heldByApp: () => null,
};

const units = ({ lines }) => lines.reduce((sum, { quantity }) => sum + quantity, 0);

function trackingInfo({ tracking }, args) {
    const { company, numbers, urls } = tracking;
    const length = Math.max(numbers.length, urls.length, company === null ? 0 : 1);
    return firstOf(Array.from({ length }, (_, index) => ({
        __typename: 'FulfillmentTrackingInfo', number: numbers[index] ?? null,
        url: urls[index] ?? null, company,
    })), args);
}

const FULFILLMENT = {
    ...times('createdAt', 'updatedAt'),
    id: ownGid('Fulfillment'), legacyResourceId: ({ id }) => id, totalQuantity: units, trackingInfo,
    displayStatus: ({ status }) => (status === 'CANCELLED' ? 'CANCELED' : 'FULFILLED'),
    deliveredAt: () => null, inTransitAt: () => null, estimatedDeliveryAt: () => null,
    requiresShipping: () => true, service: () => null, originAddress: () => null,
    location: (source, args, context) => load(context, 'location', source.locationId),
    fulfillmentLineItems: (source, args, context, info) => listConnection(
        source.lines.map((entry) => ({
            ...entry, line: source.order.lines.find(({ id }) => id === entry.lineId),
            order: source.order,
        })), args, info, context),
    fulfillmentOrders: (source, args, context, info) => listConnection(
        [...new Set(source.lines.map(({ fulfillmentOrderId }) => fulfillmentOrderId))]
            .map((id) => load(context, 'fulfillmentOrder', id)).filter(Boolean),
        args, info, context),
};

const FULFILLMENT_LINE = {
    id: ownGid('FulfillmentLineItem'), lineItem: ({ line, order }) => ({ ...line, order }),
    originalTotalSet: ({ line, quantity, order }) => moneyBag(line.price * quantity, order),
    discountedTotalSet: ({ line, quantity, order }) => moneyBag(lineAmount(line, quantity), order),
};

export const fulfillmentTypes = {
    FulfillmentOrder: FULFILLMENT_ORDER, FulfillmentOrderLineItem: FULFILLMENT_ORDER_LINE,
    FulfillmentHold: HOLD, Fulfillment: FULFILLMENT, FulfillmentLineItem: FULFILLMENT_LINE,
};
