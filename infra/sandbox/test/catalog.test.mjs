// catalog.test.mjs: products as merchants really have them.
//
// Breaks when a field of a product is lost or invented on its way through GraphQL, the webhook body
// or the history, or when a trap of the real catalog (a re-used variant, a doubled SKU, two thousand
// variants) behaves better than at the real shop.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gid, startShop } from './lib/shop.mjs';
import { Receiver } from './lib/receiver.mjs';

const shop = await startShop({ fo_delay_ms: 5 });
const post = (route, body = {}) => shop.control('POST', route, body);
await post('seed', { products: 2, variants_per_product: 2, stock: 10,
    locations: [{ name: 'Online' }, { name: 'Store' }] });
const receiver = await new Receiver().start();
for (const topic of ['PRODUCTS_CREATE', 'PRODUCTS_UPDATE', 'PRODUCTS_DELETE', 'INVENTORY_ITEMS_CREATE',
    'INVENTORY_ITEMS_UPDATE', 'INVENTORY_ITEMS_DELETE']) {
    await shop.document('webhook-create', { topic, sub: { uri: receiver.uri } });
}

const FIELDS = `id title handle isGiftCard category { id name fullName level } featuredMedia { id }
    hasVariantsThatRequiresComponents options { id name values }
    metafields(first: 9, namespace: "erp") { nodes { key value } }
    variants(first: 50) { nodes { id title sku barcode price compareAtPrice position inventoryPolicy
        inventoryQuantity requiresComponents image { url } selectedOptions { name value }
        metafields(first: 9) { nodes { namespace key value } }
        productVariantComponents(first: 9) { nodes { quantity productVariant { sku } } }
        inventoryItem { tracked requiresShipping duplicateSkuCount unitCost { amount }
            measurement { weight { unit value } } } } }`;
const read = async (id) => (await shop.data(`{ product(id: "${gid('Product', id)}") { ${FIELDS} } }`)).product;
const change = (id, body) => shop.control('PUT', `products/${id}`, body);
const last = (list) => list.at(-1).body;

test('a product with everything', async () => {
    const made = await post('products', {
        title: 'Tent', category: { id: 'sg-4-2', name: 'Tents', full_name: 'Sporting Goods > Tents' },
        images: [{ url: 'https://cdn.example.com/tent.png' }], gift_card: false,
        metafields: [{ namespace: 'erp', key: 'season', value: 'S26' }, { namespace: 'x', key: 'y', value: 1 }],
        options: [{ name: 'Size', values: ['2P', '4P'] }],
        variants: [{ sku: 'TENT-2', options: ['2P'], barcode: '4012345678901', price: '99.00', grams: 2100,
            compare_at_price: '120.00', cost: '41.50', inventory_policy: 'continue',
            image: 'https://cdn.example.com/tent-2.png', requires_shipping: true,
            metafields: [{ namespace: 'erp', key: 'bin', value: 'A7' }] },
        { sku: 'TENT-4', options: ['4P'], tracked: false }],
    });
    const shown = await read(made.id);
    assert.deepEqual(shown.category, { id: gid('TaxonomyCategory', 'sg-4-2'), name: 'Tents',
        fullName: 'Sporting Goods > Tents', level: 3 });
    assert.deepEqual(shown.metafields.nodes, [{ key: 'season', value: 'S26' }], 'one namespace');
    const [small, big] = shown.variants.nodes;
    assert.deepEqual([small.barcode, small.price, small.compareAtPrice, small.inventoryPolicy, small.position],
        ['4012345678901', '99.00', '120.00', 'CONTINUE', 1]);
    assert.equal(small.image.url, 'https://cdn.example.com/tent-2.png');
    assert.deepEqual(small.metafields.nodes, [{ namespace: 'erp', key: 'bin', value: 'A7' }]);
    assert.deepEqual(small.inventoryItem, { tracked: true, requiresShipping: true, duplicateSkuCount: 0,
        unitCost: { amount: '41.5' }, measurement: { weight: { unit: 'GRAMS', value: 2100 } } });
    assert.deepEqual([big.image, big.inventoryItem.tracked], [null, false]);
    const body = last(await receiver.wait('products/create'));
    assert.deepEqual([body.category.full_name, body.variants[0].compare_at_price, body.images.length],
        ['Sporting Goods > Tents', '120.00', 2]);
    assert.deepEqual(body.images[1].variant_ids, [body.variants[0].id]);
    assert.equal((await receiver.wait('inventory_items/create', 2)).length, 2);
});

test('a bundle has components and no stock of its own; ordered, it is its components', async () => {
    const made = await post('products', { title: 'Set', variants: [{ sku: 'SET', price: '30.00',
        tracked: false, components: [{ sku: 'SKU00001-1', quantity: 2 }, { sku: 'SKU00002-1' }] }] });
    const shown = await read(made.id);
    const [variant] = shown.variants.nodes;
    assert.deepEqual([shown.hasVariantsThatRequiresComponents, variant.requiresComponents,
        variant.inventoryQuantity], [true, true, 10], 'twenty of the first at two locations, by two');
    assert.deepEqual(variant.productVariantComponents.nodes.map((part) =>
        [part.quantity, part.productVariant.sku]), [[2, 'SKU00001-1'], [1, 'SKU00002-1']]);
    const { id } = await shop.order({ lines: [{ sku: 'SET', quantity: 3 }] });
    const { order } = await shop.data(`{ order(id: "${gid('Order', id)}") { lineItems(first: 9) { nodes {
        sku quantity lineItemGroup { id title quantity variantSku variantId } } } } }`);
    assert.deepEqual(order.lineItems.nodes.map((line) => [line.sku, line.quantity]),
        [['SKU00001-1', 6], ['SKU00002-1', 3]]);
    const groups = order.lineItems.nodes.map(({ lineItemGroup }) => lineItemGroup);
    assert.deepEqual([groups[0].variantSku, groups[0].quantity, groups[0].id], ['SET', 3, groups[1].id]);
});

test('a default variant that becomes a real one keeps its id; positions and options follow', async () => {
    const made = await post('products', { title: 'Plain', variants: [{ sku: 'PLAIN' }] });
    const [{ id: variantId }] = made.variants;
    const next = await change(made.id, { options: [{ name: 'Colour', values: ['Red'] }],
        variants: [{ id: variantId, options: ['Red'], sku: 'PLAIN-RED', position: 2 },
            { options: ['Blue'], sku: 'PLAIN-BLUE' }] });
    assert.deepEqual(next.variants.map((variant) => [variant.id === variantId, variant.title, variant.position]),
        [[true, 'Red', 1], [false, 'Blue', 2]], 'there was no second place to take yet');
    const moved = await change(made.id, { variants: [{ id: variantId, position: 2 }] });
    assert.deepEqual(moved.variants.map(({ title, position }) => [title, position]), [['Blue', 1], ['Red', 2]]);
    const shown = await read(made.id);
    assert.deepEqual(shown.options.map(({ name, values }) => [name, values]), [['Colour', ['Red', 'Blue']]]);
});

test('a SKU may stand on several variants; deletions are told and logged', async () => {
    const made = await post('products', { title: 'Twins', options: [{ name: 'N', values: ['a', 'b'] }],
        variants: [{ sku: 'TWIN', options: ['a'] }, { sku: 'TWIN', options: ['b'] }] });
    const shown = await read(made.id);
    assert.deepEqual(shown.variants.nodes.map((variant) => variant.inventoryItem.duplicateSkuCount), [1, 1]);
    await change(made.id, { variants: [{ id: made.variants[0].id, delete: true }] });
    assert.deepEqual((await read(made.id)).variants.nodes.map((variant) =>
        [variant.id, variant.inventoryItem.duplicateSkuCount]), [[gid('ProductVariant', made.variants[1].id), 0]]);
    assert.equal(last(await receiver.wait('inventory_items/delete')).id, made.variants[0].inventory_item_id);
    await assert.rejects(change(made.id, { variants: [{ id: made.variants[1].id, delete: true }] }),
        /keeps at least one/);
    const { productVariant } = await shop.data(`{ productVariant(id: "${shown.variants.nodes[0].id}") { id } }`);
    assert.equal(productVariant, null);
    await shop.control('DELETE', `products/${made.id}`);
    assert.equal(last(await receiver.wait('products/delete')).id, made.id);
});

test('two thousand variants: a hundred in the webhook, all of them page by page', async () => {
    const variants = Array.from({ length: 2_000 }, (_, i) => ({ sku: `MANY-${i}`, options: [`v${i}`] }));
    const made = await post('products', { title: 'Many', options: [{ name: 'V', values: ['v0'] }], variants });
    const body = (await receiver.wait('products/create', 5, 30_000)).find((entry) => entry.body.title === 'Many').body;
    assert.deepEqual([body.variants.length, body.variant_gids.length], [100, 2_000]);
    const seen = new Set();
    let after = null;
    do {
        const { product } = await shop.data(`query($id: ID!, $after: String) { product(id: $id) {
            variants(first: 250, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } } }`,
        { id: gid('Product', made.id), after });
        for (const { id } of product.variants.nodes) seen.add(id);
        after = product.variants.pageInfo.hasNextPage ? product.variants.pageInfo.endCursor : null;
    } while (after);
    assert.equal(seen.size, 2_000);
    const { product } = await shop.data('query($id: ID!) { product(id: $id) { variants(first: 2048) '
        + '{ nodes { id } } } }', { id: gid('Product', made.id) });
    assert.equal(product.variants.nodes.length, 2_000, 'at the root, in one go');
    await assert.rejects(change(made.id, { variants: Array.from({ length: 49 }, (_, i) =>
        ({ sku: `MORE-${i}`, options: [`w${i}`] })) }), /at most 2048/);
});

test('a bulk edit is an act for each product', async () => {
    const before = (await shop.control('GET', 'history')).length;
    const { edited } = await post('products/edit-all', { where: { vendor: 'sandbox' }, set: { tags: ['new'] } });
    const acts = await shop.control('GET', `history?since=${before}`);
    assert.ok(edited.length > 2);
    assert.deepEqual(acts.map(({ act, object }) => [act, object.id]),
        edited.map((id) => ['product_updated', id]));
    receiver.stop();
});
