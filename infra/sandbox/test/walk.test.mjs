// walk.test.mjs: the walker itself notices what it is there for.
//
// Breaks when the walker is loosened: then every other test here would prove less than it says.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { walk } from './lib/walk.mjs';

const TEXT = `query Q($id: ID!, $more: Boolean = false) {
    order(id: $id) {
        id createdAt displayFulfillmentStatus tags
        note @include(if: $more)
        lineItems(first: 2) { nodes { id quantity } }
    }
    node(id: $id) { ... on Product { title } id }
}`;
const right = () => ({ data: {
    order: {
        id: 'gid://shopify/Order/1', createdAt: '2026-11-24T10:00:00Z',
        displayFulfillmentStatus: 'FULFILLED', tags: ['a'],
        lineItems: { nodes: [{ id: 'gid://shopify/LineItem/1', quantity: 1 }] },
    },
    node: { id: 'gid://shopify/Order/1' },
} });

const broken = (change) => {
    const answer = right();
    change(answer.data);
    return walk(TEXT, { id: 'x' }, answer);
};

test('a right answer has no problems', () => {
    assert.deepEqual(walk(TEXT, { id: 'x' }, right()), []);
});

const CASES = {
    'a missing field': (data) => { delete data.order.tags; },
    'a field nobody asked for': (data) => { data.order.note = 'x'; },
    'a null that must not be': (data) => { data.order.createdAt = null; },
    'a null inside a list': (data) => { data.order.tags = [null]; },
    'an unknown enum value': (data) => { data.order.displayFulfillmentStatus = 'SHIPPED'; },
    'a time with an offset': (data) => { data.order.createdAt = '2026-11-24T10:00:00-05:00'; },
    'an integer written as text': (data) => { data.order.lineItems.nodes[0].quantity = '1'; },
    'a list instead of an object': (data) => { data.order.lineItems = []; },
    'a field of another concrete type': (data) => { data.node.title = 'x'; },
};
for (const [name, change] of Object.entries(CASES)) {
    test(`the walker notices ${name}`, () => assert.equal(broken(change).length, 1));
}

test('a null is right where an error explains it', () => {
    const answer = right();
    answer.data.order.lineItems = null;
    assert.equal(walk(TEXT, { id: 'x' }, answer).length, 1);
    answer.errors = [{ message: 'no', path: ['order', 'lineItems'] }];
    assert.deepEqual(walk(TEXT, { id: 'x' }, answer), []);
});
