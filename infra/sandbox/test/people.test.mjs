// people.test.mjs: a merchant, shoppers and staff live a day by a seed.
//
// Breaks when a day is not the same for the same seed, when something that they do goes untold, or
// when one of their acts never happens.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCommitments, compare, Fold } from './lib/fold.mjs';
import { gid, startShop } from './lib/shop.mjs';

const shop = await startShop({ fo_delay_ms: 5 });
const post = (route, body = {}) => shop.control('POST', route, body);

async function open() {
    await post('reset');
    await post('seed', { products: 30, variants_per_product: 3, orders: 10, seed: 3, locations: [
        { name: 'Online' }, { name: 'Depot' }, { name: 'Store', fulfills_online_orders: false, pickup: true }] });
}

/** An entry without what depends on the time of day. */
const timeless = (entry) => JSON.parse(JSON.stringify(entry, (key, value) =>
    (/_at$|^at$/.test(key) ? undefined : value)));

test('the same seed gives the same day, another seed another', async () => {
    const days = [];
    for (const seed of [7, 7, 8]) {
        await open();
        const { seq_from: from } = await post('people', { seed, steps: 300 });
        days.push((await shop.control('GET', `history?since=${from - 1}`)).map(timeless));
    }
    assert.deepEqual(days[0], days[1]);
    assert.notDeepEqual(days[0].map(({ act }) => act), days[2].map(({ act }) => act));
});

test('folding a long day gives the state, and every unit has its place', async () => {
    await open();
    const { done } = await post('people', { seed: 5, steps: 2_500, rates: { reopen_return: 3,
        reduce_return: 3, cancel_return: 3, delete_order: 3, buy_bundle: 4, delete_variant: 2 } });
    const state = await shop.control('GET', 'state');
    const fold = new Fold();
    for (const entry of await shop.control('GET', 'history')) fold.apply(entry);
    compare(fold, state);
    checkCommitments(state);
    const { known } = await shop.control('GET', 'people');
    assert.deepEqual(known.filter((act) => !done[act]), [], 'acts that nobody did all day');
    const sizes = state.orders.map(({ lines }) => lines.length);
    assert.ok(Math.max(...sizes) > 30 && Math.min(...sizes) === 1, `${Math.max(...sizes)} lines at most`);
});

test('GraphQL shows the deepest orders of that day as the schema wants them', async () => {
    const { orders } = await shop.control('GET', 'state');
    await shop.control('POST', 'config', { bucket_maximum: 100_000 }); // reading is not rationed here
    const busy = orders.sort((a, b) => b.returns.length + b.refunds.length - a.returns.length
        - a.refunds.length).slice(0, 15);
    for (const order of busy) {
        const { order: shown } = await shop.document('order-by-id', { id: gid('Order', order.id) });
        assert.equal(shown.refunds.length, Math.min(20, order.refunds.length));
        assert.equal(Number(shown.currentTotalPriceSet.shopMoney.amount) * 100 | 0,
            order.current_total_cents);
        for (const { id } of order.returns) await shop.document('return-by-id', { id: gid('Return', id) });
    }
});

test('a pace is kept, acts can be chosen, nonsense is refused', async () => {
    await open();
    const { done, took_ms: took } = await post('people', { steps: 40, per_second: 100, only: ['buy'] });
    assert.deepEqual(done, { buy: 40 });
    assert.ok(took >= 380, `40 steps at 100 a second took ${took} ms`);
    await assert.rejects(post('people', { steps: 1, only: ['dance'] }), /nobody can 'dance'; known: buy,/);
    await assert.rejects(post('people', { steps: 0 }), /steps must be/);
});
