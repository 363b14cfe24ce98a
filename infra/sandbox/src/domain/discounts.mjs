// discounts.mjs: discounts of an order, and how they fall on its lines.
//
// An order lists its applications in order (their position is their index); a line lists what of
// each fell on it.  A line's `discount` is the sum of these, in cents, and all other sums use only
// that.
//
// SPDX-License-Identifier: Apache-2.0
import { parseCents } from '../money.mjs';

const KEYS = ['code', 'title', 'description', 'automatic', 'script', 'percentage', 'amount', 'target',
    'skus'];
const sum = (list, value) => list.reduce((total, entry) => total + value(entry), 0);

function kindOf(wish) {
    if (wish.code !== undefined) return 'DiscountCodeApplication';
    if (wish.automatic) return 'AutomaticDiscountApplication';
    return wish.script ? 'ScriptDiscountApplication' : 'ManualDiscountApplication';
}

function check(wish) {
    for (const key of Object.keys(wish)) {
        if (!KEYS.includes(key)) throw new Error(`a discount has no '${key}'; known: ${KEYS.join(', ')}`);
    }
    if ((wish.percentage === undefined) === (wish.amount === undefined)) {
        throw new Error('a discount needs either "percentage" or "amount"');
    }
    if (wish.percentage !== undefined && !(wish.percentage > 0 && wish.percentage <= 100)) {
        throw new Error('percentage must lie above 0 and up to 100');
    }
}

export function application(index, wish) {
    check(wish);
    const shipping = wish.target === 'shipping';
    return {
        __typename: kindOf(wish), index, code: wish.code ?? null,
        title: wish.title ?? wish.code ?? 'Discount', description: wish.description ?? null,
        percentage: wish.percentage ?? null,
        cents: wish.amount === undefined ? null : parseCents(wish.amount, 'amount'),
        targetType: shipping ? 'SHIPPING_LINE' : 'LINE_ITEM',
        targetSelection: wish.skus ? 'ENTITLED' : 'ALL',
        allocationMethod: wish.percentage === undefined ? 'ACROSS' : 'EACH',
    };
}

/** What a line or shipping line still costs, and so can be taken off it. */
const costOf = (part) => part.price * (part.quantity ?? 1) - part.discount;

/** Lays a discount on parts of an order; the last takes the rounding of a fixed amount. */
function spread(made, parts) {
    const whole = sum(parts, costOf);
    let left = made.cents === null ? 0 : Math.min(made.cents, whole);
    parts.forEach((part, position) => {
        const share = made.cents === null ? Math.floor((costOf(part) * made.percentage) / 100)
            : position === parts.length - 1 ? left
                : Math.floor((Math.min(made.cents, whole) * costOf(part)) / (whole || 1));
        left -= share;
        allocate(part, made.index, Math.min(share, costOf(part)));
    });
}

export function allocate(part, index, cents) {
    if (cents === 0) return;
    part.allocations.push({ index, cents });
    part.discount += cents;
}

/** Adds the discounts of a wish to a new order. */
export function applyDiscounts(order, wishes) {
    for (const wish of wishes) {
        const made = application(order.discounts.length, wish);
        order.discounts.push(made);
        spread(made, made.targetType === 'SHIPPING_LINE' ? order.shippingLines
            : order.lines.filter(({ sku }) => !wish.skus || wish.skus.includes(sku)));
    }
}

/** A fixed amount off one line, by staff: an application of its own. */
export function discountLine(order, line, cents, title = 'Discount') {
    if (cents === 0) return;
    if (cents < 0 || cents > costOf(line)) throw new Error('a discount cannot exceed what the line costs');
    const index = order.discounts.length;
    order.discounts.push({
        __typename: 'ManualDiscountApplication', index, code: null, title, description: null,
        percentage: null, cents, targetType: 'LINE_ITEM', targetSelection: 'EXPLICIT',
        allocationMethod: 'ACROSS',
    });
    allocate(line, index, cents);
}

/** The part of a line's discount that was given to the line itself, not to the whole order. */
export const ownDiscount = (order, line) => sum(line.allocations.filter(({ index }) =>
    order.discounts[index].targetSelection !== 'ALL'), ({ cents }) => cents);

export const codesOf = (order) => order.discounts.filter(({ code }) => code !== null)
    .map(({ code }) => code);

/** What an application took off in all. */
export const takenBy = (order, { index }) => sum([...order.lines, ...order.shippingLines], (part) =>
    sum(part.allocations.filter((entry) => entry.index === index), ({ cents }) => cents));
