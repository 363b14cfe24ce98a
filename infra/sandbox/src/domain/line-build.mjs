// line-build.mjs: the lines of an order out of short wishes.
//
// A wish names a variant (or only a title) and a quantity; here it becomes a line with its price,
// its names as they are now, and the location that will ship it.
//
// SPDX-License-Identifier: Apache-2.0
import { parseCents } from '../money.mjs';
import { discountLine } from './discounts.mjs';
import { levelKey } from './levels.mjs';

/** The first online location that holds enough of every line; else the first online location. */
export function chooseLocation(shop, wanted) {
    const online = [...shop.store.all('location')]
        .filter((location) => location.active && location.fulfillsOnlineOrders);
    const holds = (location) => wanted.every(({ itemId, quantity }) =>
        (shop.store.get('level', levelKey(itemId, location.id))?.available ?? 0) >= quantity);
    return (online.find(holds) ?? online[0])?.id ?? null;
}

export function locationOf(shop, given) {
    if (given === undefined || given === null) return null;
    const id = String(given).split('/').pop();
    if (!shop.store.get('location', id)) throw new Error(`no location ${id} in this shop`);
    return id;
}

function checkQuantity(quantity) {
    if (!Number.isInteger(quantity) || quantity < 1 || quantity > 1_000_000) {
        throw new Error(`a line's quantity must be a whole number from 1, not ${quantity}`);
    }
    return quantity;
}

export function properties(given) {
    if (Array.isArray(given)) return given;
    return Object.entries(given ?? {}).map(([key, value]) => ({ key, value: String(value) }));
}

/**
 * The lines that a wish becomes: one, or, for a bundle, one for each component in a group of its
 * own, as Shopify expands it.
 */
export function buildLines(shop, spec, order) {
    const custom = spec.sku === undefined && spec.variant_id === undefined;
    const variant = custom ? null : shop.variants.by(spec);
    if (!variant?.components?.length) return [buildLine(shop, spec, order)];
    const quantity = checkQuantity(spec.quantity ?? 1);
    const product = shop.store.get('product', variant.productId);
    const group = {
        __typename: 'LineItemGroup', id: shop.ids.next('LineItemGroup'), title: product.title, quantity,
        variantId: variant.id, variantSku: variant.sku, productId: product.id,
    };
    return variant.components.map((part) => ({
        ...buildLine(shop, { variant_id: part.variantId, quantity: quantity * part.quantity,
            location_id: spec.location_id, attributes: spec.attributes }, order), group,
    }));
}

export function buildLine(shop, spec, order) {
    const custom = spec.sku === undefined && spec.variant_id === undefined;
    if (custom && !spec.title) throw new Error('a line needs "sku", "variant_id" or "title"');
    const variant = custom ? null : shop.variants.by(spec);
    const product = variant && shop.store.get('product', variant.productId);
    const item = variant && shop.store.get('item', variant.itemId);
    const quantity = checkQuantity(spec.quantity ?? 1);
    const wanted = variant ? [{ itemId: variant.itemId, quantity }] : [];
    const defaultTitle = variant === null || variant.title === 'Default Title';
    const title = spec.title ?? product.title;
    const line = {
        __typename: 'LineItem', id: shop.ids.next('LineItem'), variantId: variant?.id ?? null,
        productId: product?.id ?? null, itemId: variant?.itemId ?? null,
        sku: spec.custom_sku ?? variant?.sku ?? null, title,
        variantTitle: defaultTitle ? null : variant.title,
        name: defaultTitle ? title : `${title} - ${variant.title}`,
        vendor: product?.vendor ?? null, quantity, removed: 0, fulfilled: 0, returned: 0,
        price: spec.price === undefined ? variant?.price ?? 0 : parseCents(spec.price, 'price'),
        discount: 0, allocations: [], group: null,
        requiresShipping: spec.requires_shipping ?? item?.requiresShipping ?? true,
        giftCard: spec.gift_card ?? product?.giftCard ?? false, taxable: spec.taxable ?? variant?.taxable ?? true,
        taxBasisPoints: order.taxBasisPoints, grams: item?.grams ?? 0,
        attributes: properties(spec.attributes),
        locationId: locationOf(shop, spec.location_id) ?? order.locationId
            ?? chooseLocation(shop, wanted),
    };
    if (spec.discount !== undefined) discountLine(order, line, parseCents(spec.discount, 'discount'));
    return line;
}

export function randomLines(shop, spec, random) {
    const skus = shop.variants.orderableIds();
    if (skus.length === 0) throw new Error('the shop has no products to order: seed it first');
    const lines = new Map();
    const count = random.between(1, spec.max_lines ?? 3);
    while (lines.size < Math.min(count, skus.length)) {
        const variantId = random.pick(skus);
        lines.set(variantId, { variant_id: variantId, quantity: random.between(1, 3) });
    }
    return [...lines.values()];
}
