// changes.test.mjs: searches that look only at what changed since, or not at all.
//
// Breaks when the shortcuts of an idle shop (the order of changes, pages of a search that is known
// already) show anything else than a look at everything would.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../src/random.mjs';
import { Store } from '../src/store.mjs';
import { sleep, startShop, until } from './lib/shop.mjs';

const ROUNDS = 6_000;
const stamped = (list) => list.map(({ id, updatedAt }) => `${id}@${updatedAt}`).sort();

/** Adds, changes and removes at random; a change need not move the stamp. */
function disturb(store, clock, random, ids) {
    const id = random.chance(0.9) && ids.length > 0 ? random.pick(ids) : String(ids.length);
    if (!store.get('order', id)) {
        if (ids.includes(id)) return;
        ids.push(id);
        store.add('order', id, { id, updatedAt: clock.now() });
    } else if (random.chance(0.05)) store.remove('order', id);
    else {
        const at = clock.now();
        store.edit('order', id, (order) => {
            if (random.chance(0.7)) order.updatedAt = at;
        });
    }
}

function compare(store, clock, random) {
    const moment = random.chance(0.3) ? Infinity : clock.us - random.below(200);
    const since = clock.us - random.below(400);
    const late = ({ updatedAt }) => updatedAt >= since;
    assert.deepEqual(stamped([...store.changedAt('order', moment, since)].filter(late)),
        stamped([...store.allAt('order', moment)].filter(late)));
}

for (const [what, back] of [['', 0], [' although the clock went back', 3_000]]) {
    test(`what changed since is all that a look at everything finds${what}`, () => {
        const clock = { us: 10_000, now: () => (clock.us += 1) };
        const store = new Store(clock);
        const random = new Random(7);
        const ids = [];
        for (let i = 0; i < ROUNDS; i += 1) {
            disturb(store, clock, random, ids);
            if (i === ROUNDS / 2) clock.us -= back;
            if (i % 10 === 0) compare(store, clock, random);
        }
        assert.ok(ids.length > 100);
    });
}

test('the list of changes does not grow with the number of changes', () => {
    const clock = { us: 0, now: () => (clock.us += 1) };
    const store = new Store(clock);
    store.add('order', '1', { id: '1', updatedAt: 0 });
    for (let i = 0; i < 5_000; i += 1) store.edit('order', '1', () => {});
    assert.ok(store.changes.order.length <= 1_001);
});

test('a search that is known is searched again after a change', async () => {
    const shop = await startShop({ fo_delay_ms: 5 });
    await shop.control('POST', 'seed', { products: 3, orders: 0 });
    for (let i = 0; i < 4; i += 1) await shop.order({ tags: ['red'] });
    const page = async (after) => (await shop.ask(`query P($after: String) {
        orders(first: 2, after: $after, query: "tag:red created_at:>='2020-01-01T00:00:00'") {
            edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage } } }`,
    { after })).data.orders;
    const names = ({ edges }) => edges.map(({ node }) => node.name);
    const first = await page(null);
    assert.deepEqual(names(first), ['#1001', '#1002']);
    assert.deepEqual(names(await page(first.edges[1].cursor)), ['#1003', '#1004']);
    await shop.control('POST', 'orders/1003/update', { tags: ['blue'] });
    const rest = await page(first.edges[1].cursor);
    assert.deepEqual(names(rest), ['#1004']);
    assert.deepEqual(rest.pageInfo, { hasNextPage: false, hasPreviousPage: true });
    await shop.control('POST', 'config', { search_lag_ms: 300 });
    await sleep(350); // until the index has seen what was before
    await shop.control('POST', 'orders/1004/update', { tags: ['blue'] });
    assert.deepEqual(names(await page(first.edges[1].cursor)), ['#1004']);
    await until('the index to follow', async () => (await page(first.edges[1].cursor)).edges.length === 0);
});
