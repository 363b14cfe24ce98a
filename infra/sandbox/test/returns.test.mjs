// returns.test.mjs: goods that come back, and what they do to stock, money and the order.
//
// Breaks when a unit is restocked twice or not at all, when money and units disagree, or when the
// app is not told.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentText, gid, startShop, until } from './lib/shop.mjs';
import { Receiver } from './lib/receiver.mjs';

const shop = await startShop({ fo_delay_ms: 5 });
const post = (route, body = {}) => shop.control('POST', route, body);
const SKU = 'SKU00001-1';
let online;
let store;
let receiver;

async function fresh() {
    await post('reset');
    const { locations } = await post('seed', { products: 3, variants_per_product: 1, stock: 10,
        locations: [{ name: 'Online' }, { name: 'Store', fulfills_online_orders: false }] });
    [online, store] = locations.map(({ id }) => id);
    receiver = await new Receiver().start();
    for (const topic of ['RETURNS_REQUEST', 'RETURNS_APPROVE', 'RETURNS_DECLINE', 'RETURNS_CANCEL',
        'RETURNS_CLOSE', 'RETURNS_REOPEN', 'RETURNS_PROCESS', 'RETURNS_UPDATE', 'REFUNDS_CREATE',
        'REVERSE_FULFILLMENT_ORDERS_DISPOSE']) {
        const { webhookSubscriptionCreate: made } = await shop.document('webhook-create', { topic,
            sub: { uri: receiver.uri } });
        assert.deepEqual(made.userErrors, []);
    }
}

const scene = (name, play) => test(name, async () => {
    await fresh();
    try {
        await play();
    } finally {
        receiver.stop();
    }
});

async function levels(place) {
    const { levels: all } = await shop.control('GET', 'state');
    const found = all.find((entry) => entry.sku === SKU && entry.location_id === place);
    return [found.available, found.damaged, found.on_hand];
}

async function shipped(quantity = 3) {
    const placed = await shop.order({ lines: [{ sku: SKU, quantity, price: '10.00' }],
        shipping: { price: '5.00' } });
    await post(`orders/${placed.id}/fulfill`);
    return placed;
}

const read = async (id) =>
    (await shop.document('return-by-id', { id: gid('Return', id) })).return;

scene('a mail return: requested, approved, received, processed, closed', async () => {
    const { id } = await shipped();
    const asked = await post(`orders/${id}/returns`, { requested: true, lines: [{ sku: SKU,
        quantity: 2, reason: 'size_too_small', customer_note: 'tight' }] });
    const returnId = asked.return.id;
    let shown = await read(returnId);
    assert.deepEqual([shown.name, shown.status, shown.totalQuantity, shown.order.returnStatus],
        ['#1001-R1', 'REQUESTED', 2, 'RETURN_REQUESTED']);
    assert.deepEqual(shown.reverseFulfillmentOrders.nodes, [], 'nothing is awaited yet');
    await post(`returns/${returnId}/approve`);
    shown = await read(returnId);
    assert.deepEqual([shown.status, shown.order.returnStatus, shown.reverseFulfillmentOrders.nodes[0].status],
        ['OPEN', 'IN_PROGRESS', 'OPEN']);
    assert.deepEqual(await levels(online), [7, 0, 7], 'nothing came back yet');
    await post(`returns/${returnId}/receive`, { lines: [{ sku: SKU, quantity: 1, location_id: store }] });
    await post(`returns/${returnId}/receive`, { disposition: 'not_restock' });
    assert.deepEqual(await levels(store), [1, 0, 1]);
    const before = await shop.control('GET', `orders/${id}`);
    assert.equal(before.lines[0].current_quantity, 3, 'units leave the order when processed');
    await post(`returns/${returnId}/process`);
    assert.deepEqual(await levels(store), [1, 0, 1], 'stock moved once');
    await post(`returns/${returnId}/close`);
    const order = await shop.control('GET', `orders/${id}`);
    assert.deepEqual([order.lines[0].current_quantity, order.financial_status, order.return_status],
        [1, 'PARTIALLY_REFUNDED', 'RETURNED']);
    assert.deepEqual(order.refunds[0].lines.map((line) => [line.quantity, line.restock_type,
        line.location_id]), [[1, 'return', store], [1, 'no_restock', null]]);
    shown = await read(returnId);
    assert.equal(shown.refunds.nodes[0].totalRefundedSet.shopMoney.amount, '20.0');
    assert.deepEqual(shown.reverseFulfillmentOrders.nodes[0].lineItems.nodes[0].dispositions
        .map(({ type, quantity }) => [type, quantity]), [['RESTOCKED', 1], ['NOT_RESTOCKED', 1]]);
    const [line] = shown.returnLineItems.nodes;
    assert.deepEqual([line.quantity, line.refundedQuantity, line.processedQuantity, line.unprocessedQuantity,
        line.returnReasonDefinition.handle], [2, 2, 2, 0, 'size-too-small']);
});

scene('each step tells the app, in Shopify\'s shape', async () => {
    const { id } = await shipped();
    const first = await post(`orders/${id}/returns`, { requested: true, lines: [{ sku: SKU }] });
    await post(`returns/${first.return.id}/decline`, { reason: 'final_sale', note: 'no' });
    const second = await post(`orders/${id}/returns`, { lines: [{ sku: SKU, quantity: 2 }] });
    await post(`returns/${second.return.id}/reduce`, { sku: SKU, quantity: 1 });
    await post(`returns/${second.return.id}/receive`, { location_id: store });
    await post(`returns/${second.return.id}/process`);
    await post(`returns/${second.return.id}/close`);
    await post(`returns/${second.return.id}/reopen`);
    const third = await post(`orders/${id}/returns`, { lines: [{ sku: SKU }] });
    await post(`returns/${third.return.id}/cancel`);
    const one = async (topic) => (await receiver.wait(topic))[0].body;
    const request = await one('returns/request');
    assert.deepEqual([request.id, request.status, request.order.id, request.total_return_line_items],
        [first.return.id, 'requested', id, 1]);
    assert.equal(request.return_line_items[0].fulfillment_line_item.line_item.id,
        first.return.lines[0].line_id);
    assert.deepEqual((await one('returns/decline')).decline, { reason: 'final_sale', note: 'no' });
    assert.equal((await one('returns/approve')).status, 'open');
    assert.equal((await one('returns/update')).return_line_items.removals[0].delta, 1);
    const dispose = await one('reverse_fulfillment_orders/dispose');
    assert.deepEqual([dispose.total_dispositions, dispose.dispositions[0].type,
        dispose.dispositions[0].location.id], [1, 'restocked', store]);
    assert.equal((await one('returns/process')).return_line_items[0].quantity, 1);
    assert.equal((await one('refunds/create')).return.id, second.return.id);
    assert.deepEqual(await one('returns/close'), { id: second.return.id, order_id: id, status: 'closed',
        admin_graphql_api_id: gid('Return', second.return.id) });
    assert.equal((await one('returns/reopen')).status, 'open');
    assert.equal((await one('returns/cancel')).status, 'canceled');
});

scene('a till return with an exchange: the new line has work of its own, money is the difference',
    async () => {
        const { id } = await shipped(2);
        const done = await post(`orders/${id}/till-return`, { location_id: store,
            lines: [{ sku: SKU, quantity: 1 }],
            exchange: [{ sku: 'SKU00002-1', price: '4.00', location_id: store }] });
        assert.deepEqual([done.return.status, done.return.exchange_lines[0].processed_quantity],
            ['CLOSED', 1]);
        assert.deepEqual(await levels(store), [1, 0, 1]);
        const order = await shop.control('GET', `orders/${id}`);
        assert.deepEqual(order.lines.map((line) => [line.sku, line.quantity, line.current_quantity]),
            [[SKU, 2, 1], ['SKU00002-1', 1, 1]]);
        assert.equal(order.closed_at, null, 'an order with new work is not archived');
        assert.equal(order.fulfillment_orders.at(-1).location_id, store);
        const refund = order.transactions.filter(({ kind }) => kind === 'REFUND');
        assert.deepEqual(refund.map(({ amount_cents: cents }) => cents), [600]);
        const shown = await read(done.return.id);
        assert.equal(shown.exchangeLineItems.nodes[0].lineItems[0].id, gid('LineItem', order.lines[1].id));
    });

scene('damaged goods are on hand, but not for sale; missing ones are not', async () => {
    const { id } = await shipped();
    const made = await post(`orders/${id}/returns`, { lines: [{ sku: SKU, quantity: 2 }] });
    await post(`returns/${made.return.id}/receive`, { lines: [
        { sku: SKU, quantity: 1, disposition: 'damaged' }] });
    await post(`returns/${made.return.id}/receive`, { disposition: 'missing' });
    assert.deepEqual(await levels(online), [7, 1, 8]);
});

scene('money only, shipping only, and less than the goods are worth', async () => {
    const refund = async (body) => {
        const { id } = await shipped(2);
        await post(`orders/${id}/refund`, body);
        const order = await shop.control('GET', `orders/${id}`);
        const { order: shown } = await shop.document('order-by-id', { id: gid('Order', id) });
        return [order.current_total_cents, shown.totalOutstandingSet.shopMoney.amount,
            shown.refunds[0].orderAdjustments.nodes.map(({ amountSet }) => amountSet.shopMoney.amount),
            shown.refunds[0].refundShippingLines.nodes.map((line) => line.subtotalAmountSet.shopMoney.amount)];
    };
    assert.deepEqual(await refund({ amount: '3.50' }), [2150, '0.0', ['-3.5'], []]);
    assert.deepEqual(await refund({ shipping: true }), [2000, '0.0', [], ['5.0']]);
    assert.deepEqual(await refund({ amount: '8.00', lines: [{ sku: SKU, quantity: 1,
        restock_type: 'return', location_id: store }] }), [1700, '0.0', ['2.0'], []]);
});

scene('what is on its way back cannot be refunded twice, nor its parcel cancelled', async () => {
    const { id, lines: [line] } = await shipped();
    const made = await post(`orders/${id}/returns`, { lines: [{ sku: SKU, quantity: 2 }] });
    await assert.rejects(post(`orders/${id}/refund`, { lines: [{ line_id: line.id, quantity: 2,
        restock_type: 'return' }] }), /from 1 to 1/);
    await assert.rejects(post(`orders/${id}/returns`, { lines: [{ sku: SKU, quantity: 2 }] }),
        /1 units of line/);
    const { fulfillments: [parcel] } = await shop.control('GET', `orders/${id}`);
    const { fulfillmentCancel } = await shop.document('fulfillment-cancel',
        { id: gid('Fulfillment', parcel.id) });
    assert.match(fulfillmentCancel.userErrors[0].message, /being returned/);
    await post(`returns/${made.return.id}/receive`);
    await assert.rejects(post(`returns/${made.return.id}/cancel`), /came back already/);
    await assert.rejects(post(`returns/${made.return.id}/approve`), /this needs one that is requested/);
    await assert.rejects(post(`returns/${made.return.id}/receive`), /arrived already/);
});

scene('a bulk file of returns, and a search by their state', async () => {
    const { id } = await shipped();
    await shipped();
    await post(`orders/${id}/returns`, { lines: [{ sku: SKU }] });
    const { bulkOperationRunQuery: { bulkOperation, userErrors } } = await shop.document('bulk-run',
        { query: documentText('bulk-inner-returns'), groupObjects: false });
    assert.deepEqual(userErrors, []);
    const done = await until('the file', async () => {
        const { bulkOperation: now } = await shop.document('bulk-poll', { id: bulkOperation.id });
        return now.status === 'COMPLETED' ? now : null;
    });
    const rows = (await (await fetch(done.url)).text()).trimEnd().split('\n').map(JSON.parse);
    assert.deepEqual(rows.map((row) => row.__typename ?? 'Order'),
        ['Order', 'Return', 'ReturnLineItem', 'ReverseFulfillmentOrder']);
    const { ordersCount } = await shop.data('{ ordersCount(query: "return_status:in_progress") { count } }');
    assert.equal(ordersCount.count, 1);
});
