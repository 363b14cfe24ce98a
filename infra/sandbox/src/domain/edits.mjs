// edits.mjs: staff changes what was ordered: more, less, something else, or cheaper.
//
// More units commit stock and become work of their own; fewer are a refund without money.
//
// SPDX-License-Identifier: Apache-2.0
import { parseCents } from '../money.mjs';
import { editBody } from '../rest/order.mjs';
import { discountLine } from './discounts.mjs';
import { buildLines } from './line-build.mjs';
import { currentQuantity } from './totals.mjs';

const KEYS = ['add', 'set', 'discount', 'staff_note'];

export class Edits {
    constructor(shop) {
        this.shop = shop;
        this.clear();
    }

    clear() {
        this.sessions = new Map(); // id of a calculated order -> what an app has staged
    }

    /**
     * spec: {add: [{sku|variant_id, quantity, location_id}], set: [{line_id, quantity, restock}],
     * discount: [{line_id, amount}]}.  A quantity below the current one becomes a refund.
     */
    edit(id, spec, actor = 'staff') {
        const { shop } = this;
        const before = shop.orders.get(id);
        if (before.cancelledAt !== null) throw new Error(`${before.name} is cancelled`);
        this.check(before, spec);
        const act = shop.act(actor, 'order_edited');
        const change = { additions: [], removals: [], discounts: [] };
        const added = (spec.add ?? []).flatMap((line) => this.addLines(act, id, line, change));
        for (const target of spec.set ?? []) this.setQuantity(act, id, target, change);
        for (const target of spec.discount ?? []) this.discount(id, target, change);
        const edit = { id: shop.ids.next('OrderEdit'), at: act.at, ...change };
        const order = shop.orders.change(act, id, (next) => {
            next.edited = true;
            next.edits.push(edit);
        });
        shop.events.note('ORDER', id, 'edited', act.at);
        act.send('orders/edited', editBody(shop, order, edit, spec.staff_note), id);
        const told = (list) => list.map(([lineId, delta]) => ({ id: BigInt(lineId), delta }));
        shop.orders.finish(act, order, {
            additions: told(change.additions), removals: told(change.removals),
        });
        return { order: shop.orders.get(id), added, at: act.at };
    }

    check(order, spec) {
        for (const key of Object.keys(spec)) {
            if (!KEYS.includes(key)) throw new Error(`an edit has no '${key}'; known: ${KEYS.join(', ')}`);
        }
        if (![spec.add, spec.set, spec.discount].some((list) => list?.length > 0)) {
            throw new Error('an edit needs "add", "set" or "discount" with at least one entry');
        }
        for (const { line_id: lineId, quantity } of spec.set ?? []) {
            const line = this.lineOf(order, lineId);
            const shipped = line.fulfilled - line.returned;
            if (!Number.isInteger(quantity) || quantity < shipped) {
                throw new Error(`quantity of line ${lineId} must be at least ${shipped}, which is `
                    + 'what has been fulfilled');
            }
        }
    }

    lineOf(order, lineId) {
        const line = order.lines.find((entry) => entry.id === String(lineId));
        if (!line) throw new Error(`${order.name} has no line ${lineId}`);
        return line;
    }

    addLines(act, id, spec, change) {
        let lines;
        this.shop.store.edit('order', id, (next) => {
            lines = buildLines(this.shop, spec, next);
            next.lines.push(...lines);
        });
        for (const line of lines) {
            this.shop.orders.commit(act, line, line.quantity);
            change.additions.push([line.id, line.quantity]);
            this.shop.fulfillment.addWork(act, id, line, line.quantity);
        }
        return lines;
    }

    setQuantity(act, id, { line_id: lineId, quantity, restock = true }, change) {
        const line = this.lineOf(this.shop.orders.get(id), lineId);
        const delta = quantity - currentQuantity(line);
        if (delta > 0) {
            this.shop.store.edit('order', id, (next) => {
                this.lineOf(next, line.id).quantity += delta;
            });
            this.shop.orders.commit(act, line, delta);
            change.additions.push([line.id, delta]);
            this.shop.fulfillment.addWork(act, id, line, delta);
        } else if (delta < 0) {
            const restockType = restock ? 'CANCEL' : 'NO_RESTOCK';
            this.shop.refunds.add(act, id, [{ lineId: line.id, quantity: -delta, restockType }], {});
            change.removals.push([line.id, -delta]);
        }
    }

    discount(id, { line_id: lineId, amount }, change) {
        const cents = parseCents(amount, 'amount');
        this.shop.store.edit('order', id, (next) => {
            discountLine(next, this.lineOf(next, lineId), cents);
        });
        change.discounts.push([String(lineId), cents]);
    }
}
