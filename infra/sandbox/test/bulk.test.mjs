// bulk.test.mjs: bulk operations from refusal to file.
//
// Breaks when a reader of the file could rely on something that Shopify does not promise (order of
// rows, unescaped slashes), or would lose rows.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentText, startShop, until } from './lib/shop.mjs';

const PRODUCTS = 120;
const shop = await startShop({ fo_delay_ms: 5, bulk_delay_ms: 20 });
await shop.control('POST', 'seed', { products: PRODUCTS, variants_per_product: 3, orders: 15 });

const run = async (query, groupObjects = false) =>
    (await shop.document('bulk-run', { query, groupObjects })).bulkOperationRunQuery;

const finished = (id) => until('the operation to end', async () => {
    const { bulkOperation } = await shop.document('bulk-poll', { id });
    return ['CREATED', 'RUNNING', 'CANCELING'].includes(bulkOperation.status) ? null : bulkOperation;
});

async function rowsOf(query, groupObjects) {
    const { bulkOperation, userErrors } = await run(query, groupObjects);
    assert.deepEqual(userErrors, []);
    assert.equal(bulkOperation.status, 'CREATED');
    const operation = await finished(bulkOperation.id);
    assert.equal(operation.status, 'COMPLETED');
    const response = await fetch(operation.url); // no token
    assert.equal(response.headers.get('content-type'), 'application/jsonl');
    const text = await response.text();
    assert.equal(operation.fileSize, String(Buffer.byteLength(text)));
    const rows = text.trimEnd().split('\n').map((line) => JSON.parse(line));
    assert.equal(operation.objectCount, String(rows.length));
    return { rows, text, operation };
}

const kindOf = ({ id }) => /^gid:\/\/shopify\/(\w+)\//.exec(id)[1];

test('products with variants and media: parents first, children not adjacent', async () => {
    const { rows, text, operation } = await rowsOf(documentText('bulk-inner-products'));
    assert.equal(operation.rootObjectCount, String(PRODUCTS));
    const count = (kind) => rows.filter((row) => kindOf(row) === kind).length;
    assert.deepEqual(['Product', 'ProductVariant', 'MediaImage'].map(count),
        [PRODUCTS, PRODUCTS * 3, PRODUCTS]);
    assert.ok(text.startsWith('{"__typename":"Product","id":"gid:\\/\\/shopify\\/Product\\/'));
    const seen = new Set();
    for (const row of rows) {
        if (row.__parentId) assert.ok(seen.has(row.__parentId), 'a child came before its parent');
        seen.add(row.id);
    }
    assert.equal(rows[1].__parentId, undefined, 'the second row is a product too');
});

test('grouped, children follow their parent', async () => {
    const { rows } = await rowsOf('{ products { edges { node { id variants { edges { node { id } } } } } } }',
        true);
    assert.deepEqual(rows.slice(0, 4).map(kindOf),
        ['Product', 'ProductVariant', 'ProductVariant', 'ProductVariant']);
});

test('orders with lines, fulfilment orders and their lines', async () => {
    const { rows } = await rowsOf(documentText('bulk-inner-orders'));
    const orders = rows.filter((row) => kindOf(row) === 'Order');
    assert.equal(orders.length, 15);
    const work = rows.filter((row) => kindOf(row) === 'FulfillmentOrder');
    const lines = rows.filter((row) => kindOf(row) === 'FulfillmentOrderLineItem');
    assert.equal(work.length, 15);
    assert.ok(lines.every((line) => work.some(({ id }) => id === line.__parentId)));
    assert.ok(Array.isArray(orders[0].transactions), 'plain lists stay inline');
});

test('inventory and variants', async () => {
    const { rows } = await rowsOf(documentText('bulk-inner-inventory'));
    assert.equal(rows.filter((row) => kindOf(row) === 'InventoryLevel').length, PRODUCTS * 3);
    const { rows: variants } = await rowsOf(documentText('bulk-inner-variants'));
    assert.equal(variants.length, PRODUCTS * 3);
});

test('without rows there is no file', async () => {
    const { bulkOperation } = await run('{ orders(query: "tag:none") { edges { node { id } } } }');
    const operation = await finished(bulkOperation.id);
    assert.deepEqual([operation.status, operation.url, operation.objectCount], ['COMPLETED', null, '0']);
});

const REFUSALS = [
    ['{ products { nodes { id } } }', [/must select their contents using 'edges' > 'node'.*'products'\.$/]],
    ['{ node(id: "gid://shopify/Product/0") { id } }',
        [/^Bulk queries cannot contain a top level `node` field\.$/, /at least one connection/]],
    ['{ collections { edges { node { id products { edges { node { id variants { edges { node { id '
        + 'metafields { edges { node { id } } } } } } } } } } } } }', [/nesting depth greater than 2\.$/]],
    ['{ products { edges { node { id variants { edges { node { id } } } metafields { edges { node { id } } }'
        + ' collections { edges { node { id } } } media { edges { node { id } } } '
        + 'sellingPlanGroups { edges { node { id } } } } } } }', [/more than 5 connections\.$/]],
    ['{ products { edges { node { title variants { edges { node { id } } } } } } }',
        [/must select the 'id' field without an alias.*Connection fields without 'id': products\.$/]],
    ['mutation { productCreate(input: { title: "x" }) { product { id } } }',
        [/^Invalid operation type\. Only `query` operations are supported\.$/]],
    ['{ orders { edges { node { id fulfillments { events { edges { node { id } } } } } } } }',
        [/^Queries that contain a connection field within a list field are not currently supported\.$/]],
    ['{ products { edges { node { id', [/^Invalid bulk query: syntax error, unexpected end of file$/]],
    [`{ products { edges { node { id } } } } #${'x'.repeat(65_500)}`, [/^Query is too large \(\d+ bytes; max/]],
];
for (const [query, patterns] of REFUSALS) {
    test(`refused: ${query.slice(0, 60)}`, async () => {
        const { bulkOperation, userErrors } = await run(query);
        assert.equal(bulkOperation, null);
        assert.equal(userErrors.length, patterns.length, JSON.stringify(userErrors));
        patterns.forEach((pattern, i) => assert.match(userErrors[i].message, pattern));
        assert.ok(userErrors.every(({ field, code }) => field[0] === 'query' && code === 'INVALID'));
    });
}

test('a sixth operation has to wait; cancelling makes room', async () => {
    await shop.control('POST', 'config', { bulk_delay_ms: 400 });
    const query = '{ products { edges { node { id } } } }';
    const started = [];
    for (let i = 0; i < 5; i += 1) started.push((await run(query)).bulkOperation.id);
    const { bulkOperation, userErrors: [refusal] } = await run(query);
    assert.equal(bulkOperation, null);
    assert.equal(refusal.code, 'OPERATION_IN_PROGRESS');
    assert.match(refusal.message, /^A bulk query operation for this app and shop is already in progress: gid/);
    const { bulkOperationCancel } = await shop.document('bulk-cancel', { id: started[0] });
    assert.equal(bulkOperationCancel.bulkOperation.status, 'CANCELING');
    assert.equal((await finished(started[0])).status, 'CANCELED');
    const late = (await shop.document('bulk-cancel', { id: started[0] })).bulkOperationCancel;
    assert.match(late.userErrors[0].message, /^A bulk operation cannot be canceled when it is canceled/);
    for (const id of started.slice(1)) await finished(id);
    await shop.control('POST', 'config', { bulk_delay_ms: 20 });
});

test('a failure leaves what was written so far', async () => {
    await shop.control('POST', 'faults', { action: 'bulk_fail', rows: 50, error_code: 'TIMEOUT' });
    const { bulkOperation } = await run('{ products { edges { node { id } } } }');
    const operation = await finished(bulkOperation.id);
    assert.deepEqual([operation.status, operation.errorCode, operation.url], ['FAILED', 'TIMEOUT', null]);
    const text = await (await fetch(operation.partialDataUrl)).text();
    assert.equal(text.trimEnd().split('\n').length, 60);
});

test('the API answers while an export runs', async () => {
    const { bulkOperation } = await run(documentText('bulk-inner-products'));
    let whileRunning = 0;
    await until('the export', async () => {
        const { bulkOperation: now } = await shop.document('bulk-poll', { id: bulkOperation.id });
        if (now.status === 'RUNNING') whileRunning += 1;
        return now.status === 'COMPLETED';
    });
    assert.ok(whileRunning > 0, 'no call was answered while the export ran');
});
