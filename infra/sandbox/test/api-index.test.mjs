// api-index.test.mjs: the index that services check their documents against is the schema's, and whole.
//
// Breaks when a document reaches a type that schemas/shopify does not hold (infra/sandbox/api-index
// writes it again), when it says something that the schema does not, or grows beyond its size.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { apiIndex, INDEX_FILE } from '../src/api-index.mjs';
import { graphql } from '../src/schema.mjs';

const SIZE_MAX = 60_000;

test('schemas/shopify is what infra/sandbox/api-index writes', () => {
    assert.equal(fs.readFileSync(INDEX_FILE, 'utf8'), apiIndex());
    assert.ok(fs.statSync(INDEX_FILE).size < SIZE_MAX);
});

test('a type stands with what it is, its fields with arguments and types; roots as far as asked for', () => {
    const lines = apiIndex([graphql.parse('{ nodes(ids: []) { ... on Refund { id return { id } } } }')])
        .split('\n').filter((line) => !line.startsWith('#'));
    const types = lines.filter((line) => line !== '' && !line.startsWith(' '));
    assert.deepEqual(types, ['Node', 'QueryRoot', 'Refund < Node', 'Return < Node']);
    assert.equal(lines[lines.indexOf('QueryRoot') + 1], ' nodes(ids): Node');
    assert.equal(lines[lines.indexOf('QueryRoot') + 2], 'Refund < Node');
    assert.ok(lines.includes(' refundLineItems(after before first last reverse): RefundLineItemConnection'));
    assert.ok(lines.includes(' createdAt'));
});

test('a field that is deprecated is none', () => {
    const index = apiIndex([graphql.parse('{ orders { nodes { id } } }')]);
    assert.ok(!index.includes('\n totalPrice\n'));
    assert.ok(index.includes('\n totalPriceSet: MoneyBag\n'));
});
