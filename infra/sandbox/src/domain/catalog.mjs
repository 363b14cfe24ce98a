// catalog.mjs: products as merchants make, change and delete them.
//
// Their variants are variants.mjs's business.  Shopify tells the app by products/* webhooks.  The
// shapes inside are the sandbox's own; rest/ and api/ turn them into Shopify's.
//
// SPDX-License-Identifier: Apache-2.0
import { exactTime } from '../clock.mjs';
import { productBody } from '../rest/product.mjs';
import { metafieldState, withMetafields } from './metafields.mjs';

const PRODUCT_FIELDS = {
    title: 'title', handle: 'handle', vendor: 'vendor', product_type: 'productType',
    status: 'status', description_html: 'descriptionHtml', gift_card: 'giftCard', seo: 'seo',
    template_suffix: 'templateSuffix',
};
const KEYS = [...Object.keys(PRODUCT_FIELDS), 'tags', 'images', 'options', 'variants', 'category',
    'metafields', 'id'];
const STATUSES = ['ACTIVE', 'DRAFT', 'ARCHIVED', 'UNLISTED'];

export const slug = (title) => title.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');

function checkKeys(spec) {
    for (const key of Object.keys(spec)) {
        if (!KEYS.includes(key)) throw new Error(`a product has no '${key}'; known: ${KEYS.join(', ')}`);
    }
}

/** {id, name, full_name} of the taxonomy; null takes it away. */
function categoryOf(wish) {
    if (wish === null || wish === undefined) return null;
    if (!/^[a-z]{2}(-\d+)*$/.test(wish.id ?? '')) throw new Error('a category needs an id like "aa-1-4"');
    return { id: wish.id, name: wish.name ?? wish.id, fullName: wish.full_name ?? wish.name ?? wish.id };
}

export class Catalog {
    constructor(shop) {
        this.shop = shop;
    }

    // ---- products

    createProduct(spec, { quiet = false, actor = 'merchant' } = {}) {
        const { shop } = this;
        checkKeys(spec);
        const act = shop.act(actor, 'product_created');
        const id = shop.ids.next('Product');
        const title = spec.title ?? `Product ${id}`;
        const status = String(spec.status ?? 'ACTIVE').toUpperCase();
        this.checkStatus(status);
        const product = {
            __typename: 'Product', id, title, handle: spec.handle ?? `${slug(title)}-${id}`,
            vendor: spec.vendor ?? shop.name, productType: spec.product_type ?? '',
            tags: [...(spec.tags ?? [])].sort(), status, giftCard: spec.gift_card ?? false,
            descriptionHtml: spec.description_html ?? '', seo: spec.seo ?? null,
            templateSuffix: spec.template_suffix ?? null, options: [], media: [], variantIds: [],
            category: categoryOf(spec.category), metafields: withMetafields(shop, [], spec.metafields, act.at),
            createdAt: act.at, updatedAt: act.at,
            publishedAt: status === 'ACTIVE' ? act.at : null,
        };
        product.media = (spec.images ?? []).map((image) => this.makeImage(image, act.at));
        this.makeOptions(product, spec.options ?? [{ name: 'Title', values: ['Default Title'] }]);
        shop.store.add('product', id, product);
        for (const variant of spec.variants ?? [{}]) shop.variants.make(product, variant, act, quiet);
        shop.events.note('PRODUCT', id, 'create', act.at);
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

    /** Options by name: one that stays keeps its id and the ids of its values. */
    makeOptions(product, options) {
        const known = new Map(product.options.map((option) => [option.name, option]));
        product.options = options.map(({ name, values }, index) => {
            const old = known.get(name);
            return {
                __typename: 'ProductOption', id: old?.id ?? this.shop.ids.next('ProductOption'), name,
                position: index + 1,
                values: values.map((value) => old?.values.find((entry) => entry.name === value)
                    ?? this.makeOptionValue(value)),
            };
        });
    }

    makeOptionValue(name) {
        return { __typename: 'ProductOptionValue', name,
            id: this.shop.ids.next('ProductOptionValue') };
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

    get(id) {
        const product = this.shop.store.get('product', String(id));
        if (!product) throw new Error(`product ${id} does not exist`);
        return product;
    }

    updateProduct(id, spec, actor = 'merchant') {
        checkKeys(spec);
        const { shop } = this;
        shop.variants.check(this.get(id), spec.variants ?? []);
        shop.variants.orderable = null;
        const act = shop.act(actor, 'product_updated');
        const product = shop.store.edit('product', id, (next) => {
            this.changeHead(next, spec, act);
            if (spec.options) this.makeOptions(next, spec.options);
            for (const variant of spec.variants ?? []) shop.variants.apply(next, variant, act);
            shop.variants.number(next);
        });
        this.finish(act, product, 'products/update');
        return product;
    }

    changeHead(next, spec, act) {
        for (const [key, field] of Object.entries(PRODUCT_FIELDS)) {
            if (spec[key] !== undefined) next[field] = spec[key];
        }
        next.status = String(next.status).toUpperCase();
        this.checkStatus(next.status);
        if (next.status === 'ACTIVE') next.publishedAt ??= act.at;
        if (spec.tags) next.tags = [...spec.tags].sort();
        if (spec.images) next.media = spec.images.map((image) => this.makeImage(image, act.at));
        if (spec.category !== undefined) next.category = categoryOf(spec.category);
        next.metafields = withMetafields(this.shop, next.metafields, spec.metafields, act.at);
        next.updatedAt = act.at;
    }

    deleteProduct(id, actor = 'merchant') {
        const { shop } = this;
        const product = this.get(id);
        const act = shop.act(actor, 'product_deleted');
        for (const variantId of product.variantIds) shop.variants.drop(variantId, act);
        shop.store.remove('product', product.id);
        shop.events.note('PRODUCT', product.id, 'destroy', act.at);
        act.send('products/delete', () => ({ id: BigInt(id) }), id);
        act.finish({ kind: 'product', id: BigInt(id) }, { product: null });
        return product;
    }

    /** The same change for many products, each an act of its own. where: {tag, vendor, product_type}. */
    editAll({ where = {}, set = {} }) {
        const tests = { tag: ({ tags }, tag) => tags.includes(tag), vendor: ({ vendor }, name) =>
            vendor === name, product_type: ({ productType }, type) => productType === type };
        for (const key of Object.keys(where)) {
            if (!tests[key]) throw new Error(`where knows ${Object.keys(tests).join(', ')}, not '${key}'`);
        }
        const ids = [...this.shop.store.all('product')].filter((product) =>
            Object.entries(where).every(([key, value]) => tests[key](product, value)))
            .map(({ id }) => id);
        for (const id of ids) this.updateProduct(id, set);
        return ids;
    }

    // ---- what history and GET /control/state show

    productState(product) {
        return {
            id: BigInt(product.id), title: product.title, handle: product.handle,
            status: product.status, vendor: product.vendor, product_type: product.productType,
            tags: product.tags, description_html: product.descriptionHtml,
            category: product.category && { id: product.category.id, name: product.category.name,
                full_name: product.category.fullName },
            gift_card: product.giftCard, metafields: product.metafields.map(metafieldState),
            created_at: exactTime(product.createdAt), updated_at: exactTime(product.updatedAt),
            published_at: exactTime(product.publishedAt),
            images: product.media.map((image) => image.url),
            options: product.options.map(({ id, name, values }) => ({
                id: BigInt(id), name, values: values.map((value) => value.name),
            })),
            variants: product.variantIds.map((id) => this.shop.variants.state(id, product)),
        };
    }
}
