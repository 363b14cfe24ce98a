// order-routes.mjs: what shoppers and staff do to orders, through the control API.
//
// An order may be named by id, gid or name.  Every answer shows the order after the act.
//
// SPDX-License-Identifier: Apache-2.0
import { exactTime } from '../clock.mjs';
import { gid } from '../ids.mjs';
import { orderState, returnState } from '../domain/order-state.mjs';
import { orderBody } from '../rest/order.mjs';

const big = (id) => BigInt(id);
const last = (value) => String(value).split('/').pop();

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

/** The order as the body of a webhook would show it now. */
const showBody = ({ shop, params }) => orderBody(shop, findOrder(shop, params.id));

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

// ---- returns

function returnAnswer(shop, { order, return: found, at }) {
    return { ...orderAnswer(shop, { order, at }), return: returnState(order, found) };
}

/** body.requested: the shopper asks and staff decides later; else staff opens it at once. */
function makeReturn({ shop, params, body }) {
    const order = findOrder(shop, params.id);
    const { requested = false, ...spec } = body;
    return returnAnswer(shop, requested ? shop.returns.request(order.id, spec)
        : shop.returns.open(order.id, spec));
}

function tillReturn({ shop, params, body }) {
    const order = findOrder(shop, params.id);
    return returnAnswer(shop, shop.returns.atTill(order.id, body));
}

const onReturn = (act) => ({ shop, params, body }) =>
    returnAnswer(shop, act(shop.returns, last(decodeURIComponent(params.id)), body));

const PAYMENT_ROUTES = [
    ['POST', '/control/orders/:id/capture', onOrder((shop, order, body) =>
        shop.payments.capture(order.id, body))],
    ['POST', '/control/orders/:id/void', onOrder((shop, order) => shop.payments.void(order.id))],
    ['POST', '/control/orders/:id/pay', onOrder((shop, order, body) =>
        shop.payments.pay(order.id, body))],
    ['POST', '/control/orders/:id/risk', onOrder((shop, order, body) =>
        shop.risk.assess(order.id, body))],
];

const RETURN_ROUTES = [
    ['POST', '/control/orders/:id/returns', makeReturn],
    ['POST', '/control/orders/:id/till-return', tillReturn],
    ['POST', '/control/returns/:id/approve', onReturn((returns, id) => returns.approve(id))],
    ['POST', '/control/returns/:id/decline', onReturn((returns, id, body) =>
        returns.decline(id, body))],
    ['POST', '/control/returns/:id/cancel', onReturn((returns, id) => returns.cancel(id))],
    ['POST', '/control/returns/:id/reduce', onReturn((returns, id, body) => returns.reduce(id, body))],
    ['POST', '/control/returns/:id/receive', onReturn((returns, id, body) =>
        returns.receive(id, body))],
    ['POST', '/control/returns/:id/process', onReturn((returns, id, body) =>
        returns.process(id, body))],
    ['POST', '/control/returns/:id/close', onReturn((returns, id) => returns.close(id))],
    ['POST', '/control/returns/:id/reopen', onReturn((returns, id) => returns.reopen(id))],
];

export const ORDER_ROUTES = [
    ['POST', '/control/orders', placeOrders],
    ['GET', '/control/orders/:id', showOrder],
    ['DELETE', '/control/orders/:id', ({ shop, params }) =>
        ({ deleted: big(shop.orders.delete(findOrder(shop, params.id).id).order.id) })],
    ['GET', '/control/orders/:id/body', showBody],
    ['POST', '/control/orders/:id/edit', onOrder((shop, order, body) =>
        shop.edits.edit(order.id, body))],
    ['POST', '/control/orders/:id/cancel', onOrder((shop, order, body) =>
        shop.orders.cancel(order.id, body))],
    ['POST', '/control/orders/:id/refund', onOrder((shop, order, body) =>
        shop.refunds.refund(order.id, body))],
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
    ...PAYMENT_ROUTES, ...RETURN_ROUTES,
];
