// history.test.mjs: the history is the truth: folding it gives the state.
//
// An oracle judges a stream by this history alone.  Breaks when any change of state goes unrecorded
// or is recorded wrongly, whoever made it.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCommitments, compare, Fold } from './lib/fold.mjs';
import { gid, startShop, until } from './lib/shop.mjs';
import { Random } from '../src/random.mjs';

const ACTS = 120;
const shop = await startShop({ fo_delay_ms: 20, job_delay_ms: 5 });

const lineOf = (order, random) => random.pick(order.lines);

/** One random act of a shopper, of staff, or of the app. Refusals are fine: they change nothing. */
async function act(random, orders, store, sku) {
    const post = (route, body) => shop.control('POST', route, body).catch(() => null);
    const order = orders.length > 0 ? random.pick(orders) : null;
    switch (order === null ? 0 : random.below(13)) {
    case 0: case 1: case 2: {
        const placed = await post('orders', { random: true, max_lines: 3 });
        orders.push(placed);
        break;
    }
    case 3: await post(`orders/${order.id}/fulfill`, { lines: [{ line_id: lineOf(order, random).id,
        quantity: 1 }], tracking: { company: 'UPS', numbers: [`T${random.bits()}`] } }); break;
    case 4: await post(`orders/${order.id}/cancel`, { restock: random.chance(0.5) }); break;
    case 5: await post(`orders/${order.id}/refund`, { lines: [{ line_id: lineOf(order, random).id,
        quantity: 1, restock_type: random.pick(['cancel', 'return', 'no_restock']),
        location_id: store }] }); break;
    case 6: await post(`orders/${order.id}/edit`, { add: [{ sku }],
        set: [{ line_id: lineOf(order, random).id, quantity: random.below(4) }] }); break;
    case 7: await post(`orders/${order.id}/address`, { city: `City ${random.below(99)}` }); break;
    case 8: await post('inventory', { sku, location: 'Online', on_hand: random.below(50) }); break;
    case 9: await post(`orders/${order.id}/move`, { location_id: store }); break;
    case 10: await post(`orders/${order.id}/${random.pick(['hold', 'release'])}`, {}); break;
    default: await returnAct(random, post, order, store, sku);
    }
}

/** A step of a return: a new one, or the next of one that is underway. */
async function returnAct(random, post, order, store, sku) {
    const made = await post(`orders/${order.id}/${random.pick(['returns', 'till-return'])}`,
        { lines: [{ line_id: lineOf(order, random).id, quantity: 1 }],
            exchange: random.chance(0.5) ? [{ sku }] : [] });
    if (made === null) return;
    for (const step of ['receive', 'process', 'close', 'reopen']) {
        if (random.chance(0.7)) await post(`returns/${made.return.id}/${step}`, { location_id: store });
    }
}

test('folding the history gives the state, after a busy day', async () => {
    const { locations } = await shop.control('POST', 'seed', { products: 6, orders: 5, seed: 5,
        locations: [{ name: 'Online' }, { name: 'Store', fulfills_online_orders: false }] });
    const random = new Random(11);
    const orders = [];
    for (let i = 0; i < ACTS; i += 1) {
        await act(random, orders, locations[1].id, 'SKU00002-1');
        if (i % 10 === 0) checkCommitments(await shop.control('GET', 'state'));
    }
    const product = await shop.control('POST', 'products', { title: 'P', variants: [{ sku: 'P-1' }] });
    await shop.control('PUT', `products/${product.id}`, { variants: [{ sku: 'P-2' }] });
    const gone = await shop.control('POST', 'products', { title: 'G', variants: [{ sku: 'G-1' }] });
    await shop.control('DELETE', `products/${gone.id}`);
    await until('routing of all orders', async () => {
        const state = await shop.control('GET', 'state');
        return state.orders.every((order) => order.cancelled_at !== null
            || state.fulfillment_orders.some(({ order_id: id }) => id === order.id));
    });
    const fold = new Fold();
    for (const entry of await shop.control('GET', 'history')) fold.apply(entry);
    compare(fold, await shop.control('GET', 'state'));
});

test('entries are numbered, in order of time, and say who did what', async () => {
    const entries = await shop.control('GET', 'history');
    entries.forEach((entry, index) => {
        assert.equal(entry.seq, index + 1);
        assert.match(entry.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
        assert.ok(index === 0 || entry.at >= entries[index - 1].at, 'time does not go back');
        assert.ok(['shopper', 'staff', 'merchant', 'app', 'shopify'].includes(entry.actor));
        assert.deepEqual(Object.keys(entry), ['seq', 'at', 'actor', 'act', 'object', 'effect']);
    });
    const since = await shop.control('GET', `history?since=${entries.length - 2}`);
    assert.deepEqual(since, entries.slice(-2));
});

test('a stock write and a parcel of the app are told in full', async () => {
    const { id } = await shop.order({ lines: [{ sku: 'SKU00001-1', quantity: 2 }] });
    const [work] = await shop.routed(id);
    const { variants, locations } = await shop.control('GET', 'catalog');
    const { inventory_item_id: item } = variants.find(({ sku }) => sku === 'SKU00001-1');
    const before = (await shop.control('GET', 'history')).length;
    await shop.document('inventory-set', { idempotencyKey: 'told', input: { name: 'on_hand',
        reason: 'correction', referenceDocumentUri: 'gid://test/Atp/9', quantities: [{ quantity: 70,
            changeFromQuantity: null, inventoryItemId: gid('InventoryItem', item),
            locationId: gid('Location', locations[0].id) }] } });
    await shop.document('fulfillment-create', { fulfillment: { trackingInfo: { company: 'DHL',
        numbers: ['X1'] }, lineItemsByFulfillmentOrder: [
        { fulfillmentOrderId: gid('FulfillmentOrder', work.id) }] } });
    const [stock, parcel] = await shop.control('GET', `history?since=${before}`);
    assert.deepEqual([stock.actor, stock.act, stock.effect.reference],
        ['app', 'inventory_set', 'gid://test/Atp/9']);
    assert.equal(stock.effect.rows[0].quantity, 70);
    assert.equal(stock.effect.levels[0].after.on_hand, 70);
    assert.deepEqual([parcel.actor, parcel.act], ['app', 'fulfillment_created']);
    assert.equal(parcel.object.order_id, id);
    assert.deepEqual(parcel.effect.fulfillment.tracking.numbers, ['X1']);
    assert.deepEqual(parcel.effect.fulfillment.lines.map(({ quantity }) => quantity), [2]);
    const [first] = await shop.control('GET', 'effects');
    assert.deepEqual([first.root, first.idempotency_key, first.result],
        ['inventorySetQuantities', 'told', 'done']);
    assert.deepEqual(first.history, [stock.seq, stock.seq]);
});
