// fulfillment.mjs: fulfilment orders, and the parcels made out of them.
//
// Shopify splits an order by location into fulfilment orders, a moment after it was placed; they
// hold what is left to ship.  A fulfilment takes units from them: committed and on_hand fall.
// Changes of a fulfilment order do not touch the order's updatedAt, as at the real one.
//
// SPDX-License-Identifier: Apache-2.0
import { gid } from '../ids.mjs';
import { toSecond, US_PER_S } from '../clock.mjs';
import { fulfillmentBody } from '../rest/order.mjs';
import { fulfillmentStatus, unfulfilledQuantity } from './totals.mjs';
import { fulfillmentOrderState, fulfillmentState, orderState } from './order-state.mjs';

const OPEN_STATUSES = ['OPEN', 'IN_PROGRESS', 'ON_HOLD', 'SCHEDULED'];
const METHODS = {
    shipping: 'SHIPPING', pickup: 'PICK_UP', local: 'LOCAL', none: 'NONE', retail: 'RETAIL',
};
const HOUR_US = 3_600 * US_PER_S;

export const isOpen = (fulfillmentOrder) => OPEN_STATUSES.includes(fulfillmentOrder.status);

export class Fulfillment {
    constructor(shop) {
        this.shop = shop;
        this.timers = new Set();
        this.clear();
    }

    clear() {
        this.byOrder = new Map(); // order id -> ids of its fulfilment orders
        this.owners = new Map(); // fulfilment id -> order id
    }

    /** A deleted order takes its fulfilment orders with it. */
    forget(order) {
        for (const id of this.byOrder.get(order.id) ?? []) this.shop.store.remove('fulfillmentOrder', id);
        this.byOrder.delete(order.id);
        for (const { id } of order.fulfillments) this.owners.delete(id);
    }

    ofOrder(orderId) {
        return (this.byOrder.get(orderId) ?? [])
            .map((id) => this.shop.store.get('fulfillmentOrder', id));
    }

    openOf(orderId) {
        return this.ofOrder(orderId).filter(isOpen);
    }

    statusOf(order) {
        return fulfillmentStatus(order, this.openOf(order.id).map(({ status }) => status));
    }

    // ---- making fulfilment orders

    routeLater(orderId, delayMs = this.shop.config.fo_delay_ms) {
        if (delayMs === 0) {
            this.route(orderId);
            return;
        }
        const timer = setTimeout(() => {
            this.timers.delete(timer);
            this.route(orderId);
        }, delayMs);
        this.timers.add(timer);
    }

    stop() {
        for (const timer of this.timers) clearTimeout(timer);
        this.timers.clear();
    }

    route(orderId) {
        const { shop } = this;
        const order = shop.store.get('order', orderId);
        if (!order || order.routed) return;
        const act = shop.act('shopify', 'order_routed');
        shop.store.edit('order', orderId, (next) => { next.routed = true; });
        const places = new Map();
        for (const line of order.lines) {
            if (unfulfilledQuantity(line) === 0) continue;
            if (!places.has(line.locationId)) places.set(line.locationId, []);
            places.get(line.locationId).push([line, unfulfilledQuantity(line)]);
        }
        const made = order.cancelledAt !== null ? []
            : [...places].map(([locationId, work]) => this.make(order, locationId, work, act.at));
        for (const { id, status } of made) {
            act.send('fulfillment_orders/order_routing_complete', () => ({
                fulfillment_order: { id: gid('FulfillmentOrder', id), status: status.toLowerCase() },
            }), id);
        }
        this.finishOrders(act, order, made.map(({ id }) => id));
    }

    make(order, locationId, work, at, like = {}) {
        const { shop } = this;
        const id = shop.ids.next('FulfillmentOrder');
        const fulfillmentOrder = shop.store.add('fulfillmentOrder', id, {
            __typename: 'FulfillmentOrder', id, orderId: order.id, locationId, status: 'OPEN',
            requestStatus: 'UNSUBMITTED', createdAt: at, updatedAt: at,
            fulfillAt: Math.floor(toSecond(at) / HOUR_US) * HOUR_US, holds: [],
            deliveryMethodId: like.deliveryMethodId ?? shop.ids.next('DeliveryMethod'),
            methodType: METHODS[order.delivery],
            lines: work.map(([line, quantity]) => ({
                __typename: 'FulfillmentOrderLineItem',
                id: shop.ids.next('FulfillmentOrderLineItem'), lineId: line.id,
                total: quantity, remaining: quantity,
            })),
        });
        this.byOrder.set(order.id, [...this.byOrder.get(order.id) ?? [], id]);
        return fulfillmentOrder;
    }

    /** History of acts whose main object is a set of fulfilment orders. */
    finishOrders(act, order, ids) {
        for (const id of ids) this.note(act, id);
        // the order's own record did not change, but its derived status may have
        return this.shop.orders.finish(act, order);
    }

    states(ids) {
        return ids.map((id) =>
            fulfillmentOrderState(this.shop.store.get('fulfillmentOrder', id)));
    }

    edit(act, id, change) {
        return this.shop.store.edit('fulfillmentOrder', id, (next) => {
            change(next);
            next.updatedAt = act.at;
        });
    }

    // ---- work added and removed by edits, refunds and cancellations

    /** Units added by an edit become a fulfilment order of their own. */
    addWork(act, orderId, line, quantity) {
        const order = this.shop.store.get('order', orderId);
        if (!order.routed) return; // routing will see the new quantity
        const { id } = this.make(order, line.locationId, [[line, quantity]], act.at);
        this.note(act, id);
    }

    /** Takes unfulfilled units out of the line's open work; returns the (first) location. */
    removeWork(act, orderId, line, quantity, restock) {
        const drop = (locationId, units) => act.level(line.itemId, locationId,
            restock ? { committed: -units, available: units } : { committed: -units });
        let left = quantity;
        let place = null;
        for (const fulfillmentOrder of this.openOf(orderId).reverse()) {
            const entry = fulfillmentOrder.lines.find(({ lineId }) => lineId === line.id);
            const units = Math.min(left, entry?.remaining ?? 0);
            if (units === 0) continue;
            drop(fulfillmentOrder.locationId, units);
            place ??= fulfillmentOrder.locationId;
            left -= units;
            this.takeUnits(act, fulfillmentOrder.id, [[entry.id, units]], true);
        }
        if (left > 0) { // not routed yet
            drop(line.locationId, left);
            place ??= line.locationId;
        }
        return place;
    }

    /** Lowers remaining units, and the total as well when they are gone rather than shipped. */
    takeUnits(act, id, units, gone) {
        this.edit(act, id, (next) => {
            for (const [lineId, quantity] of units) {
                const entry = next.lines.find((line) => line.id === lineId);
                entry.remaining -= quantity;
                if (gone) entry.total -= quantity;
            }
            if (next.lines.every(({ remaining }) => remaining === 0)) next.status = 'CLOSED';
            else if (!gone && next.status === 'OPEN') next.status = 'IN_PROGRESS';
        });
        this.note(act, id);
    }

    /** Remembers on the act that a fulfilment order changed, for its history entry. */
    note(act, id) {
        act.fulfillmentOrders ??= new Set();
        act.fulfillmentOrders.add(id);
    }

    closeAll(act, orderId) {
        for (const { id } of this.openOf(orderId)) {
            this.edit(act, id, (next) => { next.status = 'CLOSED'; });
            this.note(act, id);
        }
    }

    // ---- parcels

    /**
     * Ships units: work is [{id, units: [[fulfilment-order line id, quantity]]}] of one order and
     * one location, checked by the caller.  tracking is {company, numbers, urls}.
     */
    ship(actor, orderId, work, { tracking, notify = false } = {}) {
        const { shop } = this;
        const act = shop.act(actor, 'fulfillment_created');
        const order = shop.store.get('order', orderId);
        const first = shop.store.get('fulfillmentOrder', work[0].id);
        const fulfillment = {
            __typename: 'Fulfillment', id: shop.ids.next('Fulfillment'), orderId,
            name: `${order.name}.${order.fulfillments.length + 1}`, status: 'SUCCESS',
            locationId: first.locationId, createdAt: act.at, updatedAt: act.at, lines: [],
            tracking: tracking ?? { company: null, numbers: [], urls: [] }, notify, events: [],
        };
        this.owners.set(fulfillment.id, orderId);
        for (const { id, units } of work) this.shipFrom(act, fulfillment, id, units);
        const next = shop.orders.change(act, orderId, (changed) => {
            for (const { lineId, quantity } of fulfillment.lines) {
                changed.lines.find((line) => line.id === lineId).fulfilled += quantity;
            }
            changed.fulfillments.push(fulfillment);
            shop.orders.archiveIfDone(changed, act.at);
        });
        act.send('fulfillments/create', () => this.body(orderId, fulfillment.id), fulfillment.id);
        shop.orders.notify(act, this.statusOf(next) === 'FULFILLED' ? 'orders/fulfilled'
            : 'orders/partially_fulfilled', orderId);
        this.finishParcel(act, next, fulfillment);
        return fulfillment;
    }

    /** Hands everything over at once, parcel by location: a sale at a till. */
    shipAll(actor, orderId, options = {}) {
        const places = new Map();
        for (const { id, locationId, lines } of this.openOf(orderId)) {
            const units = lines.filter(({ remaining }) => remaining > 0)
                .map((line) => [line.id, line.remaining]);
            if (units.length === 0) continue;
            places.set(locationId, [...places.get(locationId) ?? [], { id, units }]);
        }
        return [...places.values()].map((work) => this.ship(actor, orderId, work, options));
    }

    body(orderId, fulfillmentId) {
        return fulfillmentBody(this.shop, this.shop.store.get('order', orderId), fulfillmentId);
    }

    shipFrom(act, fulfillment, id, units) {
        const { shop } = this;
        const from = shop.store.get('fulfillmentOrder', id);
        const order = shop.store.get('order', from.orderId);
        for (const [entryId, quantity] of units) {
            const { lineId } = from.lines.find((entry) => entry.id === entryId);
            const line = order.lines.find((entry) => entry.id === lineId);
            act.level(line.itemId, from.locationId, { committed: -quantity });
            fulfillment.lines.push({
                __typename: 'FulfillmentLineItem', id: shop.ids.next('FulfillmentLineItem'),
                lineId, quantity, entryId, fulfillmentOrderId: id,
            });
        }
        this.takeUnits(act, id, units, false);
    }

    finishParcel(act, order, fulfillment) {
        act.finish({
            kind: 'fulfillment', id: BigInt(fulfillment.id), order_id: BigInt(order.id),
            order_name: order.name,
        }, {
            fulfillment: fulfillmentState(fulfillment),
            order: orderState(this.shop, this.shop.store.get('order', order.id)),
        });
    }

    find(fulfillmentId) {
        const orderId = this.orderOf(fulfillmentId);
        if (!orderId) return null;
        return this.shop.store.get('order', orderId).fulfillments
            .find(({ id }) => id === fulfillmentId);
    }

    orderOf(fulfillmentId) {
        if (!this.owners.has(fulfillmentId)) {
            for (const order of this.shop.store.all('order')) {
                for (const { id } of order.fulfillments) this.owners.set(id, order.id);
            }
        }
        return this.owners.get(fulfillmentId) ?? null;
    }

    changeParcel(act, fulfillmentId, change) {
        const orderId = this.orderOf(fulfillmentId);
        let result;
        const order = this.shop.orders.change(act, orderId, (next) => {
            result = next.fulfillments.find(({ id }) => id === fulfillmentId);
            change(result, next);
            result.updatedAt = act.at;
        });
        act.send('fulfillments/update', () => this.body(orderId, fulfillmentId), fulfillmentId);
        return { order, fulfillment: result };
    }

    updateTracking(actor, fulfillmentId, tracking) {
        const act = this.shop.act(actor, 'fulfillment_tracking_updated');
        const { order, fulfillment } = this.changeParcel(act, fulfillmentId, (next) => {
            next.tracking = tracking;
        });
        this.finishParcel(act, order, fulfillment);
        return fulfillment;
    }

    /** Why a parcel cannot be cancelled, or null. */
    cancelObstacle(fulfillmentId) {
        const order = this.shop.store.get('order', this.orderOf(fulfillmentId));
        return this.shop.returns.holdsParcel(order, fulfillmentId)
            ? 'Fulfillment cannot be canceled because some of its items are being returned.' : null;
    }

    /** Cancelling twice succeeds twice; the units go back to work in a new fulfilment order. */
    cancelParcel(actor, fulfillmentId) {
        const obstacle = this.cancelObstacle(fulfillmentId);
        if (obstacle) throw new Error(obstacle);
        const act = this.shop.act(actor, 'fulfillment_cancelled');
        const again = this.find(fulfillmentId).status === 'CANCELLED';
        const { order, fulfillment } = this.changeParcel(act, fulfillmentId, (next, changed) => {
            if (again) return;
            next.status = 'CANCELLED';
            for (const { lineId, quantity } of next.lines) {
                changed.lines.find((line) => line.id === lineId).fulfilled -= quantity;
            }
            changed.closedAt = changed.cancelledAt === null ? null : changed.closedAt;
        });
        if (!again) this.workAgain(act, order, fulfillment);
        this.finishParcel(act, order, fulfillment);
        return fulfillment;
    }

    workAgain(act, order, fulfillment) {
        const units = new Map(); // a line may have left out of two fulfilment orders
        for (const { lineId, quantity } of fulfillment.lines) {
            units.set(lineId, (units.get(lineId) ?? 0) + quantity);
        }
        const work = [...units].map(([lineId, quantity]) =>
            [order.lines.find((line) => line.id === lineId), quantity]);
        for (const [line, quantity] of work) {
            act.level(line.itemId, fulfillment.locationId, { committed: quantity });
        }
        this.note(act, this.make(order, fulfillment.locationId, work, act.at).id);
    }
}
