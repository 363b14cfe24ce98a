// inventory.test.mjs: compare-and-set, idempotency keys, all or nothing.
//
// Breaks when a stale or repeated write would be applied, when one bad row lets the others through,
// or when the quantities stop adding up: each of these hides an oversell in the writer under test.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentText, gid, startShop } from './lib/shop.mjs';

const SET = documentText('inventory-set');
const STATES = ['available', 'committed', 'reserved', 'damaged', 'safety_stock', 'quality_control'];
let items;
let place;
let serial = 0;

const shop = await startShop({ fo_delay_ms: 5 });
/** Every test begins with a fresh shop. */
async function fresh() {
    await shop.control('POST', 'reset');
    await shop.control('POST', 'seed', { products: 3, variants_per_product: 1, stock: 10 });
    const { variants, locations } = await shop.control('GET', 'catalog');
    items = variants.map((variant) => gid('InventoryItem', variant.inventory_item_id));
    place = gid('Location', locations[0].id);
}

const scene = (name, play) => test(name, async () => {
    await fresh();
    await play();
});

const row = (index, quantity, changeFromQuantity, more = {}) => ({
    inventoryItemId: items[index], locationId: place, quantity, changeFromQuantity, ...more,
});
const input = (name, quantities, more = {}) => ({ name, reason: 'correction', quantities, ...more });
const newKey = () => `key-${serial += 1}`;

async function set(name, quantities, key = newKey(), more = {}) {
    const data = await shop.data(SET, { input: input(name, quantities, more), idempotencyKey: key });
    return data.inventorySetQuantities;
}

async function level(index) {
    const { inventoryItem } = await shop.data(`query L($id: ID!, $place: ID!) {
        inventoryItem(id: $id) { inventoryLevel(locationId: $place) { quantities(names: [
            "available", "on_hand", "committed", "reserved", "damaged", "safety_stock",
            "quality_control", "incoming"]) { name quantity } } } }`, { id: items[index], place });
    const found = Object.fromEntries(inventoryItem.inventoryLevel.quantities
        .map(({ name, quantity }) => [name, quantity]));
    assert.equal(found.on_hand, STATES.reduce((sum, name) => sum + found[name], 0),
        'on_hand is the sum of its states');
    return found;
}

const codes = ({ userErrors }) => userErrors.map(({ code }) => code);

scene('setting on_hand moves available by the same delta, in two changes', async () => {
    await shop.control('POST', 'orders', { lines: [{ sku: 'SKU00001-1', quantity: 4 }] });
    assert.deepEqual(await level(0), { available: 6, on_hand: 10, committed: 4, reserved: 0,
        damaged: 0, safety_stock: 0, quality_control: 0, incoming: 0 });
    const { inventoryAdjustmentGroup: group, userErrors } = await set('on_hand', [row(0, 25, 10)],
        newKey(), { referenceDocumentUri: 'gid://test/Atp/1' });
    assert.deepEqual(userErrors, []);
    assert.deepEqual(group.changes.map(({ name, delta, quantityAfterChange }) =>
        [name, delta, quantityAfterChange]), [['available', 15, null], ['on_hand', 15, null]]);
    assert.equal(group.referenceDocumentUri, 'gid://test/Atp/1');
    const { available, on_hand: onHand } = await level(0);
    assert.deepEqual([available, onHand], [21, 25]);
});

scene('setting available compares available, and may go below zero', async () => {
    assert.deepEqual(codes(await set('available', [row(0, -5, 10)])), []);
    assert.equal((await level(0)).available, -5);
    assert.deepEqual(codes(await set('on_hand', [row(0, -1, -5)])), ['INVALID_QUANTITY_NEGATIVE']);
});

scene('a stale compare changes nothing, in any row', async () => {
    const refused = await set('on_hand', [row(0, 50, 10), row(1, 50, 9)]);
    assert.equal(refused.inventoryAdjustmentGroup, null);
    assert.deepEqual(refused.userErrors.map(({ field, code }) => [field, code]),
        [[['input', 'quantities', '1', 'changeFromQuantity'], 'CHANGE_FROM_QUANTITY_STALE']]);
    assert.equal((await level(0)).on_hand, 10, 'the good row must not be applied');
});

scene('null switches the compare off; the same value is success without a group', async () => {
    assert.deepEqual(codes(await set('on_hand', [row(0, 7, null)])), []);
    const again = await set('on_hand', [row(0, 7, null)]);
    assert.deepEqual(again, { inventoryAdjustmentGroup: null, userErrors: [] });
});

scene('an absent changeFromQuantity is a top-level error and does not use up the key', async () => {
    const bad = { inventoryItemId: items[0], locationId: place, quantity: 1 };
    const answer = await shop.ask(SET, { input: input('on_hand', [bad]), idempotencyKey: 'absent' });
    assert.equal(answer.errors[0].message,
        'InventoryQuantityInput must include the following argument: changeFromQuantity.');
    assert.equal(answer.errors[0].extensions.code, 'INVALID_FIELD_ARGUMENTS');
    assert.deepEqual(answer.data, { inventorySetQuantities: null });
    assert.deepEqual(codes(await set('on_hand', [row(0, 1, 10)], 'absent')), []);
});

scene('without @idempotent nothing is done', async () => {
    const answer = await shop.ask(`mutation M($input: InventorySetQuantitiesInput!) {
        inventorySetQuantities(input: $input) { userErrors { message } } }`,
    { input: input('on_hand', [row(0, 1, null)]) });
    assert.equal(answer.errors[0].message,
        'The @idempotent directive is required for this mutation but was not provided.');
    assert.equal(answer.errors[0].extensions.code, 'BAD_REQUEST');
    assert.deepEqual(answer.errors[0].path, ['inventorySetQuantities']);
    assert.equal((await level(0)).on_hand, 10);
});

scene('a repeated key answers as before and does nothing again', async () => {
    const first = await set('on_hand', [row(0, 20, 10)], 'once');
    await set('on_hand', [row(0, 30, 20)]);
    assert.deepEqual(await set('on_hand', [row(0, 20, 10)], 'once'), first);
    assert.equal((await level(0)).on_hand, 30, 'the repeat must not be applied');
});

scene('a refused key stays refused, even when the compare would match now', async () => {
    assert.deepEqual(codes(await set('on_hand', [row(0, 20, 11)], 'no')), ['CHANGE_FROM_QUANTITY_STALE']);
    await set('on_hand', [row(0, 11, 10)]);
    assert.deepEqual(codes(await set('on_hand', [row(0, 20, 11)], 'no')), ['CHANGE_FROM_QUANTITY_STALE']);
    assert.equal((await level(0)).on_hand, 11);
});

scene('a key with another body is a mismatch', async () => {
    await set('on_hand', [row(0, 20, 10)], 'body');
    assert.deepEqual(codes(await set('on_hand', [row(0, 21, 20)], 'body')),
        ['IDEMPOTENCY_KEY_PARAMETER_MISMATCH']);
});

scene('keys are forgotten after 24 hours of the shop\'s clock', async () => {
    await set('on_hand', [row(0, 20, 10)], 'day');
    await shop.control('POST', 'clock', { offset_us: 25 * 3_600_000_000 });
    assert.deepEqual(codes(await set('on_hand', [row(0, 21, 20)], 'day')), []);
    await shop.control('POST', 'clock', { offset_us: 0 });
});

scene('while an answer is on its way, its key is a concurrent request', async () => {
    await shop.control('POST', 'faults', { match: { root: 'inventorySetQuantities' },
        action: 'delay', delay_ms: 300 });
    const slow = set('on_hand', [row(0, 20, 10)], 'slow');
    await new Promise((resolve) => { setTimeout(resolve, 50); });
    assert.deepEqual(codes(await set('on_hand', [row(0, 20, 10)], 'slow')),
        ['IDEMPOTENCY_CONCURRENT_REQUEST']);
    const answer = await slow;
    assert.deepEqual(codes(answer), []);
    await new Promise((resolve) => { setTimeout(resolve, 300); });
    assert.deepEqual(await set('on_hand', [row(0, 20, 10)], 'slow'), answer);
});

scene('every bad row is named by its index, and none is applied', async () => {
    const refused = await set('on_hand', [
        row(0, 20, 10),
        row(1, 20, 10, { inventoryItemId: gid('InventoryItem', 999999999999) }),
        row(1, 1_000_000_001, 10),
        row(2, 20, 10, { locationId: gid('Location', 999999999999) }),
    ]);
    assert.deepEqual(refused.userErrors, [
        { field: ['input', 'quantities', '1', 'inventoryItemId'], code: 'INVALID_INVENTORY_ITEM',
            message: 'The specified inventory item could not be found.' },
        { field: ['input', 'quantities', '2', 'quantity'], code: 'INVALID_QUANTITY_TOO_HIGH',
            message: "The quantity can't be higher than 1,000,000,000." },
        { field: ['input', 'quantities', '3', 'locationId'], code: 'INVALID_LOCATION',
            message: 'The specified location could not be found.' },
    ]);
    assert.equal((await level(0)).on_hand, 10);
});

scene('duplicates, names, reasons and references are checked', async () => {
    assert.deepEqual(codes(await set('on_hand', [row(0, 1, 10), row(0, 2, 10)])),
        Array(2).fill('NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR'));
    assert.deepEqual(codes(await set('damaged', [row(0, 1, 0)])), ['INVALID_NAME']);
    const wrong = await set('on_hand', [row(0, 1, 10)], newKey(), { reason: 'mood' });
    assert.match(wrong.userErrors[0].message, /^The specified reason is invalid\. Valid values are: /);
    assert.deepEqual(codes(await set('on_hand', [row(0, 1, 10)], newKey(),
        { referenceDocumentUri: 'not a uri' })), ['INVALID_REFERENCE_DOCUMENT']);
});

scene('more than 250 rows are refused as a whole', async () => {
    const rows = Array.from({ length: 251 }, () => row(0, 1, null));
    const answer = await shop.ask(SET, { input: input('on_hand', rows), idempotencyKey: 'many' });
    assert.equal(answer.errors[0].message,
        'The input array size of 251 is greater than the maximum allowed of 250.');
    assert.equal(answer.errors[0].extensions.code, 'MAX_INPUT_SIZE_EXCEEDED');
});

scene('a misspelt or removed input field is an INVALID_VARIABLE with problems', async () => {
    const answer = await shop.ask(SET, { idempotencyKey: 'x',
        input: { ...input('on_hand', [row(0, 1, 10)]), ignoreCompareQuantity: true } });
    assert.equal(answer.errors[0].message, 'Variable $input of type InventorySetQuantitiesInput! was '
        + 'provided invalid value for ignoreCompareQuantity (Field is not defined on '
        + 'InventorySetQuantitiesInput)');
    assert.deepEqual(answer.errors[0].extensions.problems, [{ path: ['ignoreCompareQuantity'],
        explanation: 'Field is not defined on InventorySetQuantitiesInput' }]);
    assert.equal(answer.data, undefined);
});

scene('an item that is active already cannot be activated with a quantity', async () => {
    const { inventoryActivate } = await shop.document('inventory-activate', {
        inventoryItemId: items[0], locationId: place, available: 3, idempotencyKey: 'act' });
    assert.deepEqual(inventoryActivate.userErrors, [{ field: ['available'],
        message: 'Not allowed to set available quantity when the item is already active at the '
            + 'location.' }]);
});
