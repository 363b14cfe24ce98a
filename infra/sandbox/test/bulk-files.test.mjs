// bulk-files.test.mjs: how a bulk file arrives, and all the ways in which it does not.
//
// Breaks when a fault that readers are tested with would not happen, or when a good file is harmed.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import http from 'node:http';
import zlib from 'node:zlib';
import { test } from 'node:test';
import { startShop, until } from './lib/shop.mjs';

const QUERY = '{ products { edges { node { id title variants { edges { node { id sku } } } } } } }';
const PRODUCTS = 60;
const ROWS = PRODUCTS * 4;
const shop = await startShop({ fo_delay_ms: 5, bulk_delay_ms: 10 });
await shop.control('POST', 'seed', { products: PRODUCTS, variants_per_product: 3 });

async function exported(fault) {
    if (fault) await shop.control('POST', 'faults', fault);
    const { bulkOperationRunQuery: { bulkOperation } } = await shop.document('bulk-run',
        { query: QUERY, groupObjects: false });
    return until('the operation to end', async () => {
        const { bulkOperation: now } = await shop.document('bulk-poll', { id: bulkOperation.id });
        return ['COMPLETED', 'FAILED', 'CANCELED'].includes(now.status) ? now : null;
    });
}

const linesOf = (text) => text.trimEnd().split('\n').map((line) => JSON.parse(line));

/** The raw answer: what came before the connection ended, however it ended. */
const raw = (url, headers = {}) => new Promise((resolve, reject) => {
    const request = http.get(url, { headers }, (response) => {
        const chunks = [];
        const done = (whole) => resolve({ status: response.statusCode, headers: response.headers, whole,
            body: Buffer.concat(chunks) });
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => done(response.complete));
        response.on('error', () => done(false));
    });
    request.on('error', reject);
});

test('an address expires', async () => {
    await shop.control('POST', 'config', { bulk_url_expires_ms: 3_600_000 });
    const { url } = await exported();
    assert.equal((await raw(url)).status, 200);
    await shop.control('POST', 'clock', { offset_us: 3_601_000_000 });
    const late = await raw(url);
    assert.equal(late.status, 403);
    assert.match(late.body.toString(), /expired/);
    await shop.control('POST', 'clock', { offset_us: 0 });
    await shop.control('POST', 'config', { bulk_url_expires_ms: 604_800_000 });
    assert.equal((await raw(url.replace(/bulk\/.{6}/, 'bulk/aaaaaa'))).status, 404);
});

test('it may redirect, and be compressed for those who take it', async () => {
    await shop.control('POST', 'config', { bulk_redirect: true, bulk_gzip: true });
    const { url } = await exported();
    const first = await raw(url);
    assert.equal(first.status, 302);
    const packed = await raw(first.headers.location, { 'Accept-Encoding': 'gzip' });
    assert.equal(packed.headers['content-encoding'], 'gzip');
    assert.equal(linesOf(zlib.gunzipSync(packed.body).toString()).length, ROWS);
    const plain = await raw(first.headers.location);
    assert.equal(plain.headers['content-encoding'], undefined);
    assert.equal(linesOf(plain.body.toString()).length, ROWS);
    await shop.control('POST', 'config', { bulk_redirect: false, bulk_gzip: false });
});

test('cut after any number of bytes', async () => {
    const { url, fileSize } = await exported();
    for (const bytes of [0, 1, 777, Number(fileSize) - 1]) {
        await shop.control('POST', 'faults', { match: { url: '/bulk/' }, action: 'truncated', bytes });
        const { body, whole } = await raw(url);
        assert.deepEqual([body.length, whole], [bytes, false]);
    }
    assert.equal((await raw(url)).body.length, Number(fileSize), 'the next download is whole');
});

test('a count that is wrong, a line of many megabytes', async () => {
    const wrong = await exported({ action: 'bulk_wrong_count', count_delta: -3 });
    assert.deepEqual([wrong.status, wrong.objectCount], ['COMPLETED', String(ROWS - 3)]);
    const long = await exported({ action: 'bulk_long_line', bytes: 5_000_000 });
    const rows = linesOf((await raw(long.url)).body.toString());
    assert.deepEqual([rows.length, rows.filter(({ title }) => title?.length === 5_000_000).length], [ROWS, 1]);
});

test('children far from their parents, never before them', async () => {
    const { url } = await exported({ action: 'bulk_shuffle', seed: 5 });
    const rows = linesOf((await raw(url)).body.toString());
    assert.equal(rows.length, ROWS);
    const place = new Map(rows.map(({ id }, index) => [id, index]));
    const distances = rows.filter((row) => row.__parentId)
        .map((row) => place.get(row.id) - place.get(row.__parentId));
    assert.ok(distances.every((distance) => distance > 0));
    assert.ok(distances.some((distance) => distance > ROWS / 2));
});

test('a gzip bomb is small on the wire and large behind it', async () => {
    const { url } = await exported();
    await shop.control('POST', 'faults', { match: { url: '/bulk/' }, action: 'gzip_bomb',
        bytes: 30_000_000 });
    const { body, headers } = await raw(url);
    assert.equal(headers['content-encoding'], 'gzip');
    assert.ok(body.length < 100_000, `${body.length} bytes on the wire`);
    assert.ok(zlib.gunzipSync(body).length >= 30_000_000);
});

test('a stalled download is neither ended nor continued', async () => {
    const { url } = await exported();
    await shop.control('POST', 'faults', { match: { url: '/bulk/' }, action: 'stall', bytes: 100,
        timeout_ms: 400 });
    const started = Date.now();
    const { body, whole } = await raw(url);
    assert.deepEqual([body.length, whole], [100, false]);
    assert.ok(Date.now() - started >= 390, 'the connection stayed open');
});

test('cancelled while it ran, it leaves what it had', async () => {
    await shop.control('POST', 'config', { bulk_slice_ms: 300 });
    const { bulkOperationRunQuery: { bulkOperation } } = await shop.document('bulk-run',
        { query: QUERY, groupObjects: false });
    await until('it to run', async () => {
        const { bulkOperation: now } = await shop.document('bulk-poll', { id: bulkOperation.id });
        return Number(now.objectCount) > 0;
    });
    await shop.document('bulk-cancel', { id: bulkOperation.id });
    const now = await until('the end', async () => {
        const { bulkOperation: found } = await shop.document('bulk-poll', { id: bulkOperation.id });
        return found.status === 'CANCELED' ? found : null;
    });
    assert.equal(now.url, null);
    const rows = linesOf((await raw(now.partialDataUrl)).body.toString());
    assert.equal(rows.length, Number(now.objectCount));
    assert.ok(rows.length < ROWS);
    await shop.control('POST', 'config', { bulk_slice_ms: 0 });
});
