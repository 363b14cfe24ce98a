// catalog.mjs: locations, products, variants and their inventory items.
//
// A merchant makes, changes and deletes them; Shopify tells the app by products/* webhooks.  The
// shapes inside are the sandbox's own; rest/ and api/ turn them into Shopify's.
//
// SPDX-License-Identifier: Apache-2.0
import { parseCents } from '../money.mjs';
import { exactTime } from '../clock.mjs';
import { productBody } from '../rest/product.mjs';

const PRODUCT_FIELDS = {
    title: 'title', handle: 'handle', vendor: 'vendor', product_type: 'productType',
    status: 'status', description_html: 'descriptionHtml', tags: 'tags',
};
const STATUSES = ['ACTIVE', 'DRAFT', 'ARCHIVED', 'UNLISTED'];

const slug = (title) => title.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');

const cents = (value, what) =>
    (value === undefined || value === null ? null : parseCents(value, what));

export class Catalog {
    constructor(shop) {
        this.shop = shop;
        this.clear();
    }

    clear() {
        this.skuIndex = new Map();
        this.orderable = null;
    }

    // ---- locations

    createLocation(spec) {
        const { shop } = this;
        if (!spec.name) throw new Error('a location needs a name');
        const act = shop.act('merchant', 'location_created');
        const id = shop.ids.next('Location');
        const location = shop.store.add('location', id, {
            __typename: 'Location', id, name: String(spec.name), active: true,
            fulfillsOnlineOrders: spec.fulfills_online_orders ?? true,
            createdAt: act.at, updatedAt: act.at,
            address: {
                address1: '1 Sandbox Street', address2: null, city: 'Toronto', province: 'Ontario',
                provinceCode: 'ON', country: 'Canada', countryCode: 'CA', zip: 'M5V 2T6',
                phone: null, ...spec.address,
            },
            pickup: spec.pickup ?? false,
        });
        act.finish({ kind: 'location', id: BigInt(id) }, { location: this.locationState(location) });
        return location;
    }

    locationState(location) {
        return {
            id: BigInt(location.id), name: location.name, active: location.active,
            fulfills_online_orders: location.fulfillsOnlineOrders,
        };
    }

    // ---- products

    createProduct(spec, { quiet = false } = {}) {
        const { shop } = this;
        const act = shop.act('merchant', 'product_created');
        const id = shop.ids.next('Product');
        const title = spec.title ?? `Product ${id}`;
        const status = String(spec.status ?? 'ACTIVE').toUpperCase();
        this.checkStatus(status);
        const product = {
            __typename: 'Product', id, title, handle: spec.handle ?? `${slug(title)}-${id}`,
            vendor: spec.vendor ?? shop.name, productType: spec.product_type ?? '',
            tags: [...(spec.tags ?? [])].sort(), status,
            descriptionHtml: spec.description_html ?? '', options: [], media: [], variantIds: [],
            createdAt: act.at, updatedAt: act.at,
            publishedAt: status === 'ACTIVE' ? act.at : null,
        };
        product.media = (spec.images ?? []).map((image) => this.makeImage(image, act.at));
        this.makeOptions(product, spec);
        shop.store.add('product', id, product);
        for (const variant of spec.variants ?? [{}]) this.makeVariant(product, variant, act);
        this.finish(act, product, 'products/create', quiet);
        return product;
    }

    makeImage(image, at) {
        return {
            __typename: 'MediaImage', id: this.shop.ids.next('MediaImage'), url: String(image.url),
            alt: image.alt ?? '', width: image.width ?? 800, height: image.height ?? 800,
            createdAt: at,
        };
    }

    makeOptions(product, spec) {
        const options = spec.options ?? [{ name: 'Title', values: ['Default Title'] }];
        product.options = options.map((option, index) => ({
            __typename: 'ProductOption', id: this.shop.ids.next('ProductOption'),
            name: option.name, position: index + 1,
            values: option.values.map((name) => this.makeOptionValue(name)),
        }));
    }

    makeOptionValue(name) {
        return { __typename: 'ProductOptionValue', id: this.shop.ids.next('ProductOptionValue'), name };
    }

    /** A value that the product does not offer yet becomes one of its option's values. */
    learnOptionValues(product, values) {
        values.forEach((name, index) => {
            const option = product.options[index];
            if (!option) throw new Error(`the product has only ${index} options`);
            if (!option.values.some((value) => value.name === name)) {
                option.values.push(this.makeOptionValue(name));
            }
        });
    }

    makeVariant(product, spec, act) {
        const { shop } = this;
        const id = shop.ids.next('ProductVariant');
        const itemId = shop.ids.next('InventoryItem');
        const values = spec.options ?? product.options.map((option) => option.values[0].name);
        this.learnOptionValues(product, values);
        product.variantIds.push(id);
        const variant = shop.store.add('variant', id, {
            __typename: 'ProductVariant', id, productId: product.id, itemId,
            sku: spec.sku ?? null, barcode: spec.barcode ?? null,
            price: cents(spec.price, 'price') ?? 1000,
            compareAtPrice: cents(spec.compare_at_price, 'compare_at_price'),
            values, title: values.join(' / '), position: product.variantIds.length,
            taxable: spec.taxable ?? true, inventoryPolicy: spec.inventory_policy ?? 'DENY',
            createdAt: act.at, updatedAt: act.at,
        });
        shop.store.add('item', itemId, {
            __typename: 'InventoryItem', id: itemId, variantId: id, sku: variant.sku,
            tracked: spec.tracked ?? true, requiresShipping: spec.requires_shipping ?? true,
            grams: spec.grams ?? 250, cost: cents(spec.cost, 'cost'),
            createdAt: act.at, updatedAt: act.at,
        });
        for (const location of shop.store.all('location')) shop.levels.create(itemId, location.id);
        return variant;
    }

    checkStatus(status) {
        if (!STATUSES.includes(status)) {
            throw new Error(`status must be one of ${STATUSES.join(', ')}, not '${status}'`);
        }
    }

    finish(act, product, topic, quiet = false) {
        const { shop } = this;
        if (!quiet) act.send(topic, () => productBody(shop, product), product.id);
        act.finish({ kind: 'product', id: BigInt(product.id) },
            { product: this.productState(product) });
    }

    updateProduct(id, spec) {
        const act = this.shop.act('merchant', 'product_updated');
        const product = this.shop.store.edit('product', id, (next) => {
            for (const [key, field] of Object.entries(PRODUCT_FIELDS)) {
                if (spec[key] !== undefined) next[field] = spec[key];
            }
            next.status = String(next.status).toUpperCase();
            this.checkStatus(next.status);
            if (spec.images) next.media = spec.images.map((image) => this.makeImage(image, act.at));
            next.updatedAt = act.at;
            for (const variant of spec.variants ?? []) this.changeVariant(next, variant, act);
        });
        this.finish(act, product, 'products/update');
        return product;
    }

    /** With an id: changes that variant; with an id and delete: removes it; without: adds one. */
    changeVariant(product, spec, act) {
        const { store } = this.shop;
        if (spec.id === undefined) {
            this.makeVariant(product, spec, act);
            return;
        }
        const id = String(spec.id);
        if (!product.variantIds.includes(id)) throw new Error(`the product has no variant ${id}`);
        if (spec.delete) {
            this.dropVariant(id);
            product.variantIds = product.variantIds.filter((other) => other !== id);
            return;
        }
        const variant = store.edit('variant', id, (next) => {
            if (spec.sku !== undefined) next.sku = spec.sku;
            if (spec.barcode !== undefined) next.barcode = spec.barcode;
            if (spec.price !== undefined) next.price = parseCents(spec.price, 'price');
            next.updatedAt = act.at;
        });
        store.edit('item', variant.itemId, (item) => {
            item.sku = variant.sku;
            item.tracked = spec.tracked ?? item.tracked;
            item.updatedAt = act.at;
        });
    }

    dropVariant(id) {
        const { store } = this.shop;
        const { itemId } = store.get('variant', id);
        for (const level of this.shop.levels.ofItem(itemId)) {
            store.remove('level', `${itemId}@${level.locationId}`);
        }
        store.remove('item', itemId);
        store.remove('variant', id);
    }

    deleteProduct(id) {
        const product = this.shop.store.get('product', id);
        if (!product) throw new Error(`product ${id} does not exist`);
        const act = this.shop.act('merchant', 'product_deleted');
        for (const variantId of product.variantIds) this.dropVariant(variantId);
        this.shop.store.remove('product', id);
        act.send('products/delete', () => ({ id: BigInt(id) }), id);
        act.finish({ kind: 'product', id: BigInt(id) }, { product: null });
        return product;
    }

    // ---- what history and GET /control/state show

    productState(product) {
        return {
            id: BigInt(product.id), title: product.title, handle: product.handle,
            status: product.status, vendor: product.vendor, product_type: product.productType,
            tags: product.tags, created_at: exactTime(product.createdAt),
            updated_at: exactTime(product.updatedAt),
            images: product.media.map((image) => image.url),
            variants: product.variantIds.map((id) => this.variantState(id)),
        };
    }

    variantState(id) {
        const variant = this.shop.store.get('variant', id);
        const item = this.shop.store.get('item', variant.itemId);
        return {
            id: BigInt(id), inventory_item_id: BigInt(variant.itemId), sku: variant.sku,
            barcode: variant.barcode, title: variant.title, options: variant.values,
            price_cents: variant.price, tracked: item.tracked,
            requires_shipping: item.requiresShipping,
            stocked_at: this.shop.levels.ofItem(variant.itemId)
                .map((level) => BigInt(level.locationId)),
        };
    }

    /** Ids of all variants of active products, for random orders; kept until a product changes. */
    stockedVariantIds() {
        const size = this.shop.store.tables.variant.size;
        if (this.orderable?.size !== size) {
            const ids = [...this.shop.store.all('product')]
                .filter((product) => product.status === 'ACTIVE')
                .flatMap((product) => product.variantIds);
            this.orderable = { size, ids };
        }
        return this.orderable.ids.filter((id) => this.shop.store.get('variant', id) !== null);
    }

    variantBy({ sku, variant_id: variantId }) {
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

    /** SKUs are looked up often and change rarely: an index that checks itself. */
    bySku(sku) {
        const { store } = this.shop;
        const known = store.get('variant', this.skuIndex.get(sku));
        if (known && known.sku === sku) return known;
        this.skuIndex.clear();
        for (const variant of store.all('variant')) {
            if (variant.sku !== null && !this.skuIndex.has(variant.sku)) {
                this.skuIndex.set(variant.sku, variant.id);
            }
        }
        return store.get('variant', this.skuIndex.get(sku));
    }
}
