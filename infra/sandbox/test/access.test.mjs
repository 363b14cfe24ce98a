// access.test.mjs: what an app does not see: for want of a scope, for age, or because it is gone.
//
// Breaks when something hidden at the real shop would be visible here, or is hidden in another way.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gid, startShop, until } from './lib/shop.mjs';

const shop = await startShop({ fo_delay_ms: 5, bulk_delay_ms: 10 });
const post = (route, body = {}) => shop.control('POST', route, body);
const { scopes: ALL } = await shop.control('GET', 'config');
await post('seed', { products: 3, variants_per_product: 2, orders: 3 });
const grant = (scopes) => post('config', { scopes });
const without = (...gone) => grant(ALL.filter((scope) => !gone.includes(scope)));
const DAY_MS = 86_400_000;
const daysAgo = (days) => new Date(Date.now() - days * DAY_MS).toISOString();

test('a field without its scope: data, null, and an error that names the scope', async () => {
    await without('read_customers', 'write_customers', 'read_returns');
    const { data, errors } = await shop.ask('{ orders(first: 1) { nodes { id customer { id } } } }');
    assert.equal(data.orders.nodes[0].customer, null);
    assert.match(data.orders.nodes[0].id, /Order/);
    assert.equal(errors[0].message,
        'Access denied for customer field. Required access: `read_customers` access scope.');
    assert.deepEqual([errors[0].extensions.code, errors[0].path],
        ['ACCESS_DENIED', ['orders', 'nodes', 0, 'customer']]);
    const { currentAppInstallation } = await shop.data(
        '{ currentAppInstallation { accessScopes { handle } } }');
    assert.ok(!currentAppInstallation.accessScopes.some(({ handle }) => handle === 'read_customers'));
    await grant(ALL);
});

test('a bulk operation over it fails; a mutation does nothing; a subscription is refused', async () => {
    await without('read_orders', 'write_orders', 'write_inventory', 'read_inventory');
    const { bulkOperationRunQuery: { bulkOperation } } = await shop.document('bulk-run',
        { query: '{ orders { edges { node { id } } } }', groupObjects: false });
    const failed = await until('the end', async () => {
        const { bulkOperation: now } = await shop.document('bulk-poll', { id: bulkOperation.id });
        return now.status === 'FAILED' ? now : null;
    });
    assert.equal(failed.errorCode, 'ACCESS_DENIED');
    const { webhookSubscriptionCreate: made } = await shop.document('webhook-create',
        { topic: 'ORDERS_CREATE', sub: { uri: 'http://127.0.0.1:9/x' } });
    assert.match(made.userErrors[0].message, /permission to create or update webhooks with orders\/create/);
    const before = (await shop.control('GET', 'history')).length;
    const order = (await shop.control('GET', 'state')).orders[0];
    const { errors } = await shop.ask('mutation($id: ID!) { orderCancel(orderId: $id, reason: OTHER, '
        + 'restock: true) { job { id } } }', { id: gid('Order', order.id) });
    assert.equal(errors[0].extensions.code, 'ACCESS_DENIED');
    assert.equal((await shop.control('GET', 'history')).length, before);
    await grant(ALL);
});

test('without any scope of theirs, fulfilment orders are not there and nobody says why', async () => {
    const { id } = await shop.order({ random: true });
    await grant(ALL.filter((scope) => !scope.includes('fulfillment_orders')));
    const { order } = await shop.data(`{ order(id: "${gid('Order', id)}") {
        fulfillmentOrders(first: 5) { nodes { id } } } }`);
    assert.deepEqual(order.fulfillmentOrders.nodes, []);
    await grant(ALL);
});

test('orders older than sixty days are null, not an error, unless all may be read', async () => {
    const old = await post('orders', { random: true, created_at: daysAgo(61), closed: true });
    const young = await post('orders', { random: true, created_at: daysAgo(59) });
    const ask = () => shop.data(`{ order(id: "${gid('Order', old.id)}") { id createdAt }
        nodes(ids: ["${gid('Order', young.id)}", "${gid('Order', old.id)}"]) { id }
        orders(first: 50) { nodes { id } } ordersCount { count } }`);
    const all = await ask();
    assert.equal(all.order.createdAt.slice(0, 10), daysAgo(61).slice(0, 10));
    await without('read_all_orders');
    const some = await ask();
    assert.deepEqual([some.order, some.nodes], [null, [{ id: gid('Order', young.id) }, null]]);
    assert.equal(some.ordersCount.count, all.ordersCount.count - 1);
    assert.ok(!some.orders.nodes.some(({ id }) => id === gid('Order', old.id)));
    await grant(ALL);
});

test('a deleted order is gone; deletions of products and variants are events', async () => {
    const { id } = await shop.order({ random: true });
    await assert.rejects(shop.control('DELETE', `orders/${id}`), /has work left/);
    await post(`orders/${id}/cancel`);
    const since = (await shop.control('GET', 'history')).length;
    await shop.control('DELETE', `orders/${id}`);
    const [entry] = await shop.control('GET', `history?since=${since}`);
    assert.deepEqual([entry.act, entry.object.id, entry.effect.order], ['order_deleted', id, null]);
    const { order } = await shop.data(`{ order(id: "${gid('Order', id)}") { id } }`);
    assert.equal(order, null);
    const made = await post('products', { title: 'Gone', options: [{ name: 'N', values: ['a', 'b'] }],
        variants: [{ options: ['a'] }, { options: ['b'] }] });
    await shop.control('PUT', `products/${made.id}`, { variants: [{ id: made.variants[0].id, delete: true }] });
    await shop.control('DELETE', `products/${made.id}`);
    const { events, deletionEvents } = await shop.data(`{
        events(first: 9, query: "action:destroy AND subject_type:PRODUCT,PRODUCT_VARIANT", sortKey: ID) {
            nodes { __typename action createdAt ... on BasicEvent { subjectId subjectType } } }
        deletionEvents(first: 9, subjectTypes: [PRODUCT]) { nodes { subjectId subjectType occurredAt } } }`);
    assert.deepEqual(events.nodes.map(({ subjectId }) => subjectId),
        [gid('ProductVariant', made.variants[0].id), gid('Product', made.id)]);
    assert.deepEqual(deletionEvents.nodes.map(({ subjectId }) => subjectId), [gid('Product', made.id)]);
});

test('counts: by search, up to a limit, with their precision', async () => {
    const { a, b, c } = await shop.data(`{ a: productVariantsCount(query: "sku:SKU*") { count precision }
        b: productVariantsCount(limit: 2) { count precision } c: productsCount(limit: null) { count precision } }`);
    assert.deepEqual([a, b, c], [{ count: 6, precision: 'EXACT' }, { count: 2, precision: 'AT_LEAST' },
        { count: 3, precision: 'EXACT' }]);
});
