// webhooks.test.mjs: signed, retried with the original body, and gone after too many failures.
//
// Breaks when a receiver that answers wrongly would go unnoticed, or when the bodies lose their
// exact integers.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { test } from 'node:test';
import { Receiver } from './lib/receiver.mjs';
import { gid, SECRET, sleep, startShop, until } from './lib/shop.mjs';

let receiver;

const shop = await startShop({ fo_delay_ms: 5 });
/** Every test begins with a fresh shop. */
async function fresh() {
    receiver?.stop();
    receiver = await new Receiver().start();
    await shop.control('POST', 'reset');
    await shop.control('POST', 'config', { webhook_retry_scale: 1, bulk_delay_ms: 10 });
    await shop.control('POST', 'seed', { products: 2, variants_per_product: 1 });
}

const scene = (name, play) => test(name, async () => {
    await fresh();
    await play();
});

async function subscribe(topic, more = {}) {
    const { webhookSubscriptionCreate: made } = await shop.document('webhook-create',
        { topic, sub: { uri: receiver.uri, ...more } });
    assert.deepEqual(made.userErrors, []);
    return made.webhookSubscription;
}

const place = (more = {}) => shop.order({ lines: [{ sku: 'SKU00001-1', quantity: 2 }], ...more });

scene('orders/create is signed, complete, and exact to the last digit', async () => {
    await subscribe('ORDERS_CREATE', { name: 'millrace' });
    const { id, lines: [line], at } = await place({ note: 'für "Ünïcode"', presentment_currency: 'EUR',
        presentment_rate: 0.5 });
    const [{ headers, body, raw, signed }] = await receiver.wait('orders/create');
    assert.ok(signed, 'HMAC over the raw bytes');
    assert.equal(headers['x-shopify-shop-domain'], 'sandbox.myshopify.com');
    assert.equal(headers['x-shopify-api-version'], '2026-10');
    assert.equal(headers['x-shopify-name'], 'millrace');
    assert.equal(headers['x-shopify-triggered-at'], at);
    for (const name of ['webhook-id', 'event-id']) assert.ok(headers[`x-shopify-${name}`]);
    assert.equal(body.admin_graphql_api_id, gid('Order', id));
    assert.ok(raw.toString().includes(`"id":${line.id},`), 'the id is an exact integer');
    assert.ok(BigInt(line.id) > 2n ** 53n);
    assert.match(body.updated_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d-05:00$/);
    assert.equal(body.line_items[0].price_set.presentment_money.currency_code, 'EUR');
    assert.equal(body.financial_status, 'paid');
    assert.equal(body.fulfillment_status, null);
    assert.equal(body.note, 'für "Ünïcode"');
});

scene('every act sends its topics', async () => {
    const topics = ['ORDERS_UPDATED', 'ORDERS_EDITED', 'ORDERS_CANCELLED', 'ORDERS_FULFILLED',
        'ORDERS_PARTIALLY_FULFILLED', 'PRODUCTS_CREATE', 'PRODUCTS_UPDATE', 'PRODUCTS_DELETE',
        'INVENTORY_LEVELS_UPDATE', 'FULFILLMENTS_CREATE', 'FULFILLMENTS_UPDATE', 'REFUNDS_CREATE',
        'FULFILLMENT_ORDERS_ORDER_ROUTING_COMPLETE', 'BULK_OPERATIONS_FINISH', 'APP_UNINSTALLED'];
    for (const topic of topics) await subscribe(topic);
    const { id, lines: [line] } = await place();
    await receiver.wait('fulfillment_orders/order_routing_complete');
    await shop.control('POST', `orders/${id}/fulfill`, { lines: [{ sku: 'SKU00001-1', quantity: 1 }],
        tracking: { company: 'UPS', numbers: ['1Z'], urls: ['https://ups.example/1Z'] } });
    await shop.control('POST', `orders/${id}/edit`, { add: [{ sku: 'SKU00002-1' }],
        set: [{ line_id: line.id, quantity: 1 }] });
    const { fulfillments: [parcel] } = await shop.control('POST', `orders/${id}/fulfill`, {});
    await shop.control('POST', `fulfillments/${parcel.id}/cancel`, {});
    const second = await place();
    await shop.control('POST', `orders/${second.id}/cancel`, { reason: 'FRAUD' });
    const product = await shop.control('POST', 'products', { title: 'New', variants: [{ sku: 'N' }] });
    await shop.control('PUT', `products/${product.id}`, { title: 'Newer' });
    await shop.control('DELETE', `products/${product.id}`);
    await shop.document('bulk-run', { query: '{ products { edges { node { id } } } }' });
    await shop.control('POST', 'uninstall', {});
    await until('all topics', () => new Set(receiver.received.map(({ topic }) => topic)).size
        === topics.length);
    assert.ok(receiver.received.every(({ signed }) => signed));
    const bodyOf = (topic) => receiver.of(topic)[0].body;
    assert.deepEqual(bodyOf('fulfillments/create').tracking_numbers, ['1Z']);
    assert.equal(bodyOf('orders/cancelled').cancel_reason, 'fraud');
    assert.deepEqual(bodyOf('products/delete'), { id: product.id });
    assert.deepEqual(bodyOf('orders/edited').order_edit.line_items.removals,
        [{ id: line.id, delta: 1 }]);
    assert.equal(typeof bodyOf('refunds/create').refund_line_items[0].subtotal, 'number');
    assert.equal(bodyOf('inventory_levels/update').available, 98);
    assert.equal(bodyOf('bulk_operations/finish').status, 'completed');
    assert.match(bodyOf('fulfillment_orders/order_routing_complete').fulfillment_order.id,
        /^gid:\/\/shopify\/FulfillmentOrder\/\d+$/);
});

scene('a failure is retried with the original body and the same webhook id', async () => {
    await shop.control('POST', 'config', { webhook_retry_scale: 0.000_01 });
    await subscribe('ORDERS_CREATE');
    receiver.status = 302; // a redirect is a failure too
    const { id } = await place();
    await receiver.wait('orders/create');
    await shop.control('POST', `orders/${id}/update`, { note: 'changed meanwhile' });
    receiver.status = 200;
    const [first, second] = await receiver.wait('orders/create', 2);
    assert.deepEqual(first.raw, second.raw, 'byte for byte');
    assert.equal(first.headers['x-shopify-webhook-id'], second.headers['x-shopify-webhook-id']);
    const { deliveries: [delivery] } = await until('the delivery', async () => {
        const listed = await shop.control('GET', 'webhooks?topic=orders/create');
        return listed.counts.delivered === 1 ? listed : null;
    });
    assert.ok(delivery.attempts >= 2);
});

scene('after eight failed retries the subscription is gone', async () => {
    await shop.control('POST', 'config', { webhook_retry_scale: 0.000_000_1 });
    const { id } = await subscribe('ORDERS_CREATE');
    receiver.status = 500;
    await place();
    await until('the subscription to go', async () => {
        const { webhookSubscriptions } = await shop.document('webhook-list', { first: 5 });
        return webhookSubscriptions.nodes.length === 0;
    });
    assert.equal(receiver.of('orders/create').length, 9, 'one attempt and eight retries');
    const entries = await shop.control('GET', 'history');
    const [gone] = entries.filter(({ act }) => act === 'webhook_subscription_deleted');
    assert.equal(gid('WebhookSubscription', gone.object.id), id);
});

scene('a slow receiver does not slow the API', async () => {
    await subscribe('ORDERS_CREATE');
    receiver.delayMs = 3_000;
    for (let i = 0; i < 40; i += 1) {
        await shop.control('POST', 'orders', { lines: [{ sku: 'SKU00001-1' }] });
        await shop.data('{ shop { id } }');
    }
    // all were placed and answered before the receiver let go of the first
    const { counts } = await shop.control('GET', 'webhooks');
    assert.equal(counts.delivered ?? 0, 0);
    await receiver.wait('orders/create', 40);
});

scene('webhooks are lost, late, doubled and reordered on demand', async () => {
    await subscribe('ORDERS_CREATE');
    const topic = { topic: 'orders/create' };
    await shop.control('POST', 'faults', [{ match: topic, action: 'lose' },
        { match: topic, action: 'double' }, { match: topic, action: 'reorder', delay_ms: 120 }]);
    const lost = await place();
    const doubled = await place();
    const late = await place();
    const last = await place();
    await receiver.wait('orders/create', 4);
    await sleep(60);
    const seen = receiver.of('orders/create').map(({ body }) => body.id);
    assert.ok(!seen.includes(lost.id));
    assert.equal(seen.filter((id) => id === doubled.id).length, 2);
    assert.ok(seen.indexOf(late.id) > seen.indexOf(last.id));
    assert.equal(receiver.of('orders/create').filter(({ headers }) =>
        headers['x-shopify-webhook-id']).length, seen.length);
});

scene('include fields cut the body; a filter on an unknown field silences it', async () => {
    await subscribe('ORDERS_CREATE', { includeFields: ['id', 'updated_at'] });
    receiver.uri += '/2';
    await subscribe('ORDERS_CREATE', { filter: 'nosuchfield:1' });
    await place();
    const [{ body }] = await receiver.wait('orders/create');
    assert.deepEqual(Object.keys(body), ['id', 'updated_at']);
    await sleep(100);
    assert.equal(receiver.received.length, 1);
});

scene('subscriptions: duplicates, addresses, update, delete', async () => {
    const { id } = await subscribe('ORDERS_CREATE');
    const create = async (sub) => (await shop.document('webhook-create', { topic: 'ORDERS_CREATE', sub }))
        .webhookSubscriptionCreate.userErrors.map(({ message }) => message);
    assert.deepEqual(await create({ uri: receiver.uri }),
        ['Address for this topic has already been taken']);
    assert.deepEqual(await create({}), ["Address can't be blank"]);
    assert.deepEqual(await create({ uri: 'http://shop.example.com/hook' }),
        ['Address protocol http:// is not supported']);
    const { webhookSubscriptionUpdate: updated } = await shop.document('webhook-update',
        { id, sub: { uri: `${receiver.uri}/3` } });
    assert.equal(updated.webhookSubscription.uri, `${receiver.uri}/3`);
    const { webhookSubscriptionDelete: deleted } = await shop.document('webhook-delete', { id });
    assert.equal(deleted.deletedWebhookSubscriptionId, id);
    const { webhookSubscriptionDelete: again } = await shop.document('webhook-delete', { id });
    assert.equal(again.userErrors[0].message, 'Webhook subscription does not exist');
});

scene('a new secret signs what comes after it, the old one for as long as it may', async () => {
    await subscribe('ORDERS_CREATE');
    const signedBy = (delivery, secret) => crypto.createHmac('sha256', secret).update(delivery.raw)
        .digest('base64') === delivery.headers['x-shopify-hmac-sha256'];
    assert.deepEqual(await shop.control('POST', 'secret', { secret: 'second', after_ms: 60_000 })
        .then(({ secret, previous }) => [secret, previous]), ['second', SECRET]);
    await place();
    await receiver.wait('orders/create', 1);
    assert.ok(signedBy(receiver.of('orders/create')[0], SECRET), 'the old one still signs');
    const { secret, previous } = await shop.control('POST', 'secret', {});
    assert.equal(previous, 'second');
    await place();
    const [, later] = await receiver.wait('orders/create', 2);
    assert.ok(signedBy(later, secret));
    await shop.control('POST', 'secret', { secret: SECRET });
});

scene('Shopify takes a subscription away; the history says so', async () => {
    const { id } = await subscribe('ORDERS_CREATE');
    await subscribe('ORDERS_UPDATED');
    await shop.control('POST', 'webhooks/delete', { topic: 'ORDERS_CREATE' });
    const { webhookSubscription, webhookSubscriptionsCount: { count } } = await shop.data(
        `{ webhookSubscription(id: "${id}") { id } webhookSubscriptionsCount { count } }`);
    assert.deepEqual([webhookSubscription, count], [null, 1]);
    const { effect, actor } = (await shop.control('GET', 'history')).at(-1);
    assert.deepEqual([actor, effect.topic, effect.subscription], ['shopify', 'ORDERS_CREATE', null]);
    await assert.rejects(shop.control('POST', 'webhooks/delete', {}), /name subscriptions by/);
});

scene('chosen fields only, no repetition, metafields of chosen namespaces, another version', async () => {
    await subscribe('ORDERS_UPDATED', { includeFields: ['id', 'note', 'line_items.sku'] });
    await subscribe('ORDERS_CREATE', { metafieldNamespaces: ['erp'] });
    await shop.control('POST', 'webhooks/version', { topic: 'ORDERS_CREATE', api_version: '2026-01' });
    const { id } = await place({ metafields: [{ namespace: 'erp', key: 'no', value: '7' },
        { namespace: 'other', key: 'no', value: '8' }] });
    const [made] = await receiver.wait('orders/create');
    assert.equal(made.headers['x-shopify-api-version'], '2026-01');
    assert.deepEqual(made.body.metafields.map(({ namespace, value, owner_id: owner }) =>
        [namespace, value, owner]), [['erp', '7', id]]);
    for (const body of [{ note: 'a' }, { tags: ['b'] }, { note: 'c' }]) {
        await shop.control('POST', `orders/${id}/update`, body);
    }
    const told = await receiver.wait('orders/updated', 2);
    const bodies = told.map(({ body }) => body).sort((a, b) => (a.note < b.note ? -1 : 1)); // unordered
    assert.deepEqual(bodies, [
        { id, note: 'a', line_items: [{ sku: 'SKU00001-1' }] },
        { id, note: 'c', line_items: [{ sku: 'SKU00001-1' }] }]);
    assert.equal((await shop.control('GET', 'webhooks')).debounced, 1);
});
