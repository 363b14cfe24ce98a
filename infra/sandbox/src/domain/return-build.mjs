// return-build.mjs: a new return out of a short wish, and its reverse fulfilment order.
//
// A return names parcels, not order lines: what comes back is what was shipped.  The wish names a
// line and a quantity; here it is spread over the parcels that carried it.
//
// SPDX-License-Identifier: Apache-2.0
import { parseCents, fixed } from '../money.mjs';

const REASONS = ['COLOR', 'DEFECTIVE', 'NOT_AS_DESCRIBED', 'OTHER', 'SIZE_TOO_LARGE',
    'SIZE_TOO_SMALL', 'STYLE', 'UNKNOWN', 'UNWANTED', 'WRONG_ITEM'];
const KEYS = ['lines', 'exchange', 'location_id', 'disposition', 'refund', 'amount', 'requested'];
const LIVE = ['REQUESTED', 'OPEN', 'CLOSED'];
const sum = (list, value) => list.reduce((total, entry) => total + value(entry), 0);

/** What each parcel line may still give back: [{fulfillmentId, partId, lineId, quantity}]. */
export function returnable(order) {
    const taken = new Map();
    for (const entry of order.returns) {
        if (!LIVE.includes(entry.status)) continue;
        for (const { partId, quantity } of entry.lines) {
            taken.set(partId, (taken.get(partId) ?? 0) + quantity);
        }
    }
    return order.fulfillments.filter(({ status }) => status === 'SUCCESS').flatMap((parcel) =>
        parcel.lines.map((part) => ({
            fulfillmentId: parcel.id, partId: part.id, lineId: part.lineId,
            quantity: part.quantity - (taken.get(part.id) ?? 0),
        }))).filter(({ quantity }) => quantity > 0);
}

/** Units of a line that are with the shopper and not announced to come back. */
function limitOf(shop, order, line) {
    return line.fulfilled - line.returned - shop.returns.pending(order, line.id);
}

function lineWishes(shop, order, { line_id: lineId, sku, quantity = 1, reason = 'UNKNOWN', note = '',
    customer_note: customerNote = null }) {
    const line = order.lines.find((entry) =>
        (lineId === undefined ? entry.sku === sku : entry.id === String(lineId)));
    if (!line) throw new Error(`${order.name} has no line ${lineId ?? sku}`);
    const limit = limitOf(shop, order, line);
    if (!Number.isInteger(quantity) || quantity < 1 || quantity > limit) {
        throw new Error(`${order.name}: ${limit} units of line ${line.id} can be returned`);
    }
    const why = String(reason).toUpperCase();
    if (!REASONS.includes(why)) {
        throw new Error(`reason must be one of ${REASONS.join(', ').toLowerCase()}`);
    }
    const made = [];
    let left = quantity;
    for (const part of returnable(order).filter((entry) => entry.lineId === line.id)) {
        const units = Math.min(left, part.quantity);
        if (units === 0) break;
        made.push({
            __typename: 'ReturnLineItem', id: shop.ids.next('ReturnLineItem'), ...part, quantity: units,
            processed: 0, reason: why, note, customerNote,
        });
        left -= units;
    }
    if (left > 0) throw new Error(`${order.name}: only ${quantity - left} units were shipped`);
    return made;
}

function exchangeOf(shop, wish) {
    const variant = shop.variants.by(wish);
    const product = shop.store.get('product', variant.productId);
    return {
        __typename: 'ExchangeLineItem', id: shop.ids.next('ExchangeLineItem'), variantId: variant.id,
        productId: variant.productId, sku: variant.sku, title: product.title,
        variantTitle: variant.title, quantity: wish.quantity ?? 1, processed: 0, lineIds: [],
        price: fixed(wish.price === undefined ? variant.price : parseCents(wish.price, 'price')),
        locationId: wish.location_id === undefined ? null : String(wish.location_id).split('/').pop(),
    };
}

export function buildReturn(shop, order, spec, { at, status }) {
    for (const key of Object.keys(spec)) {
        if (!KEYS.includes(key)) throw new Error(`a return has no '${key}'; known: ${KEYS.join(', ')}`);
    }
    const lines = (spec.lines ?? []).flatMap((wish) => lineWishes(shop, order, wish));
    const exchanges = (spec.exchange ?? []).map((wish) => exchangeOf(shop, wish));
    if (lines.length === 0) throw new Error('a return needs at least one line');
    return {
        __typename: 'Return', id: shop.ids.next('Return'), orderId: order.id,
        name: `${order.name}-R${order.returns.length + 1}`, status, createdAt: at, updatedAt: at,
        approvedAt: null, closedAt: null, decline: null, lines, exchanges,
        reverse: [], refundIds: [], units: sum(lines, ({ quantity }) => quantity),
    };
}

/** The goods of an approved return are awaited: one reverse fulfilment order for all of them. */
export function makeReverse(shop, target) {
    target.reverse.push({
        __typename: 'ReverseFulfillmentOrder', id: shop.ids.next('ReverseFulfillmentOrder'),
        status: 'OPEN',
        lines: target.lines.map((line) => ({
            __typename: 'ReverseFulfillmentOrderLineItem',
            id: shop.ids.next('ReverseFulfillmentOrderLineItem'), returnLineId: line.id,
            fulfillmentId: line.fulfillmentId, partId: line.partId, total: line.quantity,
            dispositions: [],
        })),
    });
}
