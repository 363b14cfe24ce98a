// entered.test.mjs: what an app enters and changes itself: orders, edits, refunds, products, stock, work.
//
// Breaks when a mutation does not do to the shop what the same act of staff does, when its history
// cannot be folded into the state, or when a wish that the shop does not model looks like a success.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCommitments, compare, Fold } from './lib/fold.mjs';
import { gid, startShop } from './lib/shop.mjs';

const shop = await startShop({ fo_delay_ms: 5 });
const post = (route, body = {}) => shop.control('POST', route, body);
await post('seed', { products: 3, variants_per_product: 2, stock: 20, locations: [
    { name: 'Online' }, { name: 'Theirs', service: { handle: 'theirs', name: 'Theirs Inc' } }] });
const { variants, locations } = await shop.control('GET', 'catalog');
const theirs = gid('Location', locations[1].id);
const variant = gid('ProductVariant', variants[0].variant_id);
const price = { shopMoney: { amount: '12.5', currencyCode: 'USD' } };
const level = async (name, place = locations[0].id) => (await shop.control('GET', 'state')).levels.find((entry) =>
    entry.inventory_item_id === variants[0].inventory_item_id && entry.location_id === place)[name];

const ENTER = `mutation Enter($order: OrderCreateOrderInput!) { orderCreate(order: $order) { order { id name note
    poNumber currentTotalPriceSet { shopMoney { amount } } shippingAddress { city country } totalTaxSet { shopMoney {
    amount } } customAttributes { key value } lineItems(first: 9) { nodes { id sku quantity taxable } }
    shippingLines(first: 2) { nodes { title } } fulfillmentOrders(first: 3) { nodes { id status } } }
    userErrors { field message code } } }`;
const enter = async (order) => (await shop.data(ENTER, { order })).orderCreate;
const enterLine = (more = {}) => enter({ lineItems: [{ variantId: variant, quantity: 3, priceSet: price }], ...more });

test('an order that an app enters holds stock and is routed at once', async () => {
    const before = await level('committed');
    const { order, userErrors } = await enterLine({ note: 'By hand', poNumber: 'PO 7', customAttributes: [
        { key: 'gift', value: 'yes' }], shippingAddress: { city: 'Köln', countryCode: 'DE' },
    shippingLines: ['Van', 'Boat'].map((title) => ({ title, priceSet: { shopMoney: { amount: '2', currencyCode: 'USD' } } })) });
    assert.deepEqual(userErrors, []);
    assert.equal(order.currentTotalPriceSet.shopMoney.amount, '41.5');
    assert.deepEqual(order.shippingLines.nodes, [{ title: 'Van' }, { title: 'Boat' }]);
    assert.deepEqual(order.shippingAddress, { city: 'Köln', country: 'Germany' });
    assert.deepEqual([order.note, order.poNumber, order.customAttributes],
        ['By hand', 'PO 7', [{ key: 'gift', value: 'yes' }]]);
    assert.deepEqual(order.fulfillmentOrders.nodes.map(({ status }) => status), ['OPEN']);
    assert.deepEqual(order.lineItems.nodes.map(({ sku, quantity }) => [sku, quantity]), [[variants[0].sku, 3]]);
    assert.equal(await level('committed'), before + 3);
});

test('what is not modelled is refused by name, and nothing is entered', async () => {
    const { length } = (await shop.control('GET', 'state')).orders;
    const { order, userErrors } = await enterLine({ fulfillmentStatus: 'FULFILLED',
        discountCode: { freeShippingDiscountCode: { code: 'FREE' } } });
    assert.equal(order, null);
    assert.deepEqual(userErrors.map(({ field }) => field[1]).sort(), ['discountCode', 'fulfillmentStatus']);
    assert.equal((await enter({ lineItems: [] })).userErrors[0].code, 'INVALID');
    assert.equal((await enter({ lineItems: [{ quantity: 1, variantId: gid('ProductVariant', 5) }] })).order, null);
    assert.equal((await shop.control('GET', 'state')).orders.length, length);
});

test('it is changed and deleted as staff would do it', async () => {
    const { order: { id } } = await enterLine();
    const { orderUpdate } = await shop.data(`mutation Change($input: OrderInput!) { orderUpdate(input: $input) {
        order { note tags poNumber } userErrors { field message } } }`,
    { input: { id, note: 'New', tags: ['b', 'a'], poNumber: 'PO 8' } });
    assert.deepEqual(orderUpdate.order, { note: 'New', tags: ['a', 'b'], poNumber: 'PO 8' });
    const remove = async (orderId) => (await shop.data(`mutation Remove($orderId: ID!) {
        orderDelete(orderId: $orderId) { deletedId userErrors { field message code } } }`, { orderId })).orderDelete;
    assert.match((await remove(id)).userErrors[0].message, /has work left/);
    await post(`orders/${id.split('/').pop()}/cancel`);
    assert.deepEqual(await remove(id), { deletedId: id, userErrors: [] });
    assert.equal((await remove(id)).userErrors[0].code, 'NOT_FOUND');
});

test('an edit changes nothing before its commit, and then all at once', async () => {
    const { order } = await enterLine();
    const ask = (text, variables) => shop.data(text, variables);
    const { orderEditBegin: { calculatedOrder: { id } } } = await ask(`mutation Begin($id: ID!) { orderEditBegin(id: $id) {
        calculatedOrder { id } userErrors { message } } }`, { id: order.id });
    const lineItemId = order.lineItems.nodes[0].id.replace('LineItem', 'CalculatedLineItem');
    const { orderEditSetQuantity: staged } = await ask(`mutation Fewer($id: ID!, $lineItemId: ID!) {
        orderEditSetQuantity(id: $id, lineItemId: $lineItemId, quantity: 1, restock: true) { calculatedOrder {
        subtotalPriceSet { shopMoney { amount } } subtotalLineItemsQuantity } userErrors { message } } }`,
    { id, lineItemId });
    assert.equal(staged.calculatedOrder.subtotalPriceSet.shopMoney.amount, '12.5');
    await ask(`mutation More($id: ID!, $variantId: ID!) { orderEditAddVariant(id: $id, variantId: $variantId,
        quantity: 2) { calculatedLineItem { id } userErrors { message } } }`,
    { id, variantId: gid('ProductVariant', variants[1].variant_id) });
    const show = () => shop.control('GET', `orders/${order.id.split('/').pop()}`);
    assert.deepEqual((await show()).lines.map((line) => line.current_quantity), [3]);
    const commit = () => ask(`mutation Commit($id: ID!) { orderEditCommit(id: $id) { order { id } successMessages
        userErrors { field message } } }`, { id });
    assert.deepEqual((await commit()).orderEditCommit.successMessages, ['Order updated']);
    assert.deepEqual((await show()).lines.map((line) => line.current_quantity), [1, 2]);
    assert.equal((await commit()).orderEditCommit.userErrors.length, 1, 'a session ends with its commit');
});

test('a refund needs a key, gives back once, and never more than was bought', async () => {
    const { order } = await enterLine({ transactions: [{ kind: 'SALE', status: 'SUCCESS',
        amountSet: { shopMoney: { amount: '37.50', currencyCode: 'USD' } } }] });
    const refund = (quantity, key) => shop.ask(`mutation Back($input: RefundInput!) { refundCreate(input: $input)
        ${key ? `@idempotent(key: "${key}")` : ''} { refund { id totalRefundedSet { shopMoney { amount } } }
        userErrors { field message } } }`, { input: { orderId: order.id, refundLineItems: [{
        lineItemId: order.lineItems.nodes[0].id, quantity, restockType: 'CANCEL' }], transactions: [{
        amount: '12.50', gateway: 'manual', kind: 'REFUND', orderId: order.id }] } });
    assert.match((await refund(1)).errors[0].message, /@idempotent directive is required/);
    const { data: { refundCreate: made } } = await refund(1, 'once');
    assert.equal(made.refund.totalRefundedSet.shopMoney.amount, '12.5');
    assert.equal((await refund(1, 'once')).data.refundCreate.refund.id, made.refund.id);
    assert.match((await refund(3, 'much')).data.refundCreate.userErrors[0].message, /more items than were purchased/);
    const { refunds } = await shop.control('GET', `orders/${order.id.split('/').pop()}`);
    assert.equal(refunds.length, 1);
});

test('units are moved to another state and back; a level is made inactive and keeps its units', async () => {
    const terminal = (name) => ({ name, locationId: gid('Location', locations[0].id), changeFromQuantity: null,
        ...name === 'available' ? {} : { ledgerDocumentUri: 'pairs://ledger/1' } });
    const move = async (from, to, key) => (await shop.data(`mutation Move($input: InventoryMoveQuantitiesInput!) {
        inventoryMoveQuantities(input: $input) @idempotent(key: "${key}") { inventoryAdjustmentGroup { changes {
        name delta } } userErrors { field message code } } }`, { input: { reason: 'damaged',
        referenceDocumentUri: 'pairs://move/1', changes: [{ quantity: 2, from: terminal(from), to: terminal(to),
            inventoryItemId: gid('InventoryItem', variants[0].inventory_item_id) }] } })).inventoryMoveQuantities;
    const before = await level('on_hand');
    assert.deepEqual((await move('available', 'damaged', 'm1')).inventoryAdjustmentGroup.changes,
        [{ name: 'available', delta: -2 }, { name: 'damaged', delta: 2 }]);
    assert.deepEqual([await level('damaged'), await level('on_hand')], [2, before]);
    assert.equal((await move('damaged', 'damaged', 'm2')).userErrors[0].code, 'SAME_QUANTITY_NAME');
    const off = () => shop.data(`mutation Off($id: ID!) { inventoryDeactivate(inventoryLevelId: $id) {
        userErrors { message } } }`, { id: `gid://shopify/InventoryLevel/${locations[0].id}?inventory_item_id=`
        + `${variants[0].inventory_item_id}` });
    assert.deepEqual((await off()).inventoryDeactivate.userErrors, []);
    assert.deepEqual([await level('active'), await level('damaged')], [false, 2]);
});

const WORK = '{ id status lineItems(first: 5) { nodes { remainingQuantity } } }';
const works = async (order) => (await shop.control('GET', `orders/${order.id.split('/').pop()}`)).fulfillment_orders
    .map(({ status, lines }) => [status, lines.reduce((sum, { remaining }) => sum + remaining, 0)]);

test('work is split, and cancelled work goes on', async () => {
    const { order } = await enterLine();
    const { nodes: [{ id }] } = order.fulfillmentOrders;
    const { fulfillmentOrder } = await shop.data(`query Lines($id: ID!) { fulfillmentOrder(id: $id) {
        lineItems(first: 2) { nodes { id } } } }`, { id });
    const split = async (quantity) => (await shop.data(`mutation Split($splits: [FulfillmentOrderSplitInput!]!) {
        fulfillmentOrderSplit(fulfillmentOrderSplits: $splits) { fulfillmentOrderSplits { fulfillmentOrder ${WORK}
        remainingFulfillmentOrder ${WORK} } userErrors { field message code } } }`, { splits: [{
        fulfillmentOrderId: id, fulfillmentOrderLineItems: [{ id: fulfillmentOrder.lineItems.nodes[0].id, quantity }],
    }] })).fulfillmentOrderSplit;
    assert.equal((await split(3)).userErrors[0].code, 'INVALID_LINE_ITEM_QUANTITY');
    assert.equal((await split(0)).userErrors[0].code, 'GREATER_THAN');
    const [made] = (await split(1)).fulfillmentOrderSplits;
    assert.equal(made.remainingFulfillmentOrder.lineItems.nodes[0].remainingQuantity, 1);
    assert.deepEqual(await works(order), [['OPEN', 2], ['OPEN', 1]]);
    const { fulfillmentOrderCancel } = await shop.data(`mutation Again($id: ID!) { fulfillmentOrderCancel(id: $id) {
        fulfillmentOrder ${WORK} replacementFulfillmentOrder ${WORK} userErrors { message code } } }`, { id });
    assert.equal(fulfillmentOrderCancel.fulfillmentOrder.status, 'CLOSED');
    assert.deepEqual(await works(order), [['CLOSED', 0], ['OPEN', 1], ['OPEN', 2]]);
});

test('held work is listed, and so is what lies with others', async () => {
    const { order } = await enterLine();
    const { nodes: [{ id }] } = order.fulfillmentOrders;
    const { fulfillmentOrderMove: { userErrors } } = await shop.data(`mutation Move($id: ID!, $to: ID!) {
        fulfillmentOrderMove(id: $id, newLocationId: $to) { userErrors { message } } }`, { id, to: theirs });
    assert.deepEqual(userErrors, []);
    const ask = () => shop.data(`query Lists($ids: [ID!]) { manualHoldsFulfillmentOrders(first: 9) { nodes { id } }
        assignedFulfillmentOrders(first: 9, assignmentStatus: FULFILLMENT_UNSUBMITTED, locationIds: $ids) {
        nodes { id assignedLocation { location { isFulfillmentService fulfillmentService { serviceName } } } } } }`,
    { ids: [theirs] });
    const moved = await ask();
    assert.deepEqual([moved.assignedFulfillmentOrders.nodes.map((entry) => entry.id),
        moved.manualHoldsFulfillmentOrders.nodes], [[id], []]);
    assert.equal(moved.assignedFulfillmentOrders.nodes[0].assignedLocation.location.fulfillmentService.serviceName,
        'Theirs Inc');
    await post(`orders/${order.id.split('/').pop()}/hold`, { reason: 'other' });
    assert.deepEqual((await ask()).manualHoldsFulfillmentOrders.nodes, [{ id }]);
});

test('what could come back is counted once, with its price, its tax and the fee', async () => {
    const taxLines = [{ title: 'Tax', rate: '0.1' }];
    const { order } = await enter({ lineItems: [{ title: 'Bowl', quantity: 2, priceSet: price, taxLines }] });
    const number = order.id.split('/').pop();
    const { lines: [line] } = await post(`orders/${number}/fulfill`);
    const ask = () => shop.data(`query Back($id: ID!) { returnableFulfillments(orderId: $id, first: 2) { nodes {
        returnableFulfillmentLineItems(first: 2) { nodes { quantity fulfillmentLineItem { id } } } } } }`,
    { id: order.id });
    const [part] = (await ask()).returnableFulfillments.nodes[0].returnableFulfillmentLineItems.nodes;
    const { returnCalculate } = await shop.data(`query Worth($input: CalculateReturnInput!) { returnCalculate(
        input: $input) { returnLineItems { subtotalSet { shopMoney { amount } } totalTaxSet { shopMoney { amount } }
        restockingFee { amountSet { shopMoney { amount } } } } } }`, { input: { orderId: order.id, returnLineItems: [{
        fulfillmentLineItemId: part.fulfillmentLineItem.id, quantity: 2, restockingFee: { percentage: 20 } }] } });
    const [worth] = returnCalculate.returnLineItems;
    assert.deepEqual([worth.subtotalSet, worth.totalTaxSet, worth.restockingFee.amountSet].map(({ shopMoney }) =>
        shopMoney.amount), ['-25.0', '-2.5', '5.0']);
    await post(`orders/${number}/returns`, { lines: [{ line_id: line.id, quantity: 1 }] });
    const [left] = (await ask()).returnableFulfillments.nodes[0].returnableFulfillmentLineItems.nodes;
    assert.deepEqual([part.quantity, left.quantity], [2, 1]);
});

test('products and customers come and go; a handle of the title is its own', async () => {
    const make = async (product) => (await shop.data(`mutation Make($product: ProductCreateInput!) {
        productCreate(product: $product) { product { id handle variants(first: 3) { nodes { id price inventoryItem {
        tracked } } } } userErrors { field message } } }`, { product })).productCreate.product;
    const [first, second] = [await make({ title: 'Twin' }), await make({ title: 'Twin' })];
    assert.deepEqual([first.handle, second.handle], ['twin', 'twin-1']);
    const update = async (price) => (await shop.data(`mutation Price($id: ID!, $variants: [ProductVariantsBulkInput!]!) {
        productVariantsBulkUpdate(productId: $id, variants: $variants) { productVariants { price sku }
        userErrors { field message code } } }`, { id: first.id, variants: [{ id: first.variants.nodes[0].id, price,
        inventoryItem: { sku: 'TWIN' } }] })).productVariantsBulkUpdate;
    assert.deepEqual((await update('9.90')).productVariants, [{ price: '9.90', sku: 'TWIN' }]);
    assert.equal((await update('9.999')).userErrors[0].code, 'INVALID_INPUT');
    const { productDelete } = await shop.data(`mutation Drop($input: ProductDeleteInput!) { productDelete(input: $input) {
        deletedProductId userErrors { message } } }`, { input: { id: second.id } });
    assert.equal(productDelete.deletedProductId, second.id);
    const { customerCreate: { customer } } = await shop.data(`mutation { customerCreate(input: {
        email: "potter@example.com" }) { customer { id } userErrors { message } } }`);
    const { customerDelete } = await shop.data(`mutation Bye($input: CustomerDeleteInput!) {
        customerDelete(input: $input) { deletedCustomerId userErrors { message } } }`, { input: { id: customer.id } });
    assert.equal(customerDelete.deletedCustomerId, customer.id);
});

test('folding the history of all this gives the state, and every unit has its place', async () => {
    const state = await shop.control('GET', 'state');
    const fold = new Fold();
    for (const entry of await shop.control('GET', 'history')) fold.apply(entry);
    compare(fold, state);
    checkCommitments(state);
    const effects = await shop.control('GET', 'effects');
    assert.ok(effects.filter(({ root }) => root === 'orderCreate').every(({ result, history }) =>
        (result === 'done') === (history !== null)), 'the ledger of effects knows what was entered');
});
