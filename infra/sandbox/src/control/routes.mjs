// routes.mjs: the control API: what a merchant, shoppers, staff and bad luck do to the shop.
//
// Loopback only, JSON in and out, no token.  Ids in answers are exact integers.  A handler takes
// ({shop, body, params, query}) and returns the answer; a thrown Error is a 400 with its message.
//
// SPDX-License-Identifier: Apache-2.0
import { applyConfig } from '../config.mjs';
import { exactTime } from '../clock.mjs';
import { gid } from '../ids.mjs';
import { seedShop } from '../domain/seed.mjs';
import { KNOWN_ACTS, People } from '../people/people.mjs';
import { SERVED } from '../api/resolvers.mjs';
import { APP_ROUTES, setScopes } from './app-routes.mjs';
import { ORDER_ROUTES } from './order-routes.mjs';
import { levelsState, shopState } from './state.mjs';

const big = (id) => BigInt(id);
const last = (value) => String(value).split('/').pop();

/** An answer of JSON lines: a stream, or null for none. */
export class Lines {
    constructor(stream) {
        this.stream = stream;
    }
}

// ---- catalog and stock

function productAnswer(shop, product) {
    return { gid: gid('Product', product.id), ...shop.catalog.productState(product) };
}

function changeProduct({ shop, params, body }) {
    const id = last(params.id);
    if (!shop.store.get('product', id)) throw new Error(`no product ${id} in this shop`);
    return productAnswer(shop, shop.catalog.updateProduct(id, body));
}

function catalog({ shop }) {
    return {
        variants: [...shop.store.all('variant')].map((variant) => ({
            variant_id: big(variant.id), product_id: big(variant.productId),
            inventory_item_id: big(variant.itemId), sku: variant.sku, barcode: variant.barcode,
        })),
        locations: [...shop.store.all('location')].map((location) =>
            shop.locations.state(location)),
    };
}

function findLocation(shop, key) {
    const location = shop.store.get('location', last(key))
        ?? shop.store.first('location', ({ name }) => name === key);
    if (!location) throw new Error(`no location '${key}' in this shop`);
    return location;
}

/** body: {sku|variant_id, location, and one of on_hand, available, delta; reason}. */
function inventory({ shop, body }) {
    const { itemId } = shop.variants.by(body);
    const location = findLocation(shop, body.location);
    const given = ['on_hand', 'available', 'delta'].filter((name) => body[name] !== undefined);
    if (given.length !== 1 || !Number.isInteger(body[given[0]])) {
        throw new Error('give exactly one of on_hand, available or delta, a whole number');
    }
    const name = given[0] === 'delta' ? 'available' : given[0];
    const { act, delta } = shop.levels.adjustByStaff({
        itemId, locationId: location.id, name, delta: body.delta, reason: body.reason,
        quantity: given[0] === 'delta' ? undefined : body[name],
    });
    return { at: exactTime(act.at), delta, ...levelsState(shop, itemId, location.id),
        seq: shop.history.lastSeq };
}

function seed({ shop, body }) {
    const started = Date.now();
    const { locations } = seedShop(shop, body);
    return {
        locations: locations.map((location) => ({
            ...shop.locations.state(location), gid: gid('Location', location.id),
        })),
        products: [...shop.store.all('product')].length,
        variants: [...shop.store.all('variant')].length,
        orders: [...shop.store.all('order')].length,
        seq: shop.history.lastSeq, took_ms: Date.now() - started,
    };
}

// ---- watching

const number = (query, name, initial) => {
    const text = query.get(name);
    if (text === null) return initial;
    if (!/^\d+$/.test(text)) throw new Error(`${name} must be a number, not '${text}'`);
    return Number(text);
};

const journal = (name) => ({ shop, query }) => new Lines(shop.history[name].lines(
    number(query, 'since', 0), number(query, 'limit', Infinity)));

const webhooks = ({ shop, query }) => ({
    counts: shop.webhooks.counts(), dropped: shop.webhooks.dropped,
    debounced: shop.webhooks.debounced,
    waiting: shop.webhooks.waiting.length,
    deliveries: shop.webhooks.shown({ topic: query.get('topic'), status: query.get('status') }),
});

// ---- the machine

const shownConfig = ({ shop }) => ({ ...shop.config, scopes: shop.access.scopes });

function configure({ shop, body }) {
    const { scopes, ...options } = body;
    if (scopes !== undefined) setScopes(shop, scopes);
    applyConfig(shop.config, options);
    if (body.bucket_maximum !== undefined) shop.bucket.fill(); // another plan begins with a full one
    return shownConfig({ shop });
}

function addFaults({ shop, body }) {
    const rules = Array.isArray(body) ? body : [body];
    return { ids: rules.map((rule) => shop.faults.add(rule)) };
}

function moveClock({ shop, body }) {
    if (!Number.isSafeInteger(body.offset_us)) {
        throw new Error('offset_us must be a whole number of microseconds');
    }
    shop.clock.setOffset(body.offset_us);
    return { offset_us: shop.clock.offset, now: exactTime(shop.clock.now()) };
}

const health = ({ shop }) => ({
    status: 'ok', now: exactTime(shop.clock.now()), seq: shop.history.lastSeq, served: SERVED,
});

export const ROUTES = [
    ['GET', '/control/health', health],
    ['POST', '/control/seed', seed],
    ['GET', '/control/catalog', catalog],
    ['POST', '/control/locations', ({ shop, body }) =>
        shop.locations.state(shop.locations.create(body))],
    ['POST', '/control/products', ({ shop, body }) =>
        productAnswer(shop, shop.catalog.createProduct(body))],
    ['PUT', '/control/products/:id', changeProduct],
    ['POST', '/control/products/edit-all', ({ shop, body }) =>
        ({ edited: shop.catalog.editAll(body).map(big) })],
    ['DELETE', '/control/products/:id', ({ shop, params }) =>
        ({ deleted: big(shop.catalog.deleteProduct(last(params.id)).id) })],
    ['POST', '/control/inventory', inventory],
    ['GET', '/control/people', () => ({ known: KNOWN_ACTS })],
    ['POST', '/control/people', ({ shop, body }) => new People(shop, body).play()],
    ...ORDER_ROUTES,
    ['GET', '/control/state', ({ shop }) => shopState(shop)],
    ['GET', '/control/history', journal('acts')],
    ['GET', '/control/effects', journal('effects')],
    ['GET', '/control/webhooks', webhooks],
    ['GET', '/control/neutral', ({ shop }) => Object.fromEntries([...shop.neutral].sort())],
    ['GET', '/control/config', shownConfig],
    ['POST', '/control/config', configure],
    ['GET', '/control/faults', ({ shop }) => ({ faults: shop.faults.list() })],
    ['POST', '/control/faults', addFaults],
    ['DELETE', '/control/faults', ({ shop }) => {
        shop.faults.clear();
        return {};
    }],
    ['POST', '/control/clock', moveClock],
    ...APP_ROUTES,
    ['POST', '/control/reset', ({ shop }) => {
        shop.reset();
        return {};
    }],
];

