// orders.test.mjs: what placing, editing, cancelling, refunding and fulfilling does to stock.
//
// Breaks when a unit is counted twice or lost on its way from the shelf to the customer.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gid, sleep, startShop, until } from './lib/shop.mjs';

let online;
let store;

const shop = await startShop({ fo_delay_ms: 5, job_delay_ms: 10 });
/** Every test begins with a fresh shop. */
async function fresh() {
    await shop.control('POST', 'reset');
    const { locations } = await shop.control('POST', 'seed', { products: 3, variants_per_product: 1,
        stock: 10, locations: [{ name: 'Online' }, { name: 'Store', fulfills_online_orders: false }] });
    [online, store] = locations.map(({ id }) => id);
}

const scene = (name, play) => test(name, async () => {
    await fresh();
    await play();
});

/** [available, committed, on_hand] of a SKU at a location. */
async function stock(sku = 'SKU00001-1', location = online) {
    const { levels } = await shop.control('GET', 'state');
    const found = levels.find((entry) => entry.sku === sku && entry.location_id === location);
    return [found.available, found.committed, found.on_hand];
}

const placeThree = () => shop.order({ lines: [{ sku: 'SKU00001-1', quantity: 3 }] });

scene('placing moves available to committed, below zero too', async () => {
    await shop.order({ lines: [{ sku: 'SKU00001-1', quantity: 12 }] });
    assert.deepEqual(await stock(), [-2, 12, 10]);
});

scene('fulfilling takes committed and on hand', async () => {
    const { id } = await placeThree();
    await shop.control('POST', `orders/${id}/fulfill`, { lines: [{ sku: 'SKU00001-1', quantity: 2 }] });
    assert.deepEqual(await stock(), [7, 1, 8]);
    const { fulfillment_status: status } = await shop.control('GET', `orders/${id}`);
    assert.equal(status, 'PARTIALLY_FULFILLED');
});

scene('cancelling with restock gives the units back, without it they are gone', async () => {
    const first = await placeThree();
    await shop.control('POST', `orders/${first.id}/cancel`, { restock: true });
    assert.deepEqual(await stock(), [10, 0, 10]);
    const second = await placeThree();
    await shop.control('POST', `orders/${second.id}/cancel`, { restock: false });
    assert.deepEqual(await stock(), [7, 0, 7]);
});

scene('a return restocks where it was received', async () => {
    const { id, lines: [line] } = await placeThree();
    await shop.control('POST', `orders/${id}/fulfill`, {});
    await shop.control('POST', `orders/${id}/refund`, { lines: [{ line_id: line.id, quantity: 1,
        restock_type: 'return', location_id: store }] });
    assert.deepEqual(await stock(), [7, 0, 7]);
    assert.deepEqual(await stock('SKU00001-1', store), [1, 0, 1]);
    const order = await shop.control('GET', `orders/${id}`);
    assert.equal(order.lines[0].current_quantity, 2);
    assert.equal(order.financial_status, 'PARTIALLY_REFUNDED');
});

scene('an edit down is a refund of the removed units; the line keeps its quantity', async () => {
    const { id, lines: [line] } = await placeThree();
    await shop.control('POST', `orders/${id}/edit`, { set: [{ line_id: line.id, quantity: 1 }],
        add: [{ sku: 'SKU00002-1', quantity: 2 }] });
    assert.deepEqual(await stock(), [9, 1, 10]);
    assert.deepEqual(await stock('SKU00002-1'), [8, 2, 10]);
    const order = await shop.control('GET', `orders/${id}`);
    assert.deepEqual(order.lines.map((entry) => [entry.quantity, entry.current_quantity]),
        [[3, 1], [2, 2]]);
    assert.deepEqual(order.refunds[0].lines.map((entry) => [entry.quantity, entry.restock_type]),
        [[2, 'cancel']]);
    assert.deepEqual(order.fulfillment_orders.map((work) =>
        work.lines.map(({ total, remaining }) => [total, remaining])), [[[1, 1]], [[2, 2]]],
    'the added line becomes a fulfilment order of its own');
    assert.equal(order.edited, true);
});

scene('an edit before routing is seen by routing', async () => {
    await shop.control('POST', 'config', { fo_delay_ms: 60 });
    const { id, lines: [line] } = await shop.control('POST', 'orders',
        { lines: [{ sku: 'SKU00001-1', quantity: 3 }] });
    await shop.control('POST', `orders/${id}/edit`, { set: [{ line_id: line.id, quantity: 2 }] });
    const [work] = await shop.routed(id);
    assert.deepEqual(work.lines.map(({ remaining }) => remaining), [2]);
    assert.deepEqual(await stock(), [8, 2, 10]);
    await shop.control('POST', 'config', { fo_delay_ms: 5 });
});

scene('fulfilment orders come later and do not touch updatedAt', async () => {
    await shop.control('POST', 'config', { fo_delay_ms: 1_100 });
    const placed = await shop.control('POST', 'orders', { lines: [{ sku: 'SKU00001-1' }] });
    const before = await shop.control('GET', `orders/${placed.id}`);
    assert.deepEqual(before.fulfillment_orders, [], 'not routed yet');
    await shop.routed(placed.id);
    const now = await shop.control('GET', `orders/${placed.id}`);
    assert.equal(now.updated_at, before.updated_at);
    assert.equal(now.fulfillment_orders.length, 1);
    await shop.control('POST', 'config', { fo_delay_ms: 5 });
});

scene('lines at two locations become two fulfilment orders', async () => {
    const { id } = await shop.order({ lines: [{ sku: 'SKU00001-1', location_id: online },
        { sku: 'SKU00002-1', location_id: store }] });
    const { fulfillment_orders: work } = await shop.control('GET', `orders/${id}`);
    assert.deepEqual(work.map(({ location_id: at }) => at), [online, store]);
    assert.deepEqual(await stock('SKU00002-1', store), [-1, 1, 0]);
});

scene('moving a fulfilment order moves what is committed', async () => {
    const { id } = await placeThree();
    await shop.control('POST', `orders/${id}/move`, { location_id: store });
    assert.deepEqual(await stock(), [10, 0, 10]);
    assert.deepEqual(await stock('SKU00001-1', store), [-3, 3, 0]);
});

scene('orderCancel is a job that does it a moment later', async () => {
    const { id } = await placeThree();
    const order = gid('Order', id);
    const { orderCancel } = await shop.document('order-cancel-result', { orderId: order,
        reason: 'CUSTOMER', restock: true, refundMethod: { originalPaymentMethodsRefund: true } });
    assert.equal(orderCancel.job.done, false);
    assert.equal(orderCancel.jobResult.status, 'STARTED');
    await until('the job', async () =>
        (await shop.document('job-poll', { id: orderCancel.job.id })).job.done);
    const { order: read } = await shop.document('order-by-id', { id: order });
    assert.equal(read.cancelReason, 'CUSTOMER');
    assert.equal(read.displayFinancialStatus, 'REFUNDED');
    assert.equal(read.currentTotalPriceSet.shopMoney.amount, '0.0');
    assert.deepEqual(read.fulfillmentOrders.nodes.map(({ status, lineItems }) =>
        [status, lineItems.nodes[0].totalQuantity]), [['CLOSED', 0]]);
    const again = await shop.document('order-cancel', { orderId: order, reason: 'OTHER', restock: true });
    assert.deepEqual(again.orderCancel.orderCancelUserErrors, [{ field: ['orderId'], code: 'INVALID',
        message: 'Cannot cancel an order that has already been canceled' }]);
});

scene('an order with a parcel cannot be cancelled, and refund excludes refundMethod', async () => {
    const { id } = await placeThree();
    await shop.control('POST', `orders/${id}/fulfill`, { lines: [{ sku: 'SKU00001-1', quantity: 1 }] });
    const cancel = async (more) => (await shop.data(`mutation C($id: ID!, $refund: Boolean,
        $method: OrderCancelRefundMethodInput, $note: String) { orderCancel(orderId: $id, reason: OTHER,
        restock: true, refund: $refund, refundMethod: $method, staffNote: $note) {
        job { id } orderCancelUserErrors { message } } }`, { id: gid('Order', id), ...more }))
        .orderCancel.orderCancelUserErrors.map(({ message }) => message);
    assert.deepEqual(await cancel({}), ['Cannot cancel an order that has outstanding fulfillments']);
    assert.deepEqual(await cancel({ refund: true, method: { originalPaymentMethodsRefund: true } }),
        ['Only one of the arguments `refund` or `refund_method` is allowed.']);
    assert.deepEqual(await cancel({ note: 'x'.repeat(256) }),
        ['Staff note is too long. Maximum length is 255 characters.']);
});

scene('times have one-second resolution in GraphQL and ids survive beyond 2^53', async () => {
    const { id, lines: [line] } = await placeThree();
    await sleep(1);
    const { order } = await shop.document('order-by-id', { id: gid('Order', id) });
    assert.match(order.updatedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.equal(order.lineItems.nodes[0].id, gid('LineItem', line.id));
    assert.ok(BigInt(line.id) > 2n ** 53n);
});

scene('bad wishes are refused with a reason', async () => {
    const refused = async (route, body, pattern) => assert.rejects(
        shop.control('POST', route, body), pattern);
    await refused('orders', { lines: [{ sku: 'nope' }] }, /no variant with SKU 'nope'/);
    await refused('orders', { lines: [{ sku: 'SKU00001-1', quantity: 0 }] }, /whole number from 1/);
    await refused('orders', { liens: [] }, /an order has no 'liens'/);
    await refused('orders/123/cancel', {}, /no order 123/);
    const { id, lines: [line] } = await placeThree();
    await refused(`orders/${id}/refund`, { lines: [{ line_id: line.id, quantity: 1,
        restock_type: 'return' }] }, /must lie from 1 to 0/);
});
