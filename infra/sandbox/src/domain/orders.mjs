// orders.mjs: what shoppers and staff do to orders, apart from fulfilling them.
//
// Placing an order moves units from available to committed at the location that will ship them,
// below zero if need be: that is how a shop oversells.  Its fulfilment orders come a moment later
// (fulfillment.mjs).  Every act stamps updatedAt, tells the app by webhook and writes history.
//
// SPDX-License-Identifier: Apache-2.0
import { orderBody } from '../rest/order.mjs';
import { withMetafields } from './metafields.mjs';
import { totals, unfulfilledQuantity } from './totals.mjs';
import { buildOrder } from './order-build.mjs';
import { orderState } from './order-state.mjs';

export class Orders {
    constructor(shop) {
        this.shop = shop;
    }

    get(id) {
        const order = this.shop.store.get('order', String(id));
        if (!order) throw new Error(`order ${id} does not exist`);
        return order;
    }

    /** Changes an order within an act: a new updatedAt, and the webhooks named. */
    change(act, id, change, topics = ['orders/updated']) {
        const order = this.shop.store.edit('order', id, (next) => {
            change(next);
            next.updatedAt = act.at;
        });
        for (const topic of topics) this.notify(act, topic, id);
        return order;
    }

    notify(act, topic, id) {
        act.send(topic, () => orderBody(this.shop, this.shop.store.get('order', id)), id);
    }

    finish(act, order, effect = {}, object = null) {
        const now = this.shop.store.get('order', order.id);
        return act.finish(object ?? { kind: 'order', id: BigInt(order.id), name: order.name },
            { ...effect, order: orderState(this.shop, now) });
    }

    /** quiet: no webhooks, routed at once; unrouted: the caller routes it. */
    place(spec, actor = 'shopper', { quiet = false, unrouted = false } = {}) {
        const { shop } = this;
        const act = shop.act(actor, 'order_placed');
        const order = buildOrder(shop, spec, act.at);
        shop.store.add('order', order.id, order);
        for (const line of order.lines) this.commit(act, line, line.quantity);
        if (!quiet) {
            this.notify(act, 'orders/create', order.id);
            if (totals(order).received > 0) this.notify(act, 'orders/paid', order.id);
        }
        this.finish(act, order);
        shop.risk.assessLater(order, spec.risk);
        const atOnce = quiet || spec.fulfilled;
        if (atOnce || !unrouted) shop.fulfillment.routeLater(order.id, atOnce ? 0 : undefined);
        if (spec.fulfilled) shop.fulfillment.shipAll('staff', order.id);
        return { order, at: act.at };
    }

    commit(act, line, units) {
        act.level(line.itemId, line.locationId, { available: -units, committed: units });
    }

    // ---- cancellation

    /** Why the order cannot be cancelled, or null. */
    cancelObstacle(order) {
        if (order.cancelledAt !== null) return 'Cannot cancel an order that has already been canceled';
        const open = order.fulfillments.some((fulfillment) => fulfillment.status === 'SUCCESS');
        return open ? 'Cannot cancel an order that has outstanding fulfillments' : null;
    }

    cancel(id, { reason = 'OTHER', restock = true, refund = true, staffNote = null } = {},
        actor = 'staff') {
        const order = this.get(id);
        const obstacle = this.cancelObstacle(order);
        if (obstacle) throw new Error(obstacle);
        const act = this.shop.act(actor, 'order_cancelled');
        const restockType = restock ? 'CANCEL' : 'NO_RESTOCK';
        const lines = order.lines.filter((line) => unfulfilledQuantity(line) > 0)
            .map((line) => ({ lineId: line.id, quantity: unfulfilledQuantity(line), restockType }));
        const { net, currentShipping } = totals(order);
        const refunded = refund && net > 0;
        this.shop.refunds.add(act, id, lines, {
            shipping: refunded ? currentShipping : 0, money: refunded ? net : null, free: !refunded,
        });
        this.change(act, id, (next) => {
            next.cancelledAt = act.at;
            next.cancelReason = String(reason).toUpperCase();
            next.staffNote = staffNote;
            if (refunded || net <= 0) next.closedAt = act.at; // money still held keeps it open
            next.transactions.push(...this.shop.payments.voids(next, act.at));
        }, ['orders/cancelled', 'orders/updated']);
        this.shop.fulfillment.closeAll(act, id);
        this.finish(act, order, { restock });
        return { order: this.get(id), at: act.at };
    }

    // ---- deletion

    /** Staff deletes an order for good: one that is cancelled, or has nothing left to ship. */
    delete(id, actor = 'staff') {
        const { shop } = this;
        const order = this.get(id);
        if (shop.fulfillment.openOf(order.id).length > 0 || !order.routed) {
            throw new Error(`${order.name} has work left: cancel it before it is deleted`);
        }
        const act = shop.act(actor, 'order_deleted');
        shop.fulfillment.forget(order);
        shop.returns.forget(order);
        shop.store.remove('order', order.id);
        shop.events.note('ORDER', order.id, 'destroy', act.at);
        act.send('orders/delete', () => ({ id: BigInt(order.id) }), order.id);
        act.finish({ kind: 'order', id: BigInt(order.id), name: order.name }, { order: null });
        return { order, at: act.at };
    }

    // ---- small changes

    /** spec: note, tags, email, phone, po_number, attributes, addresses, metafields, risk, closed. */
    update(id, spec, actor = 'staff') {
        if (spec.risk !== undefined) this.shop.risk.assess(id, { level: spec.risk });
        const act = this.shop.act(actor, 'order_updated');
        this.get(id);
        const order = this.change(act, id, (next) => {
            for (const key of ['note', 'email', 'phone']) {
                if (spec[key] !== undefined) next[key] = spec[key];
            }
            if (spec.po_number !== undefined) next.poNumber = spec.po_number;
            if (spec.tags) next.tags = [...spec.tags].sort();
            if (spec.attributes) next.attributes = spec.attributes;
            if (spec.shipping_address) Object.assign(next.shippingAddress, spec.shipping_address);
            if (spec.billing_address) next.billingAddress = { ...next.billingAddress, ...spec.billing_address };
            next.metafields = withMetafields(this.shop, next.metafields, spec.metafields, act.at);
            if (spec.closed !== undefined) next.closedAt = spec.closed ? act.at : null;
        });
        this.finish(act, order);
        return { order, at: act.at };
    }

    /** A paid order with nothing left to ship is archived, as the shop's setting says. */
    archiveIfDone(order, at) {
        if (!this.shop.config.auto_archive || order.closedAt !== null) return;
        const shipped = order.lines.some((line) => line.fulfilled > 0);
        const open = order.lines.some((line) => unfulfilledQuantity(line) > 0);
        if (shipped && !open && totals(order).outstanding <= 0) order.closedAt = at;
    }
}
