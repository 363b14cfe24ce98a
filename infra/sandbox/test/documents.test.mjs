// documents.test.mjs: documents execute, and every answer is one that the schema allows.
//
// Breaks when a resolver is missing or wrong for a field that a connector asks for, or when the
// sandbox answers with something that the real API could not answer.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomDocument } from './lib/documents.mjs';
import { gid, startShop } from './lib/shop.mjs';

const RECENT = "updated_at:>='2020-01-01T00:00:00Z'";
const RANDOM_DOCUMENTS = 250;
const shop = await startShop();
await shop.control('POST', 'seed', {
    products: 20, variants_per_product: 3, orders: 10, seed: 3,
    locations: [{ name: 'Online' }, { name: 'Store', fulfills_online_orders: false, pickup: true }],
});
await shop.control('POST', 'config', { query_cost_limit: 100_000, bucket_maximum: 1_000_000,
    bucket_restore_rate: 1_000_000 });
const { variants: [variant], locations } = await shop.control('GET', 'catalog');
const placed = await shop.order({ lines: [{ sku: 'SKU00002-1', quantity: 3 },
    { title: 'Engraving', price: '3.50', requires_shipping: false }],
attributes: { gift: 'yes' }, presentment_currency: 'EUR', presentment_rate: 0.9,
tax_basis_points: 1300 });
await shop.control('POST', `orders/${placed.id}/fulfill`, {
    lines: [{ sku: 'SKU00002-1', quantity: 2 }], tracking: { company: 'UPS', numbers: ['1Z'] } });
await shop.control('POST', `orders/${placed.id}/refund`, { lines: [
    { line_id: placed.lines[0].id, quantity: 1, restock_type: 'return' }], note: 'broken' });
const [work] = (await shop.control('GET', `orders/${placed.id}`)).fulfillment_orders;
const ids = {
    order: gid('Order', placed.id), product: gid('Product', variant.product_id),
    variant: gid('ProductVariant', variant.variant_id),
    item: gid('InventoryItem', variant.inventory_item_id),
    place: gid('Location', locations[0].id), store: gid('Location', locations[1].id),
    work: gid('FulfillmentOrder', work.id),
};

const reads = {
    'bulk-list': () => ({ first: 5 }),
    'product-by-id': () => ({ id: ids.product }),
    'product-variants-page': () => ({ id: ids.product }),
    'products-changed': () => ({ first: 10, query: RECENT }),
    'products-changed-ids': () => ({ first: 10, query: RECENT }),
    'variants-by-sku': () => ({ first: 5, query: 'sku:SKU00001-2' }),
    'variant-details': () => ({ id: ids.variant }),
    'orders-changed-ids': () => ({ first: 50, query: RECENT }),
    'order-by-id': () => ({ id: ids.order }),
    'order-lines-page': () => ({ id: ids.order }),
    'nodes-by-ids': () => ({ ids: Object.values(ids) }),
    locations: () => ({}),
    'shop-and-scopes': () => ({}),
    'levels-by-items': () => ({ ids: [ids.item] }),
    'levels-by-location': () => ({ id: ids.place }),
    'level-at-location': () => ({ ids: [ids.item], locationId: ids.place }),
    'fulfillment-orders-of-order': () => ({ id: ids.order }),
    'fulfillment-orders-changed': () => ({ first: 50, query: RECENT }),
    'locations-for-move': () => ({ id: ids.work }),
    'fulfillment-order-by-id': () => ({ id: ids.work }),
    'suggested-refund': () => ({ id: ids.order }),
    'webhook-list': () => ({ first: 5 }),
};

for (const [name, variables] of Object.entries(reads)) {
    test(`read: ${name}`, async () => {
        const data = await shop.document(name, variables());
        assert.ok(Object.values(data).every((value) => value !== null), 'a root field is null');
    });
}

test('the deep order shows what was done to it', async () => {
    const { order } = await shop.document('order-by-id', { id: ids.order });
    const [line] = order.lineItems.nodes;
    assert.equal(line.quantity, 3);
    assert.equal(line.currentQuantity, 2, 'the returned unit no longer counts');
    assert.equal(line.unfulfilledQuantity, 1);
    assert.equal(order.displayFulfillmentStatus, 'PARTIALLY_FULFILLED');
    assert.deepEqual(order.fulfillments[0].trackingInfo,
        [{ company: 'UPS', number: '1Z', url: null }]);
    assert.equal(order.refunds[0].refundLineItems.nodes[0].restockType, 'RETURN');
    assert.equal(order.totalPriceSet.presentmentMoney.currencyCode, 'EUR');
    assert.equal(order.fulfillmentOrders.nodes[0].lineItems.nodes[0].remainingQuantity, 1);
});

test('the last mutations of the contract execute', async () => {
    const { id } = await shop.order({ lines: [{ sku: 'SKU00003-1', quantity: 2 }] });
    const [{ id: work }] = await shop.routed(id);
    const target = { id: gid('FulfillmentOrder', work) };
    const run = async (name, variables) => {
        const [payload] = Object.values(await shop.document(name, variables));
        assert.deepEqual(payload.userErrors ?? payload.orderCancelUserErrors, [], name);
        return payload;
    };
    const { fulfillmentHold } = await run('fulfillment-order-hold',
        { ...target, hold: { reason: 'OTHER', reasonNotes: 'wait' } });
    await run('fulfillment-order-release', { ...target, holdIds: [fulfillmentHold.id] });
    await run('fulfillment-order-move', { ...target, newLocationId: ids.store });
    await run('fulfillment-order-progress', target);
    await run('fulfillment-order-open', target);
    const { job } = await run('order-cancel-result',
        { orderId: gid('Order', id), reason: 'CUSTOMER', restock: true });
    assert.equal((await shop.document('job-poll', { id: job.id })).job.id, job.id);
    await run('inventory-activate', { inventoryItemId: ids.item, locationId: ids.store,
        idempotencyKey: 'activate' });
    await run('inventory-adjust', { idempotencyKey: 'adjust', input: {
        name: 'available', reason: 'correction', changes: [{ inventoryItemId: ids.item,
            locationId: ids.place, delta: 2, changeFromQuantity: null }] } });
});

test('any document below a served root executes and passes the walk', async () => {
    const before = shop.walked;
    for (let seed = 1; seed <= RANDOM_DOCUMENTS; seed += 1) {
        const { text, variables } = randomDocument(seed, ids);
        const answer = await shop.ask(text, variables);
        assert.equal(answer.errors, undefined, `seed ${seed}: ${JSON.stringify(answer.errors)}\n${text}`);
    }
    assert.equal(shop.walked - before, RANDOM_DOCUMENTS);
});

test('a root field that is not served is refused by name', async () => {
    const answer = await shop.ask('{ giftCards(first: 1) { nodes { id } } }');
    assert.match(answer.errors[0].message, /does not implement the root field 'giftCards'/);
    assert.equal(answer.data, undefined);
});
