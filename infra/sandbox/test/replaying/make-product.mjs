// make-product.mjs: a product of the sandbox out of what a recording tells of one.
//
// SPDX-License-Identifier: Apache-2.0

function variantWish(told, index) {
    const options = (told.selectedOptions ?? []).map(({ value }) => value);
    const wish = { sku: told.sku ?? `R-${index + 1}-${Math.random().toString(36).slice(2, 10)}` };
    if (told.price !== undefined) wish.price = String(told.price);
    if (told.barcode) wish.barcode = told.barcode;
    if (told.inventoryItem?.tracked !== undefined) wish.tracked = told.inventoryItem.tracked;
    if (told.inventoryItem?.requiresShipping !== undefined) {
        wish.requires_shipping = told.inventoryItem.requiresShipping;
    }
    return { wish, options };
}

/** The body of POST /control/products: one option per name that the variants tell. */
export function productWish(told, variants) {
    const wish = { title: told.title ?? 'A product', variants: [{}] };
    for (const [key, value] of [['handle', told.handle], ['vendor', told.vendor], ['tags', told.tags],
        ['product_type', told.productType], ['status', told.status],
        ['description_html', told.descriptionHtml]]) {
        if (value !== undefined && value !== null && value !== '') wish[key] = value;
    }
    if (variants.length === 0) return wish;
    const built = variants.map(variantWish);
    wish.variants = built.map((each) => each.wish);
    if (variants.length > 1) {
        wish.options = [{ name: 'Kind', values: built.map((each, index) => `Kind ${index + 1}`) }];
        built.forEach((each, index) => { each.wish.options = [`Kind ${index + 1}`]; });
    }
    return wish;
}
