// faults.test.mjs: what goes wrong on demand, and that it goes wrong in the way it says.
//
// Breaks when a fault does not do what a test of a connector relies on: a time-out *after* the
// effect must have had the effect, a refusal must have had none.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentText, gid, startShop } from './lib/shop.mjs';

const SET = documentText('inventory-set-lean');
let row;

const shop = await startShop({ fo_delay_ms: 5 });
/** Every test begins with a fresh shop. */
async function fresh() {
    await shop.control('POST', 'reset');
    await shop.control('POST', 'seed', { products: 1, variants_per_product: 1, stock: 10 });
    const { variants: [variant], locations: [location] } = await shop.control('GET', 'catalog');
    row = { inventoryItemId: gid('InventoryItem', variant.inventory_item_id),
        locationId: gid('Location', location.id) };
}

const scene = (name, play) => test(name, async () => {
    await fresh();
    await play();
});

const write = (quantity) => [SET, { idempotencyKey: `k${quantity}`, input: { name: 'on_hand',
    reason: 'correction', quantities: [{ ...row, quantity, changeFromQuantity: null }] } }];
const onHand = async () => (await shop.control('GET', 'state')).levels[0].on_hand;
const fault = (rule) => shop.control('POST', 'faults', rule);

for (const status of [401, 402, 403, 404, 423, 430, 500, 503]) {
    scene(`status ${status} once, without an effect, with a body that is not GraphQL's`, async () => {
        await fault({ match: { root: 'inventorySetQuantities' }, action: 'status', status });
        const response = await shop.post(...write(5));
        assert.equal(response.status, status);
        assert.equal(typeof (await response.json()).errors, 'string');
        assert.equal(await onHand(), 10);
        assert.equal((await shop.post(...write(5))).status, 200, 'only once');
        assert.equal(await onHand(), 5);
    });
}

scene('429 names the seconds to wait', async () => {
    await fault({ action: 'status', status: 429, retry_after: 3, count: 2 });
    const response = await shop.post('{ shop { id } }');
    assert.equal(response.status, 429);
    assert.equal(response.headers.get('retry-after'), '3');
});

scene('THROTTLED comes in a 200, without data', async () => {
    await fault({ action: 'throttled' });
    const { errors, data } = await shop.ask('{ shop { id } }');
    assert.equal(errors[0].extensions.code, 'THROTTLED');
    assert.equal(data, undefined);
});

scene('a page of HTML, half a body, an internal error', async () => {
    await fault([{ action: 'html' }, { action: 'truncated' }, { action: 'internal_error' }]);
    const html = await shop.post('{ shop { id } }');
    assert.match(html.headers.get('content-type'), /^text\/html/);
    const cut = await (await shop.post('{ shop { id } }')).text();
    assert.throws(() => JSON.parse(cut), SyntaxError);
    const { errors: [error] } = await shop.ask('{ shop { id } }');
    assert.equal(error.extensions.code, 'INTERNAL_SERVER_ERROR');
});

scene('silence after the effect: it was done, and its key gives the answer', async () => {
    await fault({ match: { root: 'inventorySetQuantities' }, action: 'timeout_after_effect',
        timeout_ms: 50 });
    await assert.rejects(shop.post(...write(3)));
    assert.equal(await onHand(), 3);
    const answer = await shop.ask(...write(3));
    assert.deepEqual(answer.data.inventorySetQuantities.userErrors, []);
    const effects = await shop.control('GET', 'effects');
    assert.deepEqual(effects.map(({ replayed }) => replayed), [false, true]);
});

scene('a connection dropped before the effect: nothing was done', async () => {
    await fault({ match: { root: 'inventorySetQuantities' }, action: 'drop' });
    await assert.rejects(shop.post(...write(3)));
    assert.equal(await onHand(), 10);
});

scene('a probability is repeatable by seed', async () => {
    const pattern = async () => {
        await shop.control('DELETE', 'faults');
        await fault({ action: 'status', status: 500, probability: 0.5, seed: 42 });
        const statuses = [];
        for (let i = 0; i < 20; i += 1) statuses.push((await shop.post('{ shop { id } }')).status);
        return statuses;
    };
    const first = await pattern();
    assert.deepEqual(await pattern(), first);
    assert.ok(first.includes(200) && first.includes(500));
});

scene('rules are listed with how often they fired, and cleared', async () => {
    await fault({ match: { url: '2026-07' }, action: 'status', status: 500, count: 3 });
    assert.equal((await shop.post('{ shop { id } }')).status, 200, 'another url');
    assert.equal((await shop.post('{ shop { id } }', {}, { version: '2026-07' })).status, 500);
    const { faults: [rule] } = await shop.control('GET', 'faults');
    assert.deepEqual([rule.fired, rule.left], [1, 2]);
    await shop.control('DELETE', 'faults');
    assert.deepEqual((await shop.control('GET', 'faults')).faults, []);
});
