// returns.mjs: goods on their way back, from the request to the shelf.
//
// A return lives inside its order.  A shopper requests it or staff opens it; the goods arrive and
// are put somewhere (a disposition: the only thing here that moves stock); processing it takes the
// units off the order, pays back, and ships the exchange.  A till does all of that in one go.
//
// SPDX-License-Identifier: Apache-2.0
import { approvalBody, declineBody, disposeBody, processBody, requestBody, statusBody,
    updateBody } from '../rest/return.mjs';
import { returnState } from './order-state.mjs';
import { buildReturn, makeReverse } from './return-build.mjs';
import { totals } from './totals.mjs';

const LIVE = ['REQUESTED', 'OPEN', 'CLOSED'];
const DISPOSITIONS = {
    restock: 'RESTOCKED', not_restock: 'NOT_RESTOCKED', damaged: 'PROCESSING_REQUIRED',
    processing: 'PROCESSING_REQUIRED', missing: 'MISSING',
};
const DECLINE_REASONS = ['FINAL_SALE', 'RETURN_PERIOD_ENDED', 'OTHER'];
const sum = (list, value) => list.reduce((total, entry) => total + value(entry), 0);

export const disposed = (line) => sum(line.dispositions, ({ quantity }) => quantity);

export class Returns {
    constructor(shop) {
        this.shop = shop;
        this.clear();
    }

    clear() {
        this.owners = new Map(); // return id -> order id
    }

    forget(order) {
        for (const { id } of order.returns) this.owners.delete(id);
    }

    // ---- finding

    get(id) {
        const orderId = this.owners.get(String(id));
        const order = orderId && this.shop.store.get('order', orderId);
        const found = order?.returns.find((entry) => entry.id === String(id));
        if (!found) throw new Error(`no return ${id} in this shop`);
        return { order, found };
    }

    /** Units of a line that a living return has announced and not yet taken off the order. */
    pending(order, lineId) {
        return sum(order.returns.filter(({ status }) => LIVE.includes(status)), (entry) =>
            sum(entry.lines.filter((line) => line.lineId === lineId),
                ({ quantity, processed }) => quantity - processed));
    }

    /** Does a living return hold units of this parcel? Then it cannot be cancelled. */
    holdsParcel(order, fulfillmentId) {
        return order.returns.some((entry) => LIVE.includes(entry.status)
            && entry.lines.some((line) => line.fulfillmentId === fulfillmentId));
    }

    // ---- acting

    /** One act on a return: changes it, tells the app, writes history. */
    act(actor, name, id, { from, change, topic, body }) {
        const { order, found } = this.get(id);
        if (from && !from.includes(found.status)) {
            throw new Error(`${found.name} is ${found.status.toLowerCase()}; this needs one that is `
                + from.join(' or ').toLowerCase());
        }
        const act = this.shop.act(actor, name);
        this.edit(act, order.id, id, change);
        return this.finish(act, id, topic, body);
    }

    /** Whether a return's progress shows in its order's updatedAt can be chosen; money always does. */
    edit(act, orderId, id, change, touch = this.shop.config.returns_touch_order) {
        const apply = (next) => {
            const target = next.returns.find((entry) => entry.id === String(id));
            change(target, next, act);
            target.updatedAt = act.at;
        };
        if (touch) this.shop.orders.change(act, orderId, apply);
        else this.shop.store.edit('order', orderId, apply);
    }

    finish(act, id, topic, body) {
        const { order, found } = this.get(id);
        if (topic) act.send(topic, body(this.shop, order, found, act), id);
        this.shop.orders.finish(act, order, { return: returnState(order, found) }, {
            kind: 'return', id: BigInt(id), name: found.name, order_id: BigInt(order.id),
            order_name: order.name,
        });
        return { order: this.get(id).order, return: this.get(id).found, at: act.at };
    }

    /** spec: {lines: [{line_id|sku, quantity, reason, note, customer_note}], exchange: [...]}. */
    add(orderId, spec, { actor, name, status, topic, body }) {
        const order = this.shop.orders.get(orderId);
        const act = this.shop.act(actor, name);
        const made = buildReturn(this.shop, order, spec, { at: act.at, status });
        this.owners.set(made.id, orderId);
        this.shop.store.edit('order', orderId, (next) => { next.returns.push(made); });
        this.edit(act, orderId, made.id, (target) => {
            if (status === 'OPEN') makeReverse(this.shop, target, act.at);
        });
        return this.finish(act, made.id, topic, body);
    }

    request(orderId, spec, actor = 'shopper') {
        return this.add(orderId, spec, { actor, name: 'return_requested', status: 'REQUESTED',
            topic: 'returns/request', body: requestBody });
    }

    /** Staff opens a return without anybody having asked; the app hears of an approved one. */
    open(orderId, spec, actor = 'staff') {
        return this.add(orderId, spec, { actor, name: 'return_opened', status: 'OPEN',
            topic: 'returns/approve', body: approvalBody });
    }

    approve(id, actor = 'staff') {
        return this.act(actor, 'return_approved', id, {
            from: ['REQUESTED'], topic: 'returns/approve', body: approvalBody,
            change: (next, order, act) => {
                Object.assign(next, { status: 'OPEN', approvedAt: act.at });
                makeReverse(this.shop, next, act.at);
            },
        });
    }

    decline(id, { reason = 'OTHER', note = null }, actor = 'staff') {
        const why = String(reason).toUpperCase();
        if (!DECLINE_REASONS.includes(why)) {
            throw new Error(`reason must be one of ${DECLINE_REASONS.join(', ').toLowerCase()}`);
        }
        return this.act(actor, 'return_declined', id, {
            from: ['REQUESTED'], topic: 'returns/decline', body: declineBody,
            change: (next) => Object.assign(next, { status: 'DECLINED',
                decline: { __typename: 'ReturnDecline', reason: why, note } }),
        });
    }

    cancel(id, actor = 'staff') {
        const { found } = this.get(id);
        if (found.lines.some(({ processed }) => processed > 0)
            || found.reverse.some(({ lines }) => lines.some((line) => disposed(line) > 0))) {
            throw new Error(`${found.name} has items that came back already; close it instead`);
        }
        return this.act(actor, 'return_cancelled', id, {
            from: ['REQUESTED', 'OPEN'], topic: 'returns/cancel', body: statusBody,
            change: (next) => {
                next.status = 'CANCELED';
                for (const reverse of next.reverse) reverse.status = 'CANCELED';
            },
        });
    }

    close(id, actor = 'staff') {
        return this.act(actor, 'return_closed', id, {
            from: ['OPEN'], topic: 'returns/close', body: statusBody,
            change: (next, order, act) => Object.assign(next, { status: 'CLOSED', closedAt: act.at }),
        });
    }

    reopen(id, actor = 'staff') {
        return this.act(actor, 'return_reopened', id, {
            from: ['CLOSED'], topic: 'returns/reopen', body: statusBody,
            change: (next) => Object.assign(next, { status: 'OPEN', closedAt: null }),
        });
    }

    /** Takes units out of an open return: spec {line_id, quantity}; they stay with the shopper. */
    reduce(id, spec, actor = 'staff') {
        const line = this.lineOf(id, spec);
        const { quantity } = spec;
        const limit = line.quantity - Math.max(line.processed, this.disposedOf(id, line.id));
        if (!Number.isInteger(quantity) || quantity < 1 || quantity > limit) {
            throw new Error(`quantity must lie from 1 to ${limit}`);
        }
        return this.act(actor, 'return_updated', id, {
            from: ['OPEN'], topic: 'returns/update', body: updateBody(line.id, quantity),
            change: (next) => {
                next.lines.find((entry) => entry.id === line.id).quantity -= quantity;
                for (const entry of next.reverse.flatMap(({ lines }) => lines)) {
                    if (entry.returnLineId === line.id) entry.total -= quantity;
                }
                next.lines = next.lines.filter((entry) => entry.quantity > 0);
            },
        });
    }

    lineOf(id, { line_id: lineId, return_line_id: returnLineId, sku }) {
        const { order, found } = this.get(id);
        const named = (line) => order.lines.find((entry) => entry.id === line.lineId).sku === sku;
        const line = found.lines.find((entry) => (returnLineId !== undefined
            ? entry.id === String(returnLineId)
            : lineId !== undefined ? entry.lineId === String(lineId) : named(entry)));
        if (!line) throw new Error(`${found.name} has no line ${returnLineId ?? lineId ?? sku}`);
        return line;
    }

    disposedOf(id, returnLineId) {
        return sum(this.get(id).found.reverse.flatMap(({ lines }) => lines)
            .filter((line) => line.returnLineId === returnLineId), disposed);
    }

    // ---- the goods arrive

    /**
     * spec: {lines: [{line_id, quantity, disposition, location_id}], disposition, location_id};
     * without lines everything that has not arrived yet, restocked where it was shipped from.
     */
    receive(id, spec, actor = 'staff') {
        const units = this.arrivals(id, spec);
        let dispositions;
        return this.act(actor, 'return_received', id, {
            from: ['OPEN'], topic: 'reverse_fulfillment_orders/dispose',
            change: (next, order, act) => {
                dispositions = units.map((unit) => this.dispose(act, next, order, unit));
            },
            body: (shop, order, found) => disposeBody(found, dispositions),
        });
    }

    arrivals(id, spec) {
        const { order, found } = this.get(id);
        const all = found.lines.map((line) => ({ return_line_id: line.id,
            quantity: line.quantity - this.disposedOf(id, line.id) }))
            .filter(({ quantity }) => quantity > 0);
        const units = (spec.lines ?? all).map((wish) => {
            const line = this.lineOf(id, wish);
            const limit = line.quantity - this.disposedOf(id, line.id);
            const quantity = wish.quantity ?? limit;
            if (!Number.isInteger(quantity) || quantity < 1 || quantity > limit) {
                throw new Error(`${found.name}: ${limit} units of line ${line.lineId} have yet to arrive`);
            }
            const word = String(wish.disposition ?? spec.disposition ?? 'restock').toLowerCase();
            if (!DISPOSITIONS[word]) {
                throw new Error(`disposition must be one of ${Object.keys(DISPOSITIONS).join(', ')}`);
            }
            const place = wish.location_id ?? spec.location_id;
            return { line, quantity, word, locationId: this.placeOf(order, line, place) };
        });
        if (units.length === 0) throw new Error(`all of ${found.name} has arrived already`);
        return units;
    }

    placeOf(order, line, given) {
        if (given === undefined) {
            return order.fulfillments.find(({ id }) => id === line.fulfillmentId).locationId;
        }
        const id = String(given).split('/').pop();
        if (!this.shop.store.get('location', id)) throw new Error(`no location ${id} in this shop`);
        return id;
    }

    dispose(act, next, order, { line, quantity, word, locationId }) {
        const { itemId } = order.lines.find((entry) => entry.id === line.lineId);
        if (word === 'restock') act.level(itemId, locationId, { available: quantity });
        if (word === 'damaged') act.level(itemId, locationId, { damaged: quantity });
        const reverse = next.reverse[0];
        const target = reverse.lines.find((entry) => entry.returnLineId === line.id);
        const made = {
            __typename: 'ReverseFulfillmentOrderDisposition',
            id: this.shop.ids.next('ReverseFulfillmentOrderDisposition'), type: DISPOSITIONS[word],
            quantity, locationId: word === 'missing' ? null : locationId, createdAt: act.at, settled: 0,
        };
        target.dispositions.push(made);
        if (reverse.lines.every((entry) => disposed(entry) >= entry.total)) reverse.status = 'CLOSED';
        return { line: target, disposition: made };
    }

    // ---- units off the order, money back, exchanges out

    /**
     * spec: {lines: [{line_id, quantity}], exchange: true, refund: true, amount, shipping, note}.
     * Without lines all that has arrived; else all that has been announced.
     */
    process(id, spec = {}, actor = 'staff') {
        const { shop } = this;
        const { order, found } = this.get(id);
        if (found.status !== 'OPEN') throw new Error(`${found.name} is not open`);
        const units = this.settlements(id, spec);
        const exchanges = spec.exchange === false ? []
            : found.exchanges.filter(({ quantity, processed }) => processed < quantity);
        if (units.length === 0 && exchanges.length === 0) {
            throw new Error(`nothing of ${found.name} is left to process`);
        }
        const act = shop.act(actor, 'return_processed');
        const placed = exchanges.map((entry) => [entry.id, this.sendExchange(act, order.id, entry)]);
        const refund = this.settle(act, order.id, id, units, spec);
        this.edit(act, order.id, id, (next) => {
            for (const unit of units) take(next, unit);
            for (const [entryId, line] of placed) {
                const entry = next.exchanges.find((other) => other.id === entryId);
                entry.processed = entry.quantity;
                entry.lineIds.push(line.id);
            }
            if (refund) next.refundIds.push(refund.id);
        }, true);
        shop.store.edit('order', order.id, (next) => shop.orders.archiveIfDone(next, act.at));
        return this.finish(act, id, 'returns/process', processBody(units, placed));
    }

    /** Units to take off the order, each with where its goods went: [{line, quantity, place}]. */
    settlements(id, spec) {
        const { found } = this.get(id);
        const wishes = spec.lines ?? found.lines.map((line) =>
            ({ return_line_id: line.id, quantity: line.quantity - line.processed }));
        const units = [];
        for (const wish of wishes) {
            const line = this.lineOf(id, wish);
            const limit = line.quantity - line.processed;
            let left = wish.quantity ?? limit;
            if (!Number.isInteger(left) || left < 0 || left > limit) {
                throw new Error(`${found.name}: ${limit} units of line ${line.lineId} are unprocessed`);
            }
            const dispositions = found.reverse.flatMap(({ lines }) => lines)
                .filter(({ returnLineId }) => returnLineId === line.id)
                .flatMap((entry) => entry.dispositions);
            for (const { id: dispositionId, type, quantity, settled, locationId } of dispositions) {
                const part = Math.min(left, quantity - settled);
                if (part <= 0) continue;
                const restocked = type === 'RESTOCKED';
                units.push({ line, dispositionId, quantity: part, restocked, locationId });
                left -= part;
            }
            if (left > 0) units.push({ line, dispositionId: null, quantity: left, restocked: false });
        }
        return units;
    }

    settle(act, orderId, returnId, units, spec) {
        if (units.length === 0) return null;
        const { refunds, orders } = this.shop;
        const order = orders.get(orderId);
        const lines = units.map(({ line, quantity, restocked, locationId }) => ({
            lineId: line.lineId, quantity, restockType: restocked ? 'RETURN' : 'NO_RESTOCK',
            locationId, moved: true, returnLineId: line.id,
        }));
        const amounts = spec.refund === false ? { shipping: 0, money: 0, adjustment: 0 }
            : this.owed(order, lines, spec);
        return refunds.add(act, orderId, lines, { note: spec.note ?? null, returnId, ...amounts });
    }

    /** An exchange uses up what the returned units were worth before anything is paid back. */
    owed(order, lines, spec) {
        const amounts = this.shop.refunds.amounts(order, lines, spec);
        if (spec.amount !== undefined) return amounts;
        const { currentTotal, net } = totals(order);
        const value = this.shop.refunds.value(order, lines, amounts.shipping);
        return { ...amounts, money: Math.max(0, Math.min(amounts.money, net - (currentTotal - value))) };
    }

    /** The exchanged goods are a new line with work of its own; an archived order lives again. */
    sendExchange(act, orderId, entry) {
        this.shop.store.edit('order', orderId, (next) => { next.closedAt = null; });
        return this.shop.edits.addLines(act, orderId, {
            variant_id: entry.variantId, quantity: entry.quantity, price: entry.price,
            location_id: entry.locationId ?? undefined,
        }, { additions: [] })[0];
    }

    // ---- all at once, at a till

    /** spec: {lines, location_id, disposition, exchange, refund, amount}. */
    atTill(orderId, spec) {
        const { return: made } = this.open(orderId, spec);
        if (made.lines.length > 0) this.receive(made.id, { disposition: spec.disposition,
            location_id: spec.location_id });
        this.process(made.id, { refund: spec.refund, amount: spec.amount });
        return this.close(made.id);
    }
}

function take(next, { line, dispositionId, quantity }) {
    next.lines.find(({ id }) => id === line.id).processed += quantity;
    for (const entry of next.reverse.flatMap(({ lines }) => lines)) {
        const found = entry.dispositions.find(({ id }) => id === dispositionId);
        if (found) found.settled += quantity;
    }
}
