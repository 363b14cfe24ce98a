// fulfillment.test.mjs: what fulfillmentCreate accepts and refuses, in the recorded words.
//
// Breaks when a parcel could be shipped twice unnoticed, or when a message that clients have to
// match (these errors carry no code) changes.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gid, startShop } from './lib/shop.mjs';

const shop = await startShop({ fo_delay_ms: 5 });
const { locations } = await shop.control('POST', 'seed', { products: 4, variants_per_product: 1,
    locations: [{ name: 'Online' }, { name: 'Store', fulfills_online_orders: false }] });
const store = locations[1].id;

async function newOrder(lines = [{ sku: 'SKU00001-1', quantity: 3 }]) {
    const { id } = await shop.order({ lines });
    const { order } = await shop.document('fulfillment-orders-of-order', { id: gid('Order', id) });
    return { id, work: order.fulfillmentOrders.nodes };
}

const entry = (work, quantity) => ({
    fulfillmentOrderId: work.id,
    ...(quantity === undefined ? {} : { fulfillmentOrderLineItems: [
        { id: work.lineItems.nodes[0].id, quantity }] }),
});

async function ship(entries, trackingInfo) {
    const { fulfillmentCreate } = await shop.document('fulfillment-create',
        { fulfillment: { lineItemsByFulfillmentOrder: entries, trackingInfo } });
    return fulfillmentCreate;
}

async function refused(entries, message, field = ['fulfillment']) {
    assert.deepEqual(await ship(entries), { fulfillment: null, userErrors: [{ field, message }] });
}

test('a partial parcel, its tracking in order, then the rest', async () => {
    const { id, work: [work] } = await newOrder();
    const { fulfillment } = await ship([entry(work, 2)], { company: 'DHL Express',
        numbers: ['A', 'B'], urls: ['https://a.example', 'https://b.example'] });
    assert.equal(fulfillment.status, 'SUCCESS');
    assert.equal(fulfillment.displayStatus, 'FULFILLED');
    assert.equal(fulfillment.totalQuantity, 2);
    assert.deepEqual(fulfillment.trackingInfo, [
        { company: 'DHL Express', number: 'A', url: 'https://a.example' },
        { company: 'DHL Express', number: 'B', url: 'https://b.example' }]);
    assert.equal(fulfillment.order.displayFulfillmentStatus, 'PARTIALLY_FULFILLED');
    const rest = await ship([entry(work)]);
    assert.equal(rest.fulfillment.totalQuantity, 1, 'without lines: everything that remains');
    assert.match(rest.fulfillment.name, /^#\d+\.2$/);
    const order = await shop.control('GET', `orders/${id}`);
    assert.equal(order.fulfillment_status, 'FULFILLED');
    assert.notEqual(order.closed_at, null, 'paid and shipped: archived');
    await refused([entry(work)], `Fulfillment order ${work.id.split('/').pop()} has an unfulfillable `
        + 'status= closed.');
});

test('it is not idempotent: a repeat with units left ships again', async () => {
    const { id, work: [work] } = await newOrder();
    await ship([entry(work, 1)], { number: 'SAME' });
    await ship([entry(work, 1)], { number: 'SAME' });
    const { fulfillments } = await shop.control('GET', `orders/${id}`);
    assert.equal(fulfillments.length, 2);
});

test('what is refused, and how', async () => {
    const one = await newOrder();
    const two = await newOrder();
    const [work] = one.work;
    await refused([entry(work, 4)], 'Invalid fulfillment order line item quantity requested.');
    await refused([entry(work, 0)], 'Quantity must be greater than 0', ['fulfillment',
        'lineItemsByFulfillmentOrder', '0', 'fulfillmentOrderLineItems', '0', 'quantity']);
    await refused([{ fulfillmentOrderId: gid('FulfillmentOrder', 999999999) }],
        'Fulfillment order does not exist.');
    await refused([{ fulfillmentOrderId: work.id, fulfillmentOrderLineItems: [
        { id: gid('FulfillmentOrderLineItem', 1), quantity: 1 }] }],
    'Fulfillment order line item does not exist.');
    const ids = [one.id, two.id].join(', ');
    await refused([entry(work), entry(two.work[0])], 'All fulfillment orders must belong to the same '
        + `order. Multiple orders with ids [${ids}] were found.`);
});

test('fulfilment orders at two locations cannot be shipped together', async () => {
    const { work } = await newOrder([{ sku: 'SKU00001-1' }, { sku: 'SKU00002-1', location_id: store }]);
    const { userErrors } = await ship(work.map((each) => entry(each)));
    assert.match(userErrors[0].message, /^All fulfillment orders must be assigned to a single location\./);
});

test('a held fulfilment order is not shipped until it is released', async () => {
    const { id, work: [work] } = await newOrder();
    await shop.control('POST', `orders/${id}/hold`, { reason: 'HIGH_RISK_OF_FRAUD' });
    const { fulfillmentOrder: held } = await shop.document('fulfillment-order-by-id', { id: work.id });
    assert.equal(held.status, 'ON_HOLD');
    assert.deepEqual(held.supportedActions.map(({ action }) => action),
        ['RELEASE_HOLD', 'HOLD', 'MOVE']);
    assert.match((await ship([entry(work)])).userErrors[0].message, /unfulfillable status= on_hold\.$/);
    await shop.control('POST', `orders/${id}/release`, {});
    assert.deepEqual((await ship([entry(work)])).userErrors, []);
});

test('a cancelled parcel gives its units back as new work; cancelling twice succeeds', async () => {
    const { id, work: [work] } = await newOrder();
    const { fulfillment } = await ship([entry(work)]);
    for (let i = 0; i < 2; i += 1) {
        const { fulfillmentCancel } = await shop.document('fulfillment-cancel', { id: fulfillment.id });
        assert.equal(fulfillmentCancel.fulfillment.status, 'CANCELLED');
    }
    const order = await shop.control('GET', `orders/${id}`);
    assert.equal(order.fulfillment_status, 'UNFULFILLED');
    assert.deepEqual(order.fulfillment_orders.map(({ status }) => status), ['CLOSED', 'OPEN']);
    assert.equal(order.fulfillment_orders[1].lines[0].remaining, 3);
});

test('tracking can be changed, also of a cancelled parcel', async () => {
    const { work: [work] } = await newOrder();
    const { fulfillment } = await ship([entry(work)], { number: 'OLD' });
    const { fulfillmentTrackingInfoUpdate: changed } = await shop.document('fulfillment-tracking',
        { fulfillmentId: fulfillment.id, trackingInfo: { number: 'NEW', company: 'UPS' } });
    assert.deepEqual(changed.fulfillment.trackingInfo, [{ company: 'UPS', number: 'NEW', url: null }]);
});

test('an unknown fulfilment order is a top-level error for the other mutations', async () => {
    const answer = await shop.ask(`mutation { fulfillmentOrderMove(
        id: "gid://shopify/FulfillmentOrder/0", newLocationId: "gid://shopify/Location/1") {
        movedFulfillmentOrder { id } userErrors { message } } }`);
    assert.equal(answer.errors[0].message, 'Invalid id: gid://shopify/FulfillmentOrder/0');
    assert.equal(answer.errors[0].extensions.code, 'RESOURCE_NOT_FOUND');
});
