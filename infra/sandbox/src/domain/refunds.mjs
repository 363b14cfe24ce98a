// refunds.mjs: units and money given back.
//
// A refund takes units off an order (what was never shipped, or what came back), pays money back,
// or both.  What is paid beyond the value of the units, or short of it, is an adjustment of the
// order, so that the order's sums still agree with its payments.
//
// SPDX-License-Identifier: Apache-2.0
import { parseCents, short } from '../money.mjs';
import { refundBody } from '../rest/order.mjs';
import { currentQuantity, totals, unfulfilledQuantity } from './totals.mjs';

const TYPES = ['CANCEL', 'RETURN', 'NO_RESTOCK'];
const sum = (list, value) => list.reduce((total, entry) => total + value(entry), 0);

export class Refunds {
    constructor(shop) {
        this.shop = shop;
    }

    // ---- units

    /**
     * Appends a refund to the order and moves stock:
     *   CANCEL      unfulfilled units go back on sale           committed -n, available +n
     *   NO_RESTOCK  unfulfilled units vanish                    committed -n
     *               fulfilled units stay away                   nothing
     *   RETURN      fulfilled units come back at a location     available +n (and so on_hand)
     * A line with `moved` came back by a return, which has moved its stock already.
     */
    add(act, id, lines, { note = null, shipping = 0, money = null, free = false, returnId = null,
        adjustment = 0, parts = 1 }) {
        const { shop } = this;
        const refund = {
            __typename: 'Refund', id: shop.ids.next('Refund'), note, createdAt: act.at,
            processedAt: act.at, updatedAt: act.at, shipping, returnId, shippingLines: [],
            adjustments: this.adjustments(adjustment, parts), transactionIds: [],
            lines: lines.map((line) => this.line(act, id, { ...line, free })),
        };
        shop.store.edit('order', id, (next) => {
            refund.shippingLines = this.shippingLines(next, shipping);
            refund.transactionIds = this.payBack(next, money, act.at);
            next.refunds.push(refund);
        });
        act.send('refunds/create', () => refundBody(shop, shop.orders.get(id), refund.id), id);
        return refund;
    }

    /** One adjustment, or as many as asked for: a cent each, and the rest. */
    adjustments(amount, parts) {
        if (amount === 0) return [];
        const cent = Math.sign(amount);
        return Array.from({ length: parts }, (_, index) => ({
            __typename: 'OrderAdjustment', id: this.shop.ids.next('OrderAdjustment'),
            amount: index === 0 ? amount - cent * (parts - 1) : cent, reason: 'REFUND_DISCREPANCY',
        }));
    }

    /** What of the shipping is given back: of each line what is left of it, first lines first. */
    shippingLines(order, amount) {
        const before = order.refunds.flatMap(({ shippingLines }) => shippingLines);
        const made = [];
        let left = amount;
        for (const { id, price, discount } of order.shippingLines) {
            const back = sum(before.filter(({ shippingLineId }) => shippingLineId === id),
                (entry) => entry.amount);
            const part = Math.min(left, price - discount - back);
            if (part <= 0) continue;
            made.push({
                __typename: 'RefundShippingLine', id: this.shop.ids.next('RefundShippingLine'),
                shippingLineId: id, amount: part,
            });
            left -= part;
        }
        return made;
    }

    line(act, id, { lineId, quantity, restockType, locationId = null, free, moved = false,
        returnLineId = null }) {
        const line = this.shop.orders.get(id).lines.find((entry) => entry.id === String(lineId));
        const fulfilledOnly = moved || restockType === 'RETURN';
        const open = fulfilledOnly ? 0 : Math.min(quantity, unfulfilledQuantity(line));
        const back = quantity - open;
        let place = null;
        if (open > 0) {
            place = this.shop.fulfillment.removeWork(act, id, line, open, restockType === 'CANCEL');
        }
        if (back > 0 && restockType === 'RETURN') {
            if (!moved) act.level(line.itemId, locationId, { available: back });
            place = locationId;
        }
        this.shop.store.edit('order', id, (next) => {
            const target = next.lines.find((entry) => entry.id === line.id);
            target.removed += open;
            target.returned += back;
        });
        return {
            __typename: 'RefundLineItem', id: this.shop.ids.next('RefundLineItem'), lineId: line.id,
            quantity, restockType, restocked: restockType !== 'NO_RESTOCK', free, returnLineId,
            locationId: restockType === 'NO_RESTOCK' ? null : place,
        };
    }

    // ---- money

    /** Pays `amount` back on the payments, oldest first; null: nothing is paid. Ids of what is. */
    payBack(order, amount, at) {
        const ids = [];
        let left = amount ?? 0;
        const payments = order.transactions.filter(({ status, kind }) =>
            status === 'SUCCESS' && ['SALE', 'CAPTURE'].includes(kind));
        for (const paid of payments) {
            const back = order.transactions.filter(({ kind, parentId }) =>
                kind === 'REFUND' && parentId === paid.id);
            const part = Math.min(left, paid.amount - sum(back, (entry) => entry.amount));
            if (part <= 0) continue;
            const id = this.shop.ids.next('OrderTransaction');
            order.transactions.push({
                ...paid, id, kind: 'REFUND', amount: part, parentId: paid.id, createdAt: at,
                processedAt: at,
            });
            ids.push(id);
            left -= part;
        }
        return ids;
    }

    /** What units and shipping taken off an order are worth: tried on a copy of its numbers. */
    value(order, lines, shipping) {
        const after = {
            ...order,
            lines: order.lines.map((line) => ({ ...line, returned: line.returned
                + sum(lines.filter(({ lineId }) => lineId === line.id), ({ quantity }) => quantity) })),
            refunds: [...order.refunds, { shipping, adjustments: [], lines: [] }],
        };
        return totals(order).currentTotal - totals(after).currentTotal;
    }

    // ---- what staff asks for

    checkLine(order, { line_id: lineId, sku, quantity, restock_type: type = 'no_restock',
        location_id: place }) {
        const line = order.lines.find((entry) =>
            (lineId === undefined ? entry.sku === sku : entry.id === String(lineId)));
        if (!line) throw new Error(`${order.name} has no line ${lineId ?? sku}`);
        const restockType = String(type).toUpperCase();
        if (!TYPES.includes(restockType)) {
            throw new Error(`restock_type must be cancel, return or no_restock, not '${type}'`);
        }
        const underway = this.shop.returns.pending(order, line.id);
        const limit = {
            CANCEL: unfulfilledQuantity(line), RETURN: line.fulfilled - line.returned - underway,
            NO_RESTOCK: currentQuantity(line) - underway,
        }[restockType];
        if (!Number.isInteger(quantity) || quantity < 1 || quantity > limit) {
            throw new Error(`quantity of line ${line.id} must lie from 1 to ${limit} for ${type}`);
        }
        const locationId = place === undefined ? line.locationId : String(place).split('/').pop();
        return { lineId: line.id, quantity, restockType, locationId };
    }

    /** {money, adjustment, shipping} of a refund's wish; `lines` are its units. */
    amounts(order, lines, spec) {
        const { currentShipping, net } = totals(order);
        const shipping = spec.shipping === undefined ? 0
            : spec.shipping === true ? currentShipping : parseCents(spec.shipping, 'shipping');
        if (shipping < 0 || shipping > currentShipping) {
            throw new Error(`shipping must lie from 0 to ${short(currentShipping)}`);
        }
        const value = this.value(order, lines, shipping);
        const money = spec.amount === undefined ? Math.min(value, Math.max(0, net))
            : parseCents(spec.amount, 'amount');
        if (money < 0 || money > Math.max(0, net)) {
            throw new Error(`amount must lie from 0 to ${short(Math.max(0, net))}, what is paid`);
        }
        return { shipping, money, adjustment: spec.amount === undefined ? 0 : value - money };
    }

    /**
     * spec: {lines: [{line_id, quantity, restock_type, location_id}], note, shipping, amount,
     * adjustment_parts: into how many adjustments a difference goes}.
     * Without lines: money only (an appeasement), or shipping only.
     */
    refund(id, spec, actor = 'staff') {
        const { orders } = this.shop;
        const order = orders.get(id);
        const lines = (spec.lines ?? []).map((line) => this.checkLine(order, line));
        const amounts = this.amounts(order, lines, spec);
        if (lines.length === 0 && amounts.money === 0) {
            throw new Error('a refund needs "lines", "shipping" or "amount"');
        }
        const act = this.shop.act(actor, 'order_refunded');
        const refund = this.add(act, id, lines, {
            note: spec.note ?? null, ...amounts, parts: spec.adjustment_parts,
        });
        orders.change(act, id, (next) => orders.archiveIfDone(next, act.at));
        orders.finish(act, order, { refund_id: BigInt(refund.id) });
        return { order: orders.get(id), refund, at: act.at };
    }
}
