// mutate-products.mjs: what an app may do to the catalog: make and delete a product, change its variants.
//
// A product that an app makes has one variant, which is not tracked and costs nothing, until the app
// says otherwise; its handle comes from the title and is its own.
//
// SPDX-License-Identifier: Apache-2.0
import { idOf } from '../ids.mjs';
import { parseCents } from '../money.mjs';
import { slug } from '../domain/catalog.mjs';
import { badRequest } from './connections.mjs';
import { attempt, userError } from './mutations-common.mjs';
import { shopObject } from './resolve-shop.mjs';

const NO_SUCH = 'Product does not exist';
const GRAMS = { GRAMS: 1, KILOGRAMS: 1000, OUNCES: 28.349523125, POUNDS: 453.59237 };
const present = (wish) => Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== undefined));
const metafields = (list) => list?.map(({ namespace, key, value, type }) =>
    present({ namespace, key, value, type: type ?? undefined }));
const taken = (shop, handle) => shop.store.first('product', (other) => other.handle === handle) !== null;

/** The handle that an app asks for, or one of the title's that nobody has: with a number if need be. */
function handleOf(shop, { handle, title }) {
    if (handle?.trim()) return slug(handle) || 'product';
    const plain = slug(title) || 'product';
    let free = plain;
    for (let i = 1; taken(shop, free); i += 1) free = `${plain}-${i}`;
    return free;
}

function headErrors(shop, input, handle) {
    if (!input.title?.trim()) return [userError(['title'], "Title can't be blank")];
    if (taken(shop, handle)) {
        return [userError(['input', 'handle'],
            `Handle '${handle}' already in use. Please provide a new handle.`)];
    }
    return [];
}

function productWish(input, handle) {
    return present({
        title: input.title, handle, vendor: input.vendor || undefined, product_type: input.productType,
        tags: input.tags, status: input.status, description_html: input.descriptionHtml,
        gift_card: input.giftCard, seo: input.seo, template_suffix: input.templateSuffix,
        metafields: metafields(input.metafields),
        options: input.productOptions?.map(({ name, values }) =>
            ({ name, values: values.map((value) => value.name) })),
        variants: [{ price: '0.00', tracked: false }],
    });
}

function productCreate(source, args, { shop }) {
    const input = args.product ?? args.input;
    if (!input || (args.product && args.input)) {
        throw badRequest('productCreate must include exactly one of the following arguments: input, product.',
            'INVALID_FIELD_ARGUMENTS');
    }
    const answer = { __typename: 'ProductCreatePayload', product: null, shop: shopObject(shop) };
    const handle = handleOf(shop, { ...input, title: input.title ?? '' });
    const errors = headErrors(shop, input, handle);
    if (errors.length > 0) return { ...answer, userErrors: errors };
    const tried = attempt(['input'], () =>
        shop.catalog.createProduct(productWish(input, handle), { actor: 'app' }));
    return { ...answer, product: tried.done, userErrors: tried.errors };
}

function productDelete(source, { input }, { shop }) {
    const answer = { __typename: 'ProductDeletePayload', deletedProductId: null, productDeleteOperation: null,
        shop: shopObject(shop) };
    const id = idOf(input.id, 'Product');
    if (!shop.store.get('product', id)) return { ...answer, userErrors: [userError(['id'], NO_SUCH)] };
    shop.catalog.deleteProduct(id, 'app');
    return { ...answer, deletedProductId: input.id, userErrors: [] };
}

/** A variant's change as the catalog takes it; amounts are read here, before anything is done. */
function variantWish({ id, inventoryItem: item = {}, ...input }) {
    const weight = item.measurement?.weight;
    const wish = present({
        id: idOf(id, 'ProductVariant'), sku: item.sku, barcode: input.barcode, price: input.price,
        compare_at_price: input.compareAtPrice, taxable: input.taxable, cost: item.cost,
        inventory_policy: input.inventoryPolicy, tracked: item.tracked, requires_shipping: item.requiresShipping,
        grams: weight && Math.round(weight.value * GRAMS[weight.unit]), metafields: metafields(input.metafields),
    });
    for (const key of ['price', 'compare_at_price', 'cost']) {
        if (wish[key] !== undefined && wish[key] !== null) parseCents(wish[key], key);
    }
    return wish;
}

function variantErrors(product, variants) {
    return variants.flatMap(({ id }, index) => {
        const field = ['variants', String(index), 'id'];
        if (id === undefined || id === null) {
            return [userError(field, 'Product variant is missing ID attribute', 'PRODUCT_VARIANT_ID_MISSING')];
        }
        return product.variantIds.includes(idOf(id, 'ProductVariant')) ? []
            : [userError(field, 'Product variant does not exist', 'PRODUCT_VARIANT_DOES_NOT_EXIST')];
    });
}

function productVariantsBulkUpdate(source, { productId, variants }, { shop }) {
    const answer = { __typename: 'ProductVariantsBulkUpdatePayload', product: null, productVariants: null };
    const product = shop.store.get('product', idOf(productId, 'Product'));
    const errors = product ? variantErrors(product, variants)
        : [userError(['productId'], NO_SUCH, 'PRODUCT_DOES_NOT_EXIST')];
    if (errors.length > 0) return { ...answer, product, userErrors: errors };
    const tried = attempt(['variants'], () => shop.catalog.updateProduct(product.id,
        { variants: variants.map(variantWish) }, 'app'), 'INVALID_INPUT');
    return { ...answer, product: tried.done ?? product, userErrors: tried.errors,
        productVariants: tried.done && variants.map(({ id }) =>
            shop.store.get('variant', idOf(id, 'ProductVariant'))) };
}

export const productMutations = { productCreate, productDelete, productVariantsBulkUpdate };
