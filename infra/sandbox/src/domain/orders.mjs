// orders.mjs: what shoppers and staff do to orders, apart from fulfilling them.
//
// Placing an order moves units from available to committed at the location that will ship them,
// below zero if need be: that is how a shop oversells.  Its fulfilment orders come a moment later
// (fulfillment.mjs).  Every act stamps updatedAt, tells the app by webhook and writes history.
//
// SPDX-License-Identifier: Apache-2.0
import { orderBody, editBody } from '../rest/order.mjs';
import { currentQuantity, totals, unfulfilledQuantity } from './totals.mjs';
import { buildOrder, buildLine } from './order-build.mjs';
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

    place(spec, actor = 'shopper', { quiet = false } = {}) {
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
        shop.fulfillment.routeLater(order.id, quiet ? 0 : undefined);
        return { order, at: act.at };
    }

    commit(act, line, units) {
        act.level(line.itemId, line.locationId, { available: -units, committed: units });
    }

    // ---- edits

    /**
     * spec: {add: [{sku|variant_id, quantity, location_id}], set: [{line_id, quantity, restock}]}.
     * A quantity set below the current one becomes a refund of the removed units.
     */
    edit(id, spec, actor = 'staff') {
        const { shop } = this;
        const before = this.get(id);
        if (before.cancelledAt !== null) throw new Error(`${before.name} is cancelled`);
        this.checkEdit(before, spec);
        const act = shop.act(actor, 'order_edited');
        const change = { additions: [], removals: [] };
        const added = (spec.add ?? []).map((line) => this.addLine(act, id, line, change));
        for (const target of spec.set ?? []) this.setQuantity(act, id, target, change);
        const order = this.change(act, id, (next) => { next.edited = true; });
        act.send('orders/edited', editBody(shop, order, change, act.at, spec), id);
        this.finish(act, order, {
            additions: change.additions.map(([lineId, delta]) => ({ id: BigInt(lineId), delta })),
            removals: change.removals.map(([lineId, delta]) => ({ id: BigInt(lineId), delta })),
        });
        return { order: this.get(id), added, at: act.at };
    }

    checkEdit(order, spec) {
        if (!(spec.add?.length > 0) && !(spec.set?.length > 0)) {
            throw new Error('an edit needs "add" or "set" with at least one entry');
        }
        for (const { line_id: lineId, quantity } of spec.set ?? []) {
            const line = order.lines.find((entry) => entry.id === String(lineId));
            if (!line) throw new Error(`${order.name} has no line ${lineId}`);
            const shipped = line.fulfilled - line.returned;
            if (!Number.isInteger(quantity) || quantity < shipped) {
                throw new Error(`quantity of line ${lineId} must be at least ${shipped}, which is `
                    + 'what has been fulfilled');
            }
        }
    }

    addLine(act, id, spec, change) {
        let line;
        this.shop.store.edit('order', id, (next) => {
            line = buildLine(this.shop, spec, next);
            next.lines.push(line);
        });
        this.commit(act, line, line.quantity);
        change.additions.push([line.id, line.quantity]);
        this.shop.fulfillment.addWork(act, id, line, line.quantity);
        return line;
    }

    setQuantity(act, id, { line_id: lineId, quantity, restock = true }, change) {
        const line = this.get(id).lines.find((entry) => entry.id === String(lineId));
        const delta = quantity - currentQuantity(line);
        if (delta > 0) {
            this.shop.store.edit('order', id, (next) => {
                next.lines.find((entry) => entry.id === line.id).quantity += delta;
            });
            this.commit(act, line, delta);
            change.additions.push([line.id, delta]);
            this.shop.fulfillment.addWork(act, id, line, delta);
        } else if (delta < 0) {
            const restockType = restock ? 'CANCEL' : 'NO_RESTOCK';
            this.shop.refunds.add(act, id, [{ lineId: line.id, quantity: -delta, restockType }], {});
            change.removals.push([line.id, -delta]);
        }
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
            next.closedAt = act.at;
        }, ['orders/cancelled', 'orders/updated']);
        this.shop.fulfillment.closeAll(act, id);
        this.finish(act, order, { restock });
        return { order: this.get(id), at: act.at };
    }

    // ---- small changes

    /** spec: address fields, or note, tags, email, phone, attributes, risk. */
    update(id, spec, actor = 'staff') {
        const act = this.shop.act(actor, 'order_updated');
        this.get(id);
        const order = this.change(act, id, (next) => {
            for (const key of ['note', 'email', 'phone']) {
                if (spec[key] !== undefined) next[key] = spec[key];
            }
            if (spec.tags) next.tags = [...spec.tags].sort();
            if (spec.attributes) next.attributes = spec.attributes;
            if (spec.shipping_address) Object.assign(next.shippingAddress, spec.shipping_address);
            if (spec.risk) next.risk = String(spec.risk).toUpperCase();
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
