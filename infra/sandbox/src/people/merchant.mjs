// merchant.mjs: what a merchant does to the catalog, at the worst moment as often as at the best.
//
// SPDX-License-Identifier: Apache-2.0
const NAMES = ['Kite', 'Towel', 'Lantern', 'Été «chic»', '保温杯', 'Cap'];
const COLOURS = ['Red', 'Green', 'Blue', 'Ochre'];

function price({ random }) {
    return `${random.between(3, 90)}.${String(random.below(100)).padStart(2, '0')}`;
}

/** SKUs of people never meet those of a seed. */
function sku(people) {
    return `P-${people.random.bits().toString(36)}`;
}

function create(people) {
    const { random, shop } = people;
    const count = random.between(1, 4);
    const colours = COLOURS.slice(0, count);
    shop.catalog.createProduct({
        title: `${random.pick(NAMES)} ${random.below(1_000)}`, tags: [random.pick(['new', 'core'])],
        images: [{ url: `https://cdn.example.com/p${random.bits()}.png` }],
        options: [{ name: 'Colour', values: colours }],
        metafields: [{ namespace: 'erp', key: 'season', value: random.pick(['S', 'W']) }],
        variants: colours.map((colour) => ({ sku: sku(people), options: [colour], price: price(people),
            grams: random.between(50, 900) })),
    });
}

const isSimple = (people) => ({ variantIds }) =>
    people.shop.store.get('variant', variantIds[0]).components.length === 0;

function part(people) {
    return people.random.pick(people.product(isSimple(people)).variantIds);
}

function bundle(people) {
    people.shop.catalog.createProduct({ title: `Set ${people.random.below(1_000)}`,
        variants: [{ sku: sku(people), price: '25.00', tracked: false, components: [
            { variant_id: part(people), quantity: 2 }, { variant_id: part(people) }] }] });
}

function change(people) {
    const { random, shop } = people;
    const { id, variantIds } = people.product();
    const variantId = random.pick(variantIds);
    shop.catalog.updateProduct(id, random.pick([{ title: `${random.pick(NAMES)} ${random.below(1_000)}` },
        { tags: ['sale', `t${random.below(9)}`] }, { description_html: `<p>${random.below(99)}</p>` },
        { status: random.pick(['active', 'draft', 'archived']) },
        { metafields: [{ namespace: 'erp', key: 'season', value: `S${random.below(9)}` }] },
        { variants: [{ id: variantId, price: price(people) }] },
        { variants: [{ id: variantId, barcode: String(4_000_000_000_000 + random.below(999_999)) }] },
        { variants: [{ id: variantId, sku: sku(people) }] },
        { variants: [{ id: variantId, cost: price(people), grams: random.between(1, 999) }] }]));
}

function addVariant(people) {
    const { id, options } = people.product((product) => product.options.length === 1
        && isSimple(people)(product));
    people.shop.catalog.updateProduct(id, { variants: [{ sku: sku(people),
        options: [`${options[0].name} ${people.random.below(10_000)}`], price: price(people) }] });
}

function dropVariant(people) {
    const { id, variantIds } = people.product((product) => product.variantIds.length > 1);
    people.shop.catalog.updateProduct(id, { variants: [{ id: people.random.pick(variantIds), delete: true }] });
}

/** Two variants with one SKU: a mistake that merchants make. */
function doubleSku(people) {
    const { id, variantIds } = people.product();
    const { sku: other } = people.shop.store.get('variant', people.variantId());
    people.shop.catalog.updateProduct(id, { variants: [{ id: variantIds[0], sku: other }] });
}

const drop = (people) => people.shop.catalog.deleteProduct(people.product((product) =>
    isSimple(people)(product)).id);

const editAll = (people) => people.shop.catalog.editAll({
    where: { tag: people.random.pick(['new', 'core']) },
    set: { product_type: `Type ${people.random.below(99)}` },
});

export const merchantActs = {
    create_product: { weight: 2, act: create }, create_bundle: { weight: 0.5, act: bundle },
    change_product: { weight: 6, act: change }, add_variant: { weight: 1, act: addVariant },
    delete_variant: { weight: 0.5, act: dropVariant }, double_sku: { weight: 0.3, act: doubleSku },
    delete_product: { weight: 0.3, act: drop }, edit_many_products: { weight: 0.2, act: editAll },
};
