// validation.test.mjs: refusals of requests in Shopify's words, tokens and versions.
//
// Breaks when a client that matches recorded messages and codes would not recognise them here.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { startShop } from './lib/shop.mjs';

const shop = await startShop();

const CASES = [
    ['query Q {\n  nothing {\n    id\n  }\n}', {}, {
        message: "Field 'nothing' doesn't exist on type 'QueryRoot'",
        locations: [{ line: 2, column: 3 }], path: ['query Q', 'nothing'],
        extensions: { code: 'undefinedField', typeName: 'QueryRoot', fieldName: 'nothing' },
    }],
    ['query Q {\n  orders(first: 1) {\n    nodes {\n      wrong\n    }\n  }\n}', {}, {
        message: "Field 'wrong' doesn't exist on type 'Order'", locations: [{ line: 4, column: 7 }],
        path: ['query Q', 'orders', 'nodes', 'wrong'],
        extensions: { code: 'undefinedField', typeName: 'Order', fieldName: 'wrong' },
    }],
    ['query Q {\n  shop\n}\n', {}, {
        message: "Field must have selections (field 'shop' returns Shop but has no selections. Did you "
            + "mean 'shop { ... }'?)",
        locations: [{ line: 2, column: 3 }], path: ['query Q', 'shop'],
        extensions: { code: 'selectionMismatch', nodeName: "field 'shop'", typeName: 'Shop' },
    }],
    ['query Q {\n  shop {\n    id\n', {}, {
        message: 'syntax error, unexpected end of file at [3, 5]', locations: [{ line: 3, column: 5 }],
        extensions: { code: 'PARSE_ERROR' },
    }],
    ['query Q($id: ID!) {\n  order(id: $id) {\n    id\n  }\n}', {}, {
        message: 'Variable $id of type ID! was provided invalid value',
        locations: [{ line: 1, column: 9 }],
        extensions: { code: 'INVALID_VARIABLE', value: null,
            problems: [{ path: [], explanation: 'Expected value to not be null' }] },
    }],
];
for (const [text, variables, wanted] of CASES) {
    test(wanted.message.slice(0, 70), async () => {
        const answer = await shop.ask(text, variables);
        assert.deepEqual(JSON.parse(JSON.stringify(answer)), { errors: [wanted] });
    });
}

test('a missing or wrong token is 401 with Shopify\'s body', async () => {
    const response = await shop.post('{ shop { id } }', {}, { token: 'wrong' });
    assert.equal(response.status, 401);
    assert.match((await response.json()).errors, /^\[API\] Invalid API key or access token/);
});

test('an unsupported version falls forward and the header says so', async () => {
    const ask = async (version) => (await shop.post('{ shop { id } }', {}, { version }))
        .headers.get('x-shopify-api-version');
    assert.equal(await ask('2026-10'), '2026-10');
    assert.equal(await ask('2026-07'), '2026-07');
    assert.equal(await ask('2024-01'), '2026-07');
});

test('every answer carries a request id and the shop\'s time', async () => {
    await shop.control('POST', 'clock', { offset_us: 86_400_000_000 });
    const { headers } = await shop.post('{ shop { id } }');
    assert.match(headers.get('x-request-id'), /^[0-9a-f-]{36}$/);
    const ahead = Date.parse(headers.get('date')) - Date.now();
    assert.ok(Math.abs(ahead - 86_400_000) < 2_000, 'Date is the moved clock');
    await shop.control('POST', 'clock', { offset_us: 0 });
});

test('a gid of another kind is RESOURCE_NOT_FOUND, an unknown id is null', async () => {
    const wrong = await shop.ask('{ bulkOperation(id: "gid://shopify/Product/1") { id } }');
    assert.equal(wrong.errors[0].extensions.code, 'RESOURCE_NOT_FOUND');
    assert.equal(wrong.errors[0].message, 'Invalid id: gid://shopify/Product/1');
    assert.deepEqual(await shop.data('{ order(id: "gid://shopify/Order/1") { id } }'), { order: null });
});

test('the control port answers only on its own paths and explains refusals', async () => {
    await assert.rejects(shop.control('POST', 'config', { fo_dely_ms: 1 }), /did you mean 'fo_delay_ms'/);
    await assert.rejects(shop.control('POST', 'config', { fo_delay_ms: -1 }), /must lie from 0/);
    await assert.rejects(shop.control('GET', 'nothing'), /no such path/);
    await assert.rejects(shop.control('DELETE', 'state'), /not allowed/);
    await assert.rejects(shop.control('POST', 'faults', { action: 'explode' }), /unknown fault action/);
});

/** Is a root field in the README's list: whole, or as the end of a name whose beginning stands before it? */
function isListed(words, name) {
    const cuts = Array.from({ length: name.length - 1 }, (_, i) => i + 1);
    return words.includes(name) || cuts.some((cut) => words.includes(`-${name.slice(cut)}`)
        && words.some((word) => word.startsWith(name.slice(0, cut))));
}

test('a root field that is not served is refused by name, and the README lists those that are', async () => {
    const { errors: [error] } = await shop.ask('{ collections(first: 1) { nodes { id } } }');
    assert.equal(error.extensions.code, 'SANDBOX_UNSUPPORTED');
    assert.match(error.message, /'collections'/);
    const readme = fs.readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const list = /## Served root fields\n([^]*?)\nAny other root field/.exec(readme)[1];
    const words = list.replace(/(\w+)\(V2\)/g, '$1, $1V2').match(/-?\w+/g);
    const { served } = await shop.control('GET', 'health');
    const missing = [...served.queries, ...served.mutations].filter((name) => !isListed(words, name));
    assert.deepEqual(missing, [], 'root fields that the README does not list');
    const listed = words.filter((word) => /^[a-z]/.test(word) && word !== 'Mutations');
    assert.deepEqual(listed.filter((word) => ![...served.queries, ...served.mutations].includes(word)), []);
});
