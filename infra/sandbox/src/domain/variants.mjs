// variants.mjs: variants and their inventory items.
//
// A variant's SKU need not be unique, and a product's first variant may become another one when
// its options change: both are traps of the real shop that are kept here.  A bundle's variant has
// components and no stock of its own.
//
// SPDX-License-Identifier: Apache-2.0
import { parseCents } from '../money.mjs';
import { inventoryItemBody } from '../rest/inventory-item.mjs';
import { metafieldState, withMetafields } from './metafields.mjs';

const KEYS = ['id', 'delete', 'sku', 'barcode', 'price', 'compare_at_price', 'options', 'tracked',
    'requires_shipping', 'grams', 'cost', 'taxable', 'inventory_policy', 'image', 'position',
    'components', 'metafields'];
const POLICIES = ['DENY', 'CONTINUE'];
const MAX_VARIANTS = 2048;

const cents = (value, what) =>
    (value === undefined || value === null ? null : parseCents(value, what));

function checkKeys(spec) {
    for (const key of Object.keys(spec)) {
        if (!KEYS.includes(key)) throw new Error(`a variant has no '${key}'; known: ${KEYS.join(', ')}`);
    }
}

function policyOf(given) {
    const policy = String(given).toUpperCase();
    if (!POLICIES.includes(policy)) throw new Error('inventory_policy must be deny or continue');
    return policy;
}

export class Variants {
    constructor(shop) {
        this.shop = shop;
        this.clear();
    }

    clear() {
        this.bySkuIds = new Map(); // SKU -> ids of the variants that have it, oldest first
        this.orderable = null;
    }

    // ---- making and changing

    /** Refuses what apply() could not do, before anything is done. */
    check(product, specs) {
        const gone = specs.filter((spec) => spec.delete).length;
        const added = specs.filter(({ id }) => id === undefined).length;
        if (product.variantIds.length + added - gone > MAX_VARIANTS) {
            throw new Error(`a product has at most ${MAX_VARIANTS} variants`);
        }
        if (gone >= product.variantIds.length + added) {
            throw new Error('a product keeps at least one variant');
        }
        for (const spec of specs) {
            checkKeys(spec);
            const id = spec.id === undefined ? null : String(spec.id).split('/').pop();
            if (id !== null && !product.variantIds.includes(id)) {
                throw new Error(`the product has no variant ${id}`);
            }
        }
    }

    make(product, spec, act, quiet = false) {
        const { shop } = this;
        checkKeys(spec);
        if (product.variantIds.length >= MAX_VARIANTS) {
            throw new Error(`a product has at most ${MAX_VARIANTS} variants`);
        }
        const id = shop.ids.next('ProductVariant');
        const itemId = shop.ids.next('InventoryItem');
        const values = spec.options ?? product.options.map((option) => option.values[0].name);
        shop.catalog.learnOptionValues(product, values);
        product.variantIds.push(id);
        const variant = shop.store.add('variant', id, {
            __typename: 'ProductVariant', id, productId: product.id, itemId,
            sku: spec.sku ?? null, barcode: spec.barcode ?? null,
            price: cents(spec.price, 'price') ?? 1000,
            compareAtPrice: cents(spec.compare_at_price, 'compare_at_price'),
            values, title: values.join(' / '), position: product.variantIds.length,
            taxable: spec.taxable ?? true, inventoryPolicy: policyOf(spec.inventory_policy ?? 'DENY'),
            mediaId: this.imageOf(product, spec.image, act), components: this.componentsOf(spec),
            metafields: withMetafields(shop, [], spec.metafields, act.at),
            createdAt: act.at, updatedAt: act.at,
        });
        shop.store.add('item', itemId, {
            __typename: 'InventoryItem', id: itemId, variantId: id, sku: variant.sku,
            tracked: spec.tracked ?? true, requiresShipping: spec.requires_shipping ?? true,
            grams: spec.grams ?? 250, cost: cents(spec.cost, 'cost'),
            createdAt: act.at, updatedAt: act.at,
        });
        this.index(variant.sku, id);
        this.orderable = null;
        for (const location of shop.store.all('location')) shop.levels.create(itemId, location.id);
        if (!quiet) this.tellItem(act, 'inventory_items/create', itemId);
        return variant;
    }

    /** The image with that address, which the product learns if it is new; null for none. */
    imageOf(product, url, act) {
        if (url === undefined || url === null) return null;
        let found = product.media.find((image) => image.url === url);
        if (!found) {
            found = this.shop.catalog.makeImage({ url }, act.at);
            product.media.push(found);
        }
        return found.id;
    }

    componentsOf({ components = [] }) {
        return components.map((part) => {
            const variant = this.by(part);
            if (variant.components.length > 0) throw new Error('a bundle cannot hold another bundle');
            return {
                id: this.shop.ids.next('ProductVariantComponent'), quantity: part.quantity ?? 1,
                variantId: variant.id,
            };
        });
    }

    tellItem(act, topic, itemId) {
        act.send(topic, () => inventoryItemBody(this.shop, this.shop.store.get('item', itemId)), itemId);
    }

    /** With an id: changes that variant; with an id and delete: removes it; without: adds one. */
    apply(product, spec, act) {
        if (spec.id === undefined) {
            this.make(product, spec, act);
            return;
        }
        const id = String(spec.id).split('/').pop();
        if (!spec.delete) {
            this.change(product, id, spec, act);
            return;
        }
        this.drop(id, act);
        product.variantIds = product.variantIds.filter((other) => other !== id);
        this.shop.events.note('PRODUCT_VARIANT', id, 'destroy', act.at);
    }

    change(product, id, spec, act) {
        const { store } = this.shop;
        const before = store.get('variant', id);
        if (spec.options) this.shop.catalog.learnOptionValues(product, spec.options);
        const variant = store.edit('variant', id, (next) => this.assign(product, next, spec, act));
        this.index(before.sku, id, true);
        this.index(variant.sku, id);
        if (spec.position !== undefined) this.place(product, id, spec.position);
        const item = { sku: spec.sku, tracked: spec.tracked, grams: spec.grams,
            requiresShipping: spec.requires_shipping,
            cost: spec.cost === undefined ? undefined : cents(spec.cost, 'cost') };
        if (Object.values(item).every((value) => value === undefined)) return;
        store.edit('item', variant.itemId, (next) => {
            for (const [key, value] of Object.entries(item)) if (value !== undefined) next[key] = value;
            next.updatedAt = act.at;
        });
        this.tellItem(act, 'inventory_items/update', variant.itemId);
    }

    assign(product, next, spec, act) {
        for (const key of ['sku', 'barcode', 'taxable']) {
            if (spec[key] !== undefined) next[key] = spec[key];
        }
        if (spec.price !== undefined) next.price = parseCents(spec.price, 'price');
        if (spec.compare_at_price !== undefined) {
            next.compareAtPrice = cents(spec.compare_at_price, 'compare_at_price');
        }
        if (spec.inventory_policy !== undefined) next.inventoryPolicy = policyOf(spec.inventory_policy);
        if (spec.image !== undefined) next.mediaId = this.imageOf(product, spec.image, act);
        if (spec.components !== undefined) next.components = this.componentsOf(spec);
        if (spec.options) Object.assign(next, { values: spec.options, title: spec.options.join(' / ') });
        next.metafields = withMetafields(this.shop, next.metafields, spec.metafields, act.at);
        next.updatedAt = act.at;
    }

    place(product, id, position) {
        product.variantIds = product.variantIds.filter((other) => other !== id);
        product.variantIds.splice(Math.max(0, position - 1), 0, id);
    }

    /** Positions count from one, in the product's order. */
    number(product) {
        product.variantIds.forEach((id, index) => {
            if (this.shop.store.get('variant', id).position === index + 1) return;
            this.shop.store.edit('variant', id, (next) => { next.position = index + 1; });
        });
    }

    drop(id, act) {
        const { store } = this.shop;
        const { itemId, sku } = store.get('variant', id);
        for (const level of this.shop.levels.ofItem(itemId)) {
            store.remove('level', `${itemId}@${level.locationId}`);
        }
        store.remove('item', itemId);
        store.remove('variant', id);
        this.index(sku, id, true);
        this.orderable = null;
        act.send('inventory_items/delete', () => ({ id: BigInt(itemId) }), itemId);
    }

    // ---- finding

    index(sku, id, gone = false) {
        if (sku === null) return;
        const ids = this.bySkuIds.get(sku) ?? [];
        const next = ids.filter((other) => other !== id);
        if (!gone) next.push(id);
        if (next.length > 0) this.bySkuIds.set(sku, next);
        else this.bySkuIds.delete(sku);
    }

    bySku(sku) {
        return this.shop.store.get('variant', this.bySkuIds.get(sku)?.[0]);
    }

    /** How many other variants have the SKU of this one. */
    duplicates({ sku }) {
        return Math.max(0, (this.bySkuIds.get(sku)?.length ?? 0) - 1);
    }

    by({ sku, variant_id: variantId }) {
        if (variantId !== undefined) {
            const id = String(variantId).split('/').pop();
            const variant = this.shop.store.get('variant', id);
            if (!variant) throw new Error(`no variant ${id} in this shop`);
            return variant;
        }
        const variant = this.bySku(String(sku));
        if (!variant) throw new Error(`no variant with SKU '${sku}' in this shop`);
        return variant;
    }

    /** Ids of all variants of active products, for random orders; kept until a product changes. */
    orderableIds() {
        this.orderable ??= [...this.shop.store.all('product')]
            .filter(({ status, giftCard }) => status === 'ACTIVE' && !giftCard)
            .flatMap((product) => product.variantIds);
        return this.orderable;
    }

    // ---- what history shows

    state(id, product) {
        const { store, levels } = this.shop;
        const variant = store.get('variant', id);
        const item = store.get('item', variant.itemId);
        return {
            id: BigInt(id), inventory_item_id: BigInt(variant.itemId), sku: variant.sku,
            barcode: variant.barcode, title: variant.title, options: variant.values,
            position: variant.position, price_cents: variant.price,
            compare_at_price_cents: variant.compareAtPrice, taxable: variant.taxable,
            inventory_policy: variant.inventoryPolicy, tracked: item.tracked,
            requires_shipping: item.requiresShipping, grams: item.grams, cost_cents: item.cost,
            image: product.media.find((image) => image.id === variant.mediaId)?.url ?? null,
            components: variant.components.map((part) =>
                ({ variant_id: BigInt(part.variantId), quantity: part.quantity })),
            metafields: variant.metafields.map(metafieldState),
            stocked_at: levels.ofItem(variant.itemId).map((level) => BigInt(level.locationId)),
        };
    }
}
