// cost.test.mjs: what documents cost, and what happens when the points are used up.
//
// The figures are recorded ones.  Breaks when a connector would be paced by wrong costs here and
// throttled by the real API.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphql } from '../src/schema.mjs';
import { costOf } from '../src/api/cost.mjs';
import { documentText, sleep, startShop } from './lib/shop.mjs';

const shop = await startShop();
await shop.control('POST', 'seed', { products: 2, orders: 1 });

function requested(name, variables) {
    const document = graphql.parse(documentText(name));
    const fragments = {};
    let operation;
    for (const definition of document.definitions) {
        if (definition.kind === 'FragmentDefinition') fragments[definition.name.value] = definition;
        else operation = definition;
    }
    return costOf({ operation, fragments, variables });
}

const FIGURES = [
    ['bulk-run', {}, 10], ['bulk-poll', {}, 1], ['bulk-list', { first: 50 }, 9], ['bulk-cancel', {}, 10],
    ['products-changed', { first: 10 }, 482, 'with the 120 points of 25 metafields'],
    ['products-changed-ids', { first: 50 }, 9], ['product-variants-page', {}, 113],
    ['product-by-id', {}, 140], ['variants-by-sku', { first: 50 }, 23], ['variant-details', {}, 33],
    ['orders-changed-ids', { first: 50 }, 9], ['order-lines-page', {}, 91], ['nodes-by-ids', {}, 2],
    ['locations', {}, 29], ['shop-and-scopes', {}, 6], ['levels-by-items', {}, 18],
    ['level-at-location', {}, 3], ['inventory-set', {}, 13], ['inventory-set-lean', {}, 10],
    ['inventory-adjust', {}, 13], ['inventory-activate', {}, 13],
    ['fulfillment-orders-of-order', {}, 185], ['fulfillment-orders-changed', { first: 50 }, 30],
    ['fulfillment-order-by-id', {}, 42], ['fulfillment-order-move', {}, 64],
    ['locations-for-move', {}, 23], ['fulfillment-order-hold', {}, 10], ['fulfillment-create', {}, 29],
    ['fulfillment-tracking', {}, 51], ['fulfillment-cancel', {}, 10], ['order-cancel', {}, 10],
    ['order-cancel-result', {}, 12], ['job-poll', {}, 1], ['suggested-refund', {}, 4],
    ['webhook-create', {}, 11], ['webhook-list', { first: 50 }, 16], ['webhook-update', {}, 10],
];
for (const [name, variables, cost] of FIGURES) {
    test(`${name} costs ${cost}`, () => assert.equal(requested(name, variables), cost));
}

test('the deep order stays well below the limit of one query', () => {
    const cost = requested('order-by-id', {});
    assert.ok(cost > 340 && cost < 390, `it costs ${cost}`);
});

test('an answer names requested and actual cost and what is left', async () => {
    const { extensions: { cost } } = await shop.ask('{ orders(first: 50) { nodes { id } } }');
    assert.deepEqual([cost.requestedQueryCost, cost.actualQueryCost], [9, 3]);
    assert.equal(cost.throttleStatus.maximumAvailable, 2_000);
    assert.equal(cost.throttleStatus.restoreRate, 100);
    assert.ok(cost.throttleStatus.currentlyAvailable > 1_900);
});

test('an empty bucket throttles until it has filled again', async () => {
    await shop.control('POST', 'config', { bucket_maximum: 40, bucket_restore_rate: 100 });
    const text = '{ orders(first: 50) { nodes { id lineItems(first: 3) { nodes { id } } } } }';
    const costs = [];
    let answer;
    do {
        answer = await shop.ask(text);
        costs.push(answer.extensions.cost);
    } while (!answer.errors && costs.length < 50);
    assert.equal(answer.errors[0].message, 'Throttled');
    assert.equal(answer.errors[0].extensions.code, 'THROTTLED');
    assert.equal(answer.data, undefined);
    const { requestedQueryCost, actualQueryCost, throttleStatus } = answer.extensions.cost;
    assert.equal(actualQueryCost, null);
    assert.ok(throttleStatus.currentlyAvailable < requestedQueryCost);
    await sleep(((requestedQueryCost - throttleStatus.currentlyAvailable) / 100) * 1_000 + 20);
    assert.equal((await shop.ask(text)).errors, undefined);
    await shop.control('POST', 'config', { bucket_maximum: 2_000 });
});

test('a query above the limit is refused for good, and costs nothing', async () => {
    const { errors, extensions } = await shop.ask('{ orders(first: 250) { nodes { id '
        + 'lineItems(first: 250) { nodes { id } } fulfillmentOrders(first: 250) { nodes { id '
        + 'lineItems(first: 250) { nodes { id } } } } } } }');
    assert.equal(errors[0].extensions.code, 'MAX_COST_EXCEEDED');
    assert.equal(errors[0].extensions.maxCost, 1_000);
    assert.ok(errors[0].extensions.cost > 1_000);
    assert.equal(extensions, undefined);
});
