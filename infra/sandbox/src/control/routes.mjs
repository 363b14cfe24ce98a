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
import { orderState } from '../domain/order-state.mjs';
import { SERVED } from '../api/resolvers.mjs';
import { levelsState, shopState } from './state.mjs';

const big = (id) => BigInt(id);
const last = (value) => String(value).split('/').pop();

export class Lines {
    constructor(text) {
        this.text = text;
    }
}

function orderAnswer(shop, { order, at }) {
    const now = shop.store.get('order', order.id);
    return {
        id: big(order.id), gid: gid('Order', order.id), name: order.name, at: exactTime(at),
        lines: now.lines.map((line) => ({
            id: big(line.id), gid: gid('LineItem', line.id), sku: line.sku, quantity: line.quantity,
            variant_id: line.variantId === null ? null : big(line.variantId),
            location_id: line.locationId === null ? null : big(line.locationId),
        })),
        seq: shop.history.lastSeq,
    };
}

/** An order by its id, its gid or its name ("#1001" or "1001"). */
function findOrder(shop, key) {
    const text = decodeURIComponent(key);
    const direct = shop.store.get('order', last(text));
    if (direct) return direct;
    const named = shop.store.first('order', ({ name }) => name.replace('#', '') === text.replace('#', ''));
    if (!named) throw Object.assign(new Error(`no order ${text} in this shop`), { status: 404 });
    return named;
}

// ---- orders

function placeOrders({ shop, body }) {
    if (body.count === undefined) return orderAnswer(shop, shop.orders.place(body));
    if (!Number.isInteger(body.count) || body.count < 1 || body.count > 10_000) {
        throw new Error('count must be a whole number from 1 to 10000');
    }
    const orders = [];
    for (let i = 0; i < body.count; i += 1) orders.push(orderAnswer(shop, shop.orders.place(body)));
    return { orders };
}

function showOrder({ shop, params }) {
    const order = findOrder(shop, params.id);
    return {
        ...orderState(shop, order),
        fulfillment_orders: shop.fulfillment.states(shop.fulfillment.ofOrder(order.id)
            .map(({ id }) => id)),
    };
}

const onOrder = (act) => ({ shop, params, body }) =>
    orderAnswer(shop, act(shop, findOrder(shop, params.id), body));

/** Units wanted by line ({line_id|sku, quantity}), spread over the order's open work. */
function workFor(shop, order, wanted) {
    const open = shop.fulfillment.openOf(order.id).filter(({ status }) => status !== 'ON_HOLD');
    if (open.length === 0) {
        throw new Error(`${order.name} has no open fulfilment order (yet): they come `
            + `${shop.config.fo_delay_ms} ms after the order`);
    }
    const left = new Map((wanted ?? []).map(({ line_id: lineId, sku, quantity }) => {
        const line = order.lines.find((entry) =>
            (lineId === undefined ? entry.sku === sku : entry.id === String(lineId)));
        if (!line) throw new Error(`${order.name} has no line ${lineId ?? sku}`);
        return [line.id, quantity];
    }));
    const groups = open.map((target) => ({ target, units: target.lines.flatMap((entry) => {
        const take = wanted ? Math.min(entry.remaining, left.get(entry.lineId) ?? 0) : entry.remaining;
        if (wanted) left.set(entry.lineId, (left.get(entry.lineId) ?? 0) - take);
        return take > 0 ? [[entry.id, take]] : [];
    }) })).filter(({ units }) => units.length > 0);
    if ([...left.values()].some((quantity) => quantity > 0)) {
        throw new Error(`${order.name} has not that many units left to fulfil`);
    }
    return groups;
}

/** body: {lines, tracking: {company, numbers, urls} | null, notify}; one parcel per location. */
function fulfill({ shop, params, body }) {
    const order = findOrder(shop, params.id);
    const tracking = body.tracking
        ? { company: null, numbers: [], urls: [], ...body.tracking } : undefined;
    const places = new Map();
    for (const { target, units } of workFor(shop, order, body.lines)) {
        const work = places.get(target.locationId) ?? [];
        places.set(target.locationId, [...work, { id: target.id, units }]);
    }
    const made = [...places.values()].map((work) =>
        shop.fulfillment.ship('staff', order.id, work, { tracking, notify: body.notify }));
    return {
        ...orderAnswer(shop, { order, at: made.at(-1).createdAt }),
        fulfillments: made.map(({ id, name }) =>
            ({ id: big(id), gid: gid('Fulfillment', id), name })),
    };
}

function hold({ shop, params, body }) {
    const order = findOrder(shop, params.id);
    const targets = shop.fulfillment.openOf(order.id);
    for (const { id } of targets) {
        const { message } = shop.holds.hold('staff', id, {
            reason: String(body.reason ?? 'OTHER').toUpperCase(), reasonNotes: body.notes ?? null,
            handle: body.handle ?? '',
        });
        if (message) throw new Error(message);
    }
    return { held: targets.map(({ id }) => big(id)) };
}

function release({ shop, params }) {
    const order = findOrder(shop, params.id);
    const held = shop.fulfillment.openOf(order.id).filter(({ status }) => status === 'ON_HOLD');
    for (const { id } of held) shop.holds.release('staff', id, null);
    return { released: held.map(({ id }) => big(id)) };
}

function move({ shop, params, body }) {
    const order = findOrder(shop, params.id);
    const place = last(body.location_id);
    if (!shop.store.get('location', place)) throw new Error(`no location ${place} in this shop`);
    const moved = shop.fulfillment.openOf(order.id).filter(({ locationId }) => locationId !== place)
        .map(({ id }) => shop.holds.move('staff', id, place, null).moved);
    return { moved: moved.map(({ id }) => big(id)) };
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
            shop.catalog.locationState(location)),
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
    const { itemId } = shop.catalog.variantBy(body);
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
            ...shop.catalog.locationState(location), gid: gid('Location', location.id),
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

const history = ({ shop, query }) => new Lines(shop.history.lines(shop.history.entries,
    number(query, 'since', 0), number(query, 'limit', Infinity)));

const effects = ({ shop, query }) => new Lines(shop.history.lines(shop.history.effects,
    number(query, 'since', 0), number(query, 'limit', Infinity)));

const webhooks = ({ shop, query }) => ({
    counts: shop.webhooks.counts(), dropped: shop.webhooks.dropped,
    waiting: shop.webhooks.waiting.length,
    deliveries: shop.webhooks.shown({ topic: query.get('topic'), status: query.get('status') }),
});

// ---- the machine

function configure({ shop, body }) {
    applyConfig(shop.config, body);
    if (body.bucket_maximum !== undefined) shop.bucket.fill(); // another plan begins with a full one
    return shop.config;
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

function uninstall({ shop }) {
    const act = shop.act('merchant', 'app_uninstalled');
    act.send('app/uninstalled', () => ({
        id: 64000000001n, name: shop.name, domain: shop.domain, myshopify_domain: shop.domain,
        email: `owner@${shop.domain}`, currency: shop.currency, iana_timezone: 'America/New_York',
    }), null);
    act.finish({ kind: 'shop', id: 64000000001n }, {});
    return { at: exactTime(act.at) };
}

const health = ({ shop }) => ({
    status: 'ok', now: exactTime(shop.clock.now()), seq: shop.history.lastSeq, served: SERVED,
});

export const ROUTES = [
    ['GET', '/control/health', health],
    ['POST', '/control/seed', seed],
    ['GET', '/control/catalog', catalog],
    ['POST', '/control/locations', ({ shop, body }) =>
        shop.catalog.locationState(shop.catalog.createLocation(body))],
    ['POST', '/control/products', ({ shop, body }) =>
        productAnswer(shop, shop.catalog.createProduct(body))],
    ['PUT', '/control/products/:id', changeProduct],
    ['DELETE', '/control/products/:id', ({ shop, params }) =>
        ({ deleted: big(shop.catalog.deleteProduct(last(params.id)).id) })],
    ['POST', '/control/inventory', inventory],
    ['POST', '/control/orders', placeOrders],
    ['GET', '/control/orders/:id', showOrder],
    ['POST', '/control/orders/:id/edit', onOrder((shop, order, body) =>
        shop.orders.edit(order.id, body))],
    ['POST', '/control/orders/:id/cancel', onOrder((shop, order, body) =>
        shop.orders.cancel(order.id, body))],
    ['POST', '/control/orders/:id/refund', onOrder((shop, order, body) =>
        shop.orders.refund(order.id, body))],
    ['POST', '/control/orders/:id/update', onOrder((shop, order, body) =>
        shop.orders.update(order.id, body))],
    ['POST', '/control/orders/:id/address', onOrder((shop, order, body) =>
        shop.orders.update(order.id, { shipping_address: body }))],
    ['POST', '/control/orders/:id/fulfill', fulfill],
    ['POST', '/control/orders/:id/hold', hold],
    ['POST', '/control/orders/:id/release', release],
    ['POST', '/control/orders/:id/move', move],
    ['POST', '/control/fulfillments/:id/cancel', ({ shop, params }) =>
        ({ cancelled: big(shop.fulfillment.cancelParcel('staff', last(params.id)).id) })],
    ['GET', '/control/state', ({ shop }) => shopState(shop)],
    ['GET', '/control/history', history],
    ['GET', '/control/effects', effects],
    ['GET', '/control/webhooks', webhooks],
    ['GET', '/control/neutral', ({ shop }) => Object.fromEntries([...shop.neutral].sort())],
    ['GET', '/control/config', ({ shop }) => shop.config],
    ['POST', '/control/config', configure],
    ['GET', '/control/faults', ({ shop }) => ({ faults: shop.faults.list() })],
    ['POST', '/control/faults', addFaults],
    ['DELETE', '/control/faults', ({ shop }) => {
        shop.faults.clear();
        return {};
    }],
    ['POST', '/control/clock', moveClock],
    ['POST', '/control/uninstall', uninstall],
    ['POST', '/control/reset', ({ shop }) => {
        shop.reset();
        return {};
    }],
];

