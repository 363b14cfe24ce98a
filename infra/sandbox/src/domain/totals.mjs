// totals.mjs: what an order's numbers add up to.
//
// An order stores what happened (lines, shipping, transactions, fulfilments, refunds); every sum
// and status is derived here, so that GraphQL answers, REST-shaped bodies and the history cannot
// disagree about them.  All amounts are cents of the shop's currency.
//
// SPDX-License-Identifier: Apache-2.0

const sum = (list, value) => list.reduce((total, entry) => total + value(entry), 0);

export const currentQuantity = (line) => line.quantity - line.removed - line.returned;
export const unfulfilledQuantity = (line) => line.quantity - line.removed - line.fulfilled;

/** The discount of a line lies evenly on its units; the last unit takes the rounding. */
export const discountOf = (line, quantity) =>
    (line.quantity === 0 ? 0 : Math.floor((line.discount * quantity) / line.quantity));

export const lineAmount = (line, quantity) => line.price * quantity - discountOf(line, quantity);

/** Tax in basis points, rounded down; taxes are on top of prices, never included. */
export const taxOn = (line, cents) =>
    (line.taxable ? Math.floor((cents * line.taxBasisPoints) / 10_000) : 0);

const lineTax = (line, quantity) => taxOn(line, lineAmount(line, quantity));

export function totals(order) {
    const { lines } = order;
    const shipping = sum(order.shippingLines, (line) => line.price - line.discount);
    const shippingRefunded = sum(order.refunds, (refund) => refund.shipping);
    const adjusted = sum(order.refunds, (refund) => sum(refund.adjustments, ({ amount }) => amount));
    const subtotal = sum(lines, (line) => lineAmount(line, line.quantity));
    const tax = sum(lines, (line) => lineTax(line, line.quantity));
    const currentSubtotal = sum(lines, (line) => lineAmount(line, currentQuantity(line)));
    const currentTax = sum(lines, (line) => lineTax(line, currentQuantity(line)));
    const currentShipping = shipping - shippingRefunded;
    const original = order.originalLines ?? lines.map((line) => [line.id, line.quantity]);
    const quantities = new Map(original);
    const atStart = (line) => quantities.get(line.id) ?? 0;
    const result = {
        lineItems: sum(lines, (line) => line.price * line.quantity),
        discounts: sum([...lines, ...order.shippingLines], (line) => line.discount),
        currentDiscounts: sum(lines, (line) => discountOf(line, currentQuantity(line))),
        shipping, currentShipping, shippingRefunded, subtotal, currentSubtotal, tax, currentTax,
        adjusted, total: subtotal + shipping + tax + order.tip,
        original: shipping + order.tip + sum(lines, (line) =>
            lineAmount(line, atStart(line)) + lineTax(line, atStart(line))),
        currentTotal: currentSubtotal + currentShipping + currentTax + adjusted + order.tip,
        ...payments(order),
    };
    result.net = result.received - result.refunded;
    // below zero the shop owes the shopper
    result.outstanding = order.cancelledAt === null ? result.currentTotal - result.net : 0;
    return result;
}

function payments(order) {
    const of = (kinds) => sum(order.transactions.filter((transaction) =>
        transaction.status === 'SUCCESS' && kinds.includes(transaction.kind)),
    (transaction) => transaction.amount);
    return {
        received: of(['SALE', 'CAPTURE']),
        refunded: of(['REFUND']),
        authorized: Math.max(0, of(['AUTHORIZATION']) - of(['CAPTURE', 'VOID'])),
        voided: order.transactions.some((transaction) => transaction.kind === 'VOID'),
    };
}

/** Null when nobody has been asked to pay: an order that an app entered without a transaction. */
export function financialStatus(order) {
    const { received, refunded, authorized, voided, currentTotal, net, total } = totals(order);
    if (order.transactions.length === 0 && total > 0) return null;
    if (received === 0) {
        if (voided) return 'VOIDED';
        if (authorized > 0) return 'AUTHORIZED';
        return currentTotal > 0 ? 'PENDING' : 'PAID';
    }
    if (refunded >= received) return 'REFUNDED';
    if (refunded > 0) return 'PARTIALLY_REFUNDED';
    return net >= currentTotal ? 'PAID' : 'PARTIALLY_PAID';
}

/** `statuses` are those of the order's open fulfilment orders. */
export function fulfillmentStatus(order, statuses) {
    const fulfilled = sum(order.lines, (line) => line.fulfilled);
    const remaining = sum(order.lines, (line) => unfulfilledQuantity(line));
    if (fulfilled > 0) return remaining > 0 ? 'PARTIALLY_FULFILLED' : 'FULFILLED';
    if (order.lines.length === 0) return 'FULFILLMENT_NOT_REQUIRED';
    for (const status of ['ON_HOLD', 'SCHEDULED', 'IN_PROGRESS']) {
        if (statuses.length > 0 && statuses.every((other) => other === status)) return status;
    }
    return 'UNFULFILLED';
}

/** fulfillment_status of REST-shaped bodies: null, "partial" or "fulfilled". */
export function restFulfillmentStatus(order) {
    const status = fulfillmentStatus(order, []);
    return { FULFILLED: 'fulfilled', PARTIALLY_FULFILLED: 'partial' }[status] ?? null;
}

export const lineFulfillmentStatus = (line) => {
    if (line.fulfilled === 0) return null;
    return unfulfilledQuantity(line) > 0 ? 'partial' : 'fulfilled';
};

/** Order.returnStatus: the most urgent of its returns. */
export function returnStatus({ returns }) {
    const has = (status) => returns.some((entry) => entry.status === status);
    if (has('REQUESTED')) return 'RETURN_REQUESTED';
    if (has('OPEN')) return 'IN_PROGRESS';
    return has('CLOSED') ? 'RETURNED' : 'NO_RETURN';
}
