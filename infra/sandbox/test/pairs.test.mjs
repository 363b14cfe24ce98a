// pairs.test.mjs: the sandbox answers as the real Admin API does, as far as test/pairs tells.
//
// The replay must see a difference where there is one, so it is tried on spoilt answers first.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { difference } from './replaying/compare.mjs';
import { documentOf, NoDocument } from './replaying/document.mjs';
import { pairsOf } from './replaying/pairs.mjs';
import { playAll } from './replaying/play.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const KNOWN_MISSES = []; // 'file name' with the reason beside it; none at present

const ANSWER = {
    data: { orderCancel: { job: { id: 'gid://shopify/Job/1', done: false }, list: [1, 2], status: 'OPEN',
        userErrors: [{ field: ['orderId'], message: 'Order 123456789 is gone', code: 'INVALID' }] } },
    errors: [{ message: 'No', path: ['orderCancel'], extensions: { code: 'BAD_REQUEST' } }],
};
const spoilt = (change) => {
    const copy = JSON.parse(JSON.stringify(ANSWER));
    change(copy, copy.data.orderCancel);
    return copy;
};
const about = { withPlaces: true };

test('ids, times and texts of another shop are no difference', () => {
    const other = spoilt((answer, payload) => {
        payload.job.id = 'gid://shopify/Job/2';
        payload.userErrors[0].message = 'Order 987654321 is gone';
    });
    assert.equal(difference(ANSWER, other, about), null);
});

const SPOILS = {
    'a missing key': (answer, payload) => { delete payload.job.done; },
    'a key too many': (answer, payload) => { payload.job.more = 1; },
    'null instead of an object': (answer, payload) => { payload.job = null; },
    'another type': (answer, payload) => { payload.job.done = 'false'; },
    'a shorter list': (answer, payload) => { payload.list.pop(); },
    'another message': (answer, payload) => { payload.userErrors[0].message = 'Order is gone'; },
    'another code of a user error': (answer, payload) => { payload.userErrors[0].code = 'NOT_FOUND'; },
    'another field of a user error': (answer, payload) => { payload.userErrors[0].field = ['id']; },
    'no user error': (answer, payload) => { payload.userErrors = []; },
    'another top-level code': (answer) => { answer.errors[0].extensions.code = 'THROTTLED'; },
    'another path': (answer) => { answer.errors[0].path = ['order']; },
    'no top-level error': (answer) => { delete answer.errors; },
    'no data': (answer) => { answer.data = null; },
};
for (const [name, change] of Object.entries(SPOILS)) {
    test(`the replay sees ${name}`, () => {
        assert.notEqual(difference(ANSWER, spoilt(change), about), null);
    });
}

test('enum values, booleans and numbers are judged apart from the shape', () => {
    for (const change of [(payload) => { payload.status = 'CLOSED'; },
        (payload) => { payload.job.done = true; }, (payload) => { payload.list[0] = 7; }]) {
        const other = spoilt((answer, payload) => change(payload));
        assert.equal(difference(ANSWER, other, about), null);
        assert.notEqual(difference(ANSWER, other, { ...about, values: true }), null);
    }
});

test('a document is written again out of its answer, an alias is not', () => {
    const text = documentOf({ variables: { id: 'gid://shopify/Order/1' },
        answer: { data: { order: { id: 'x', lineItems: { nodes: [{ id: 'y' }] } } } } });
    assert.match(text, /order\(id: \$id\) \{ id lineItems\(first: 50\) \{ nodes \{ id \} \} \}/);
    assert.throws(() => documentOf({ variables: {}, answer: { data: { mine: { id: 'x' } } } }), NoDocument);
});

test('what was set up comes before what it was set up for', () => {
    const step = (id) => ({ query: `{ order(id: "${id}") { id } }`, response: { data: { order: { id } } } });
    const found = pairsOf({ ...step('2'), setup: { first: step('1') }, later: step('3') });
    assert.deepEqual(found.map(({ answer }) => answer.data.order.id), ['1', '2', '3']);
});

test('every pair is answered as written', { timeout: 120_000 }, async () => {
    const folder = path.join(here, 'pairs');
    const files = fs.readdirSync(folder).filter((name) => name.endsWith('.json')).sort();
    assert.ok(files.length >= 8, 'the pairs are here');
    const results = await playAll(files.map((name) => path.join(folder, name)), { documents: null });
    assert.ok(results.length >= 100, `${results.length} pairs were played`);
    const wrong = results.filter(({ outcome, values, cost }) =>
        outcome !== 'pass' || !values || cost?.requested === false);
    const told = wrong.filter(({ recording, name }) => !KNOWN_MISSES.includes(`${recording} ${name}`))
        .map(({ recording, name, reason, cost }) => `${recording} ${name}: ${reason ?? cost.text}`);
    assert.deepEqual(told, []);
});
