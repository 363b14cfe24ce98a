// order-fields.test.mjs: payments, risk, discounts, metafields and where an order came from.
//
// Breaks when GraphQL, the webhook body and the history tell different stories of one order.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gid, sleep, startShop } from './lib/shop.mjs';
import { Receiver } from './lib/receiver.mjs';

const shop = await startShop({ fo_delay_ms: 5 });
const post = (route, body = {}) => shop.control('POST', route, body);
const SKU = 'SKU00001-1';
let store;
let receiver;

async function fresh() {
    await post('reset');
    const { locations } = await post('seed', { products: 3, variants_per_product: 1, stock: 10,
        locations: [{ name: 'Online' }, { name: 'Store', fulfills_online_orders: false, pickup: true }] });
    store = locations[1].id;
    receiver = await new Receiver().start();
    for (const topic of ['ORDERS_CREATE', 'ORDERS_PAID', 'ORDERS_RISK_ASSESSMENT_CHANGED',
        'ORDER_TRANSACTIONS_CREATE']) {
        await shop.document('webhook-create', { topic, sub: { uri: receiver.uri } });
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

const ask = async (id, fields) =>
    (await shop.data(`{ order(id: "${gid('Order', id)}") { ${fields} } }`)).order;
const place = (spec) => post('orders', { lines: [{ sku: SKU, quantity: 2, price: '10.00' }],
    shipping: { price: '5.00' }, ...spec });
const status = async (id) => (await shop.control('GET', `orders/${id}`)).financial_status;

scene('authorised, captured in two parts', async () => {
    const { id } = await place({ financial_status: 'authorized' });
    assert.equal(await status(id), 'AUTHORIZED');
    await post(`orders/${id}/capture`, { amount: '10.00' });
    assert.equal(await status(id), 'PARTIALLY_PAID');
    await post(`orders/${id}/capture`);
    assert.equal(await status(id), 'PAID');
    await assert.rejects(post(`orders/${id}/capture`), /no open authorization/);
    const { transactions, totalCapturableSet: left } = await ask(id, 'transactions { id kind status '
        + 'amountSet { shopMoney { amount } } parentTransaction { id } paymentDetails { ... on '
        + 'CardPaymentDetails { company } } receiptJson } totalCapturableSet { shopMoney { amount } }');
    assert.deepEqual(transactions.map(({ kind, amountSet }) => [kind, amountSet.shopMoney.amount]),
        [['AUTHORIZATION', '25.0'], ['CAPTURE', '10.0'], ['CAPTURE', '15.0']]);
    assert.ok(transactions.slice(1).every((entry) => entry.parentTransaction.id === transactions[0].id));
    assert.deepEqual([transactions[0].paymentDetails.company, left.shopMoney.amount], ['Visa', '0.0']);
    const told = await receiver.wait('order_transactions/create', 2);
    assert.deepEqual(told.map(({ body }) => [body.kind, body.amount]).sort(),
        [['capture', '10.00'], ['capture', '15.00']]);
    assert.equal((await receiver.wait('orders/paid')).length, 1);
});

scene('voided, declined, paid late, paid by two means', async () => {
    const voided = await place({ financial_status: 'authorized' });
    await post(`orders/${voided.id}/void`);
    assert.equal(await status(voided.id), 'VOIDED');
    const late = await place({ financial_status: 'failed' });
    await post(`orders/${late.id}/pay`, { failed: true });
    assert.equal(await status(late.id), 'PENDING');
    await post(`orders/${late.id}/pay`);
    assert.equal(await status(late.id), 'PAID');
    const two = await place({ payments: [{ gateway: 'gift_card', amount: '5.00' }, { gateway: 'bogus' }] });
    await post(`orders/${two.id}/cancel`);
    const { transactions } = await shop.control('GET', `orders/${two.id}`);
    assert.deepEqual(transactions.map((entry) => [entry.kind, entry.gateway, entry.amount_cents]),
        [['SALE', 'gift_card', 500], ['SALE', 'bogus', 2000], ['REFUND', 'gift_card', 500],
            ['REFUND', 'bogus', 2000]]);
    const dropped = await place({ financial_status: 'authorized' });
    await post(`orders/${dropped.id}/cancel`);
    assert.equal(await status(dropped.id), 'VOIDED', 'cancelling ends an authorisation');
});

scene('risk comes a moment after the order', async () => {
    await post('config', { risk_delay_ms: 60 });
    const { id } = await place({ risk: 'high' });
    const fields = 'risk { recommendation assessments { riskLevel facts { description sentiment } } }';
    assert.deepEqual((await ask(id, fields)).risk,
        { recommendation: 'NONE', assessments: [{ riskLevel: 'PENDING', facts: [] }] });
    const [{ body }] = await receiver.wait('orders/risk_assessment_changed');
    assert.deepEqual([body.order_id, body.risk_level], [id, 'high']);
    const { risk } = await ask(id, fields);
    assert.deepEqual([risk.recommendation, risk.assessments[0].riskLevel,
        risk.assessments[0].facts[0].sentiment], ['CANCEL', 'HIGH', 'NEGATIVE']);
    await post('config', { risk_delay_ms: 0 });
});

scene('discounts: a code over the order, a manual one on a line, free shipping', async () => {
    const { id } = await place({ lines: [{ sku: SKU, quantity: 2, price: '10.00', discount: '2.00' },
        { sku: 'SKU00002-1', price: '12.00' }], discounts: [{ code: 'TEN', percentage: 10 },
        { code: 'SHIP', target: 'shipping', percentage: 100 }] });
    const order = await ask(id, `discountCodes totalDiscountsSet { shopMoney { amount } }
        totalPriceSet { shopMoney { amount } } totalShippingPriceSet { shopMoney { amount } }
        discountApplications(first: 9) { nodes { __typename index targetType targetSelection value {
            ... on MoneyV2 { amount } ... on PricingPercentageValue { percentage } }
            ... on DiscountCodeApplication { code } } }
        lineItems(first: 9) { nodes { totalDiscountSet { shopMoney { amount } }
            discountedUnitPriceAfterAllDiscountsSet { shopMoney { amount } }
            discountAllocations { allocatedAmountSet { shopMoney { amount } }
                discountApplication { index } } } }`);
    assert.deepEqual([order.discountCodes, order.totalDiscountsSet.shopMoney.amount,
        order.totalShippingPriceSet.shopMoney.amount, order.totalPriceSet.shopMoney.amount],
    [['TEN', 'SHIP'], '10.0', '0.0', '27.0']);
    assert.deepEqual(order.discountApplications.nodes.map(({ __typename: name, targetType, value }) =>
        [name, targetType, value.percentage ?? value.amount]), [
        ['ManualDiscountApplication', 'LINE_ITEM', '2.0'], ['DiscountCodeApplication', 'LINE_ITEM', 10],
        ['DiscountCodeApplication', 'SHIPPING_LINE', 100]]);
    assert.deepEqual(order.lineItems.nodes.map((line) => [line.totalDiscountSet.shopMoney.amount,
        line.discountAllocations.map(({ allocatedAmountSet: { shopMoney }, discountApplication }) =>
            [discountApplication.index, shopMoney.amount])]),
    [['2.0', [[0, '2.0'], [1, '1.8']]], ['0.0', [[1, '1.2']]]]);
    const [{ body }] = await receiver.wait('orders/create');
    assert.deepEqual(body.discount_codes, [{ code: 'TEN', amount: '3.00', type: 'percentage' },
        { code: 'SHIP', amount: '5.00', type: 'shipping' }]);
    assert.deepEqual([body.total_discounts, body.total_price, body.line_items[0].total_discount],
        ['10.00', '27.00', '2.00']);
    assert.deepEqual(body.line_items[0].discount_allocations.map((entry) => entry.amount), ['2.00', '1.80']);
});

scene('an edit may take a discount, and the agreements tell the whole story', async () => {
    const { id, lines: [line] } = await place({});
    await post(`orders/${id}/edit`, { add: [{ sku: 'SKU00002-1', quantity: 1 }],
        set: [{ line_id: line.id, quantity: 1 }], discount: [{ line_id: line.id, amount: '1.00' }] });
    await post(`orders/${id}/refund`, { amount: '2.00' });
    const { agreements } = await ask(id, `agreements(first: 9) { nodes { __typename id reason happenedAt
        sales(first: 9) { nodes { __typename id actionType lineType quantity
            ... on ProductSale { lineItem { id } } } } } }`);
    const [order, ...later] = agreements.nodes;
    assert.deepEqual([order.__typename, order.sales.nodes.map(({ quantity }) => quantity)],
        ['OrderAgreement', [2, null]]);
    const edit = later.find(({ reason }) => reason === 'ORDER_EDIT');
    assert.deepEqual(edit.sales.nodes.map(({ actionType, quantity }) => [actionType, quantity]),
        [['UPDATE', 1], ['UPDATE', -1]]);
    assert.equal(later.at(-1).sales.nodes[0].lineType, 'ADJUSTMENT');
    assert.equal(new Set(agreements.nodes.flatMap(({ id: own, sales }) =>
        [own, ...sales.nodes.map((sale) => sale.id)])).size, 8, 'every id is its own');
});

scene('metafields by namespace, kept by key', async () => {
    const { id } = await place({ metafields: [{ namespace: 'erp', key: 'no', value: 'A-1' },
        { namespace: 'gift', key: 'wrap', type: 'boolean', value: true }] });
    const read = () => ask(id, `erp: metafields(first: 5, namespace: "erp") { nodes { id value } }
        all: metafields(first: 5) { nodes { key jsonValue } }
        one: metafield(namespace: "gift", key: "wrap") { type value }`);
    const before = await read();
    assert.deepEqual(before.all.nodes, [{ key: 'no', jsonValue: 'A-1' }, { key: 'wrap', jsonValue: true }]);
    assert.deepEqual(before.one, { type: 'boolean', value: 'true' });
    await post(`orders/${id}/update`, { metafields: [{ namespace: 'erp', key: 'no', value: 'A-2' },
        { namespace: 'gift', key: 'wrap', delete: true }] });
    const after = await read();
    assert.deepEqual(after.erp.nodes, [{ id: before.erp.nodes[0].id, value: 'A-2' }]);
    assert.equal(after.one, null);
});

scene('where an order came from: a till, a draft, a pickup, a tip', async () => {
    const till = await post('orders', { lines: [{ sku: SKU }], delivery: 'retail', fulfilled: true,
        retail_location_id: store, tip: '1.50' });
    const fields = `sourceName channelInformation { displayName } retailLocation { id }
        displayFulfillmentStatus totalTipReceivedSet { shopMoney { amount } }
        shippingAddress { latitude longitude } shippingLine { title }
        fulfillmentOrders(first: 1) { nodes { deliveryMethod { methodType } } }`;
    const sold = await ask(till.id, fields);
    assert.deepEqual([sold.sourceName, sold.channelInformation.displayName, sold.retailLocation.id,
        sold.displayFulfillmentStatus, sold.totalTipReceivedSet.shopMoney.amount, sold.shippingAddress],
    ['pos', 'Point of Sale', gid('Location', store), 'FULFILLED', '1.5', null]);
    const draft = await place({ source_name: 'shopify_draft_order', source_identifier: 'D1' });
    const drafted = await ask(draft.id, fields);
    assert.equal(drafted.channelInformation.displayName, 'Draft Orders');
    assert.ok(drafted.shippingAddress.latitude > 0 && drafted.shippingAddress.longitude < 0);
    const picked = await shop.order({ lines: [{ sku: SKU }], delivery: 'pickup', location_id: store });
    const pickup = await ask(picked.id, fields);
    assert.deepEqual([pickup.shippingLine.title, pickup.fulfillmentOrders.nodes[0].deliveryMethod.methodType],
        ['Store', 'PICK_UP']);
    await sleep(1);
});
