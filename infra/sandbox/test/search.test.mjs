// search.test.mjs: search syntax, pages, cursors and their traps.
//
// Breaks when a poll could miss an order (ties, changes while paging) or when the sandbox is kinder
// than Shopify about a wrong filter.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSearch } from '../src/api/search.mjs';
import { gid, sleep, startShop, until } from './lib/shop.mjs';

const shop = await startShop({ fo_delay_ms: 5 });
await shop.control('POST', 'seed', { products: 5, variants_per_product: 2, orders: 0 });
const placed = [];
for (let i = 0; i < 7; i += 1) {
    placed.push(await shop.order({ lines: [{ sku: 'SKU00001-1' }], tags: [i % 2 ? 'odd' : 'even'],
        test: i === 6, financial_status: i === 5 ? 'pending' : 'paid' }));
}
await shop.control('POST', `orders/${placed[0].id}/fulfill`, {});
await shop.control('POST', `orders/${placed[1].id}/cancel`, {});

async function find(query, more = {}) {
    const answer = await shop.ask(`query S($query: String, $first: Int!, $after: String,
        $sortKey: OrderSortKeys!, $reverse: Boolean) {
        orders(query: $query, first: $first, after: $after, sortKey: $sortKey, reverse: $reverse) {
            edges { cursor node { id name updatedAt } }
            pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
    { query, first: 250, sortKey: 'ID', ...more });
    return { ...answer, names: answer.data?.orders.edges.map(({ node }) => Number(node.name.slice(1))) };
}

const FILTERS = {
    '': [1, 2, 3, 4, 5, 6, 7], 'status:open': [3, 4, 5, 6, 7], 'status:cancelled': [2],
    'status:closed': [1, 2], 'status:any': [1, 2, 3, 4, 5, 6, 7],
    'fulfillment_status:fulfilled': [1], 'fulfillment_status:unfulfilled': [2, 3, 4, 5, 6, 7],
    'financial_status:pending': [6], 'financial_status:paid test:false': [1, 3, 4, 5],
    'tag:even': [1, 3, 5, 7], 'tag:even AND test:true': [7], 'test:true OR financial_status:pending': [6, 7],
    '-tag:even': [2, 4, 6], 'NOT tag:odd test:false': [1, 3, 5], '(tag:odd OR test:true) status:open': [4, 6, 7],
    'name:1003': [3], 'name:#1003': [3], 'sku:SKU00001-1': [1, 2, 3, 4, 5, 6, 7], 'sku:other': [],
    "updated_at:>='2020-01-01T00:00:00Z'": [1, 2, 3, 4, 5, 6, 7],
    "updated_at:<'2099-01-01'": [1, 2, 3, 4, 5, 6, 7], "updated_at:>='2099-01-01' OR tag:odd": [2, 4, 6],
    "-updated_at:>='2099-01-01' tag:odd": [2, 4, 6], 'po_number:*': [], 'tag:o*': [2, 4, 6],
    "created_at:<'2020-01-01'": [], "processed_at:>'2020-01-01' tag:odd": [2, 4, 6],
};
for (const [query, wanted] of Object.entries(FILTERS)) {
    test(`orders where ${query || 'nothing is asked'}`, async () => {
        const { names } = await find(query);
        assert.deepEqual(names, wanted.map((number) => 1000 + number));
    });
}

test('an id finds its order', async () => {
    assert.deepEqual((await find(`id:${placed[3].id}`)).names, [1004]);
});

test('an unknown filter is ignored, everything comes back, and a warning says so', async () => {
    const { names, extensions } = await find('updatd_at:>2020-01-01 tag:odd');
    assert.deepEqual(names, [1002, 1004, 1006]);
    assert.deepEqual(extensions.search[0].warnings,
        [{ field: 'updatd_at', message: 'Invalid search field for this query.', code: 'invalid_field' }]);
    assert.deepEqual(extensions.search[0].path, ['orders']);
});

test('an unquoted time ends at its second colon: the recorded trap', () => {
    assert.deepEqual(parseSearch('updated_at:>=2026-01-01T00:00:00Z').parts
        .map(({ field, value }) => [field, value]), [['updated_at', '2026-01-01T00'], ['00', '00Z']]);
});

test('a time that is none is refused', async () => {
    const { errors } = await find("updated_at:>'yesterday'");
    assert.equal(errors[0].extensions.code, 'BAD_REQUEST');
});

test('pages neither skip nor repeat what shares a second', async () => {
    await shop.control('POST', 'orders', { lines: [{ sku: 'SKU00002-1' }], count: 30 });
    const seen = [];
    let cursor = null;
    for (;;) {
        const { data } = await find("updated_at:>='2020-01-01'", { first: 7, after: cursor,
            sortKey: 'UPDATED_AT' });
        seen.push(...data.orders.edges.map(({ node }) => node.id));
        if (!data.orders.pageInfo.hasNextPage) break;
        cursor = data.orders.pageInfo.endCursor;
    }
    assert.equal(seen.length, 37);
    assert.equal(new Set(seen).size, 37);
});

test('an order that changes while pages are read is seen again, not lost', async () => {
    const query = "updated_at:>='2020-01-01'";
    const first = await find(query, { first: 20, sortKey: 'UPDATED_AT' });
    await sleep(1_000); // updatedAt has seconds
    await shop.control('POST', `orders/${placed[3].id}/update`, { note: 'moved to the end' });
    const rest = await find(query, { first: 250, sortKey: 'UPDATED_AT',
        after: first.data.orders.pageInfo.endCursor });
    assert.ok(rest.names.includes(1004));
});

test('cursors are keyset JSON; reverse and last walk backwards', async () => {
    const { data } = await find('status:any', { first: 1, sortKey: 'CREATED_AT', reverse: true });
    const cursor = Buffer.from(data.orders.pageInfo.endCursor, 'base64').toString();
    assert.match(cursor, /^\{"last_id":\d+,"last_value":\d+\}$/);
    const last = await shop.data('{ orders(last: 2, sortKey: ID) { nodes { name } '
        + 'pageInfo { hasNextPage hasPreviousPage } } }');
    assert.deepEqual(last.orders.nodes.map(({ name }) => name), ['#1036', '#1037']);
    assert.deepEqual(last.orders.pageInfo, { hasNextPage: false, hasPreviousPage: true });
});

test('a page needs first or last, at most 250', async () => {
    const none = await shop.ask('{ orders { nodes { id } } }');
    assert.equal(none.errors[0].message, 'you must provide one of first or last');
    assert.equal(none.errors[0].extensions.code, 'BAD_REQUEST');
    const many = await shop.ask('{ orders(first: 251) { nodes { id } } }');
    assert.equal(many.errors.length, 1);
});

test('counts follow the search, and saturate at their limit', async () => {
    const { odd, few } = await shop.data(`{ odd: ordersCount(query: "tag:odd") { count precision }
        few: ordersCount(limit: 2) { count precision } }`);
    assert.deepEqual(odd, { count: 3, precision: 'EXACT' });
    assert.deepEqual(few, { count: 2, precision: 'AT_LEAST' });
});

test('products default to all, by status when asked', async () => {
    await shop.control('POST', 'products', { title: 'Draft', status: 'DRAFT' });
    const { all, active, listed } = await shop.data(`{
        all: products(first: 50) { nodes { id } }
        active: products(first: 50, query: "status:active") { nodes { id } }
        listed: products(first: 50, query: "status:active,draft") { nodes { id } } }`);
    assert.deepEqual([all, active, listed].map(({ nodes }) => nodes.length), [6, 5, 6]);
});

test('a lagging index does not show what is young; a read by id does', async () => {
    await shop.control('POST', 'config', { search_lag_ms: 700 });
    const { id, name } = await shop.order({ lines: [{ sku: 'SKU00001-1' }] });
    const wanted = Number(name.slice(1));
    assert.ok(!(await find('status:any')).names.includes(wanted));
    const { order } = await shop.data(`{ order(id: "${gid('Order', id)}") { name } }`);
    assert.equal(order.name, name);
    await until('the index to show it', async () => (await find('status:any')).names.includes(wanted));
    await shop.control('POST', 'config', { search_lag_ms: 0 });
});

test('a lagging replica shows the past to reads, never to mutations', async () => {
    const { id } = await shop.order({ lines: [{ sku: 'SKU00001-1' }] });
    await sleep(300);
    await shop.control('POST', `orders/${id}/update`, { note: 'new' });
    await shop.control('POST', 'faults', { match: { root: 'order' }, action: 'stale', lag_ms: 150 });
    const read = async () =>
        (await shop.data(`{ order(id: "${gid('Order', id)}") { note } }`)).order.note;
    assert.equal(await read(), null, 'the stale read shows the old note');
    assert.equal(await read(), 'new');
});
