// holds.mjs: fulfilment orders held, released, moved and marked as in progress.
//
// None of this touches the order's updatedAt; who wants to see it reads fulfilment orders.
//
// SPDX-License-Identifier: Apache-2.0
import { gid } from '../ids.mjs';
import { isOpen } from './fulfillment.mjs';

const HOLD_LIMIT = 10;

/** What the app may do with a fulfilment order now, in the order in which Shopify lists it. */
export function supportedActions(fulfillmentOrder) {
    const units = fulfillmentOrder.lines.reduce((sum, { remaining }) => sum + remaining, 0);
    switch (fulfillmentOrder.status) {
    case 'OPEN': return ['CREATE_FULFILLMENT', 'REPORT_PROGRESS', 'MOVE', 'HOLD']
        .concat(units > 1 ? ['SPLIT'] : []);
    case 'IN_PROGRESS': return ['CREATE_FULFILLMENT', 'MARK_AS_OPEN', 'HOLD'];
    case 'ON_HOLD': return ['RELEASE_HOLD', 'HOLD', 'MOVE'];
    case 'SCHEDULED': return ['MARK_AS_OPEN'];
    default: return [];
    }
}

export class Holds {
    constructor(shop) {
        this.shop = shop;
    }

    finish(act, fulfillmentOrder, ids = [fulfillmentOrder.id]) {
        const order = this.shop.store.get('order', fulfillmentOrder.orderId);
        this.shop.fulfillment.finishOrders(act, order, ids);
    }

    /** A user error {message, code, field} when the hold is refused, else {hold}. */
    hold(actor, id, { reason, reasonNotes = null, handle = '', units = null }) {
        const { shop } = this;
        const target = shop.store.get('fulfillmentOrder', id);
        if (!isOpen(target)) {
            return { message: 'The fulfillment order is not in a valid state.',
                code: 'INVALID_FULFILLMENT_ORDER_STATUS' };
        }
        if (target.holds.some((hold) => hold.handle === handle)) {
            return { message: 'The handle provided for the fulfillment hold is already in use by '
                + 'this app for another hold on this fulfillment order.',
            code: 'DUPLICATE_FULFILLMENT_HOLD_HANDLE' };
        }
        if (target.holds.length >= HOLD_LIMIT) {
            return { message: 'The maximum number of fulfillment holds for this fulfillment order '
                + 'has been reached for this app.', code: 'FULFILLMENT_ORDER_HOLD_LIMIT_REACHED' };
        }
        return this.placeHold(actor, id, { reason, reasonNotes, handle, units });
    }

    /** Units that are not to be held go on as a fulfilment order of their own; null when there are none. */
    letGo(act, id, units) {
        const from = this.shop.store.get('fulfillmentOrder', id);
        const held = new Map(units);
        const free = from.lines.map((entry) => [entry.id, entry.remaining - (held.get(entry.id) ?? 0)])
            .filter(([, quantity]) => quantity > 0);
        if (free.length === 0) return null;
        const order = this.shop.store.get('order', from.orderId);
        return this.moveSome(act, from, order, from.locationId, free);
    }

    placeHold(actor, id, { reason, reasonNotes, handle, units }) {
        const act = this.shop.act(actor, 'fulfillment_order_held');
        const remaining = units === null ? null : this.letGo(act, id, units);
        const hold = {
            __typename: 'FulfillmentHold', id: this.shop.ids.next('FulfillmentHold'), reason,
            reasonNotes, handle, byApp: actor === 'app',
        };
        const first = this.shop.store.get('fulfillmentOrder', id).holds.length === 0;
        const held = this.shop.fulfillment.edit(act, id, (next) => {
            next.holds.push(hold);
            next.status = 'ON_HOLD';
        });
        if (first) act.send('fulfillment_orders/placed_on_hold', () => heldBody(held, remaining), id);
        this.finish(act, held, remaining ? [id, remaining.id] : [id]);
        return { hold, remaining };
    }

    /** Releases the holds named; without names all of them. */
    release(actor, id, holdIds) {
        const act = this.shop.act(actor, 'fulfillment_order_released');
        const released = this.shop.fulfillment.edit(act, id, (next) => {
            next.holds = holdIds ? next.holds.filter((hold) => !holdIds.includes(hold.id)) : [];
            if (next.holds.length === 0 && next.status === 'ON_HOLD') next.status = 'OPEN';
        });
        if (released.holds.length === 0) {
            act.send('fulfillment_orders/hold_released', () => ({ fulfillment_order: {
                id: gid('FulfillmentOrder', id), status: released.status.toLowerCase(),
            } }), id);
        }
        this.finish(act, released);
        return released;
    }

    setStatus(actor, id, status, name) {
        const act = this.shop.act(actor, name);
        const changed = this.shop.fulfillment.edit(act, id, (next) => { next.status = status; });
        this.finish(act, changed);
        return changed;
    }

    /**
     * Moves units ([[line id, quantity]], or null for all) to another location, with what is
     * committed for them.  A subset becomes a fulfilment order of its own.
     */
    move(actor, id, locationId, units) {
        const { shop } = this;
        const from = shop.store.get('fulfillmentOrder', id);
        const order = shop.store.get('order', from.orderId);
        const all = from.lines.filter(({ remaining }) => remaining > 0)
            .map((entry) => [entry.id, entry.remaining]);
        const chosen = units ?? all;
        const whole = chosen.length === all.length && all.every(([entryId, remaining]) =>
            chosen.some(([other, quantity]) => other === entryId && quantity === remaining))
            && from.lines.every(({ total, remaining }) => total === remaining);
        const act = shop.act(actor, 'fulfillment_order_moved');
        this.moveStock(act, from, locationId, chosen);
        const moved = whole ? this.moveWhole(act, id, locationId)
            : this.moveSome(act, from, order, locationId, chosen);
        this.sendMoved(act, from, moved, chosen);
        this.finish(act, from, [...new Set([id, moved.id])]);
        return { moved, original: shop.store.get('fulfillmentOrder', id), whole };
    }

    moveStock(act, from, locationId, chosen) {
        const order = this.shop.store.get('order', from.orderId);
        for (const [entryId, quantity] of chosen) {
            const { lineId } = from.lines.find((entry) => entry.id === entryId);
            const { itemId } = order.lines.find((line) => line.id === lineId);
            act.level(itemId, from.locationId, { committed: -quantity, available: quantity });
            act.level(itemId, locationId, { committed: quantity, available: -quantity });
        }
    }

    moveWhole(act, id, locationId) {
        return this.shop.fulfillment.edit(act, id, (next) => { next.locationId = locationId; });
    }

    moveSome(act, from, order, locationId, chosen) {
        const { fulfillment } = this.shop;
        const work = chosen.map(([entryId, quantity]) => {
            const { lineId } = from.lines.find((entry) => entry.id === entryId);
            return [order.lines.find((line) => line.id === lineId), quantity];
        });
        fulfillment.takeUnits(act, from.id, chosen, true);
        fulfillment.edit(act, from.id, (next) => {
            next.lines = next.lines.filter(({ total }) => total > 0);
        });
        return fulfillment.make(order, locationId, work, act.at, from);
    }

    /** Units ([[line id, quantity]]) go on as a fulfilment order of their own, at the same place. */
    split(actor, id, units) {
        const { store } = this.shop;
        const act = this.shop.act(actor, 'fulfillment_order_split');
        const from = store.get('fulfillmentOrder', id);
        const remaining = this.moveSome(act, from, store.get('order', from.orderId), from.locationId, units);
        act.send('fulfillment_orders/split', () => ({
            fulfillment_order: head(store.get('fulfillmentOrder', id)),
            remaining_fulfillment_order: head(remaining), replacement_fulfillment_order: null,
            split_line_items: units.map(([entryId, quantity]) =>
                ({ id: gid('FulfillmentOrderLineItem', entryId), quantity })),
        }), id);
        this.finish(act, from, [id, remaining.id]);
        return { original: store.get('fulfillmentOrder', id), remaining };
    }

    /** Cancelled work is to be done all the same: it goes on in a new fulfilment order. */
    replace(actor, id) {
        const { store } = this.shop;
        const act = this.shop.act(actor, 'fulfillment_order_cancelled');
        const from = store.get('fulfillmentOrder', id);
        const units = from.lines.filter(({ remaining }) => remaining > 0)
            .map((entry) => [entry.id, entry.remaining]);
        const replacement = this.moveSome(act, from, store.get('order', from.orderId), from.locationId, units);
        const cancelled = store.get('fulfillmentOrder', id); // without units left it is closed
        act.send('fulfillment_orders/cancelled', () => ({
            fulfillment_order: head(cancelled), replacement_fulfillment_order: head(replacement),
        }), id);
        this.finish(act, from, [id, replacement.id]);
        return { cancelled, replacement };
    }

    sendMoved(act, from, moved, chosen) {
        const { store } = this.shop;
        act.send('fulfillment_orders/moved', () => {
            const part = (entry) => ({
                id: gid('FulfillmentOrder', entry.id), status: entry.status.toLowerCase(),
                assigned_location_id: gid('Location', entry.locationId),
            });
            return {
                original_fulfillment_order: part(store.get('fulfillmentOrder', from.id)),
                moved_fulfillment_order: part(moved),
                destination_location_id: gid('Location', moved.locationId),
                fulfillment_order_line_items_requested: chosen.map(([id, quantity]) =>
                    ({ id: gid('FulfillmentOrderLineItem', id), quantity })),
                source_location: { id: gid('Location', from.locationId) },
            };
        }, from.id);
    }
}

const head = ({ id, status }) => ({ id: gid('FulfillmentOrder', id), status: status.toLowerCase() });

function heldBody(held, remaining) {
    return {
        fulfillment_order: {
            id: gid('FulfillmentOrder', held.id), status: 'on_hold',
            fulfillment_holds: held.holds.map((hold) => ({
                id: gid('FulfillmentHold', hold.id), reason: hold.reason.toLowerCase(),
                reason_notes: hold.reasonNotes, held_by_requesting_app: hold.byApp,
                handle: hold.handle, held_by_app: null,
            })),
        },
        remaining_fulfillment_order: remaining && {
            id: gid('FulfillmentOrder', remaining.id), status: remaining.status.toLowerCase(),
        },
        held_fulfillment_order_line_items: held.lines.map((line) => ({
            id: gid('FulfillmentOrderLineItem', line.id), quantity: line.remaining,
        })),
        created_fulfillment_hold: null,
    };
}
