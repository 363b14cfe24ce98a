// resolve-agreements.mjs: an order's history of sales: the order, its edits, returns and refunds.
//
// Nothing is stored for it: what was placed, changed and given back tells all of it.
//
// SPDX-License-Identifier: Apache-2.0
import { gid } from '../ids.mjs';
import { graphqlTime } from '../clock.mjs';
import { moneyBag } from '../money.mjs';
import { discountOf, lineAmount, taxOn } from '../domain/totals.mjs';
import { listConnection } from './connections.mjs';
import { inOrder } from './resolve-lines.mjs';

const ids = (order, typename, index, at) => gid(typename, `${order.id}${String(at).padStart(3, '0')}${index}`);

/** A sale of some units of a line; fewer than none when they came back. */
function productSale(order, lineId, units, actionType) {
    const [line] = inOrder(order.lines.filter(({ id }) => id === lineId), order);
    const sign = units < 0 ? -1 : 1;
    const price = sign * lineAmount(line, Math.abs(units));
    const tax = sign * taxOn(line, Math.abs(price));
    const discount = sign * discountOf(line, Math.abs(units));
    return {
        __typename: line.giftCard ? 'GiftCardSale' : 'ProductSale', actionType, quantity: units,
        lineType: line.giftCard ? 'GIFT_CARD' : 'PRODUCT', lineItem: line, taxes: [],
        ...amounts(order, price + tax, tax, discount),
    };
}

const amounts = (order, total, tax, discount) => ({
    totalAmount: moneyBag(total, order), totalTaxAmount: moneyBag(tax, order),
    totalDiscountAmountAfterTaxes: moneyBag(discount, order),
    totalDiscountAmountBeforeTaxes: moneyBag(discount, order),
});

const shippingSale = (order, line, cents, actionType) => ({
    __typename: 'ShippingLineSale', actionType, quantity: null, lineType: 'SHIPPING', taxes: [],
    shippingLine: { ...line, order }, ...amounts(order, cents, 0, 0),
});

const adjustmentSale = (order, { amount }) => ({
    __typename: 'AdjustmentSale', actionType: 'RETURN', quantity: null, lineType: 'ADJUSTMENT',
    taxes: [], ...amounts(order, amount, 0, 0),
});

function placed(order) {
    return {
        __typename: 'OrderAgreement', reason: 'ORDER', at: order.createdAt, order,
        list: [...order.originalLines.map(([id, units]) => productSale(order, id, units, 'ORDER')),
            ...order.shippingLines.map((line) =>
                shippingSale(order, line, line.price - line.discount, 'ORDER'))],
    };
}

const edited = (order) => order.edits.map((edit) => ({
    __typename: 'OrderEditAgreement', reason: 'ORDER_EDIT', at: edit.at,
    list: [...edit.additions.map(([id, units]) => productSale(order, id, units, 'UPDATE')),
        ...edit.removals.map(([id, units]) => productSale(order, id, -units, 'UPDATE'))],
}));

/** Refunds; one that came of an edit is told by the edit. */
const givenBack = (order) => order.refunds.filter(({ createdAt }) =>
    !order.edits.some(({ at }) => at === createdAt)).map((refund) => ({
    __typename: 'RefundAgreement', reason: 'REFUND', at: refund.createdAt,
    refund: { ...refund, order },
    list: [...refund.lines.filter(({ free }) => !free).map(({ lineId, quantity }) =>
        productSale(order, lineId, -quantity, 'RETURN')),
    ...refund.shippingLines.map(({ shippingLineId, amount }) => shippingSale(order,
        order.shippingLines.find(({ id }) => id === shippingLineId), -amount, 'RETURN')),
    ...refund.adjustments.map((entry) => adjustmentSale(order, entry))],
}));

const sales = (order, { list }, at) => (args, context, info) => listConnection(
    list.map((sale, index) => ({ ...sale, id: ids(order, sale.__typename, index, at) })),
    args, info, context);

/** The one search that its documentation knows beside times: `id:1`. */
const wanted = ({ id }, query) => [undefined, null, '', `id:${id}`].includes(query);

export function agreements(order, args, context, info) {
    const all = [placed(order), ...edited(order), ...givenBack(order)].sort((a, b) => a.at - b.at);
    return listConnection(all.map((entry, index) => ({
        ...entry, id: ids(order, entry.__typename, 0, index), happenedAt: graphqlTime(entry.at),
        app: null, user: null, sales: sales(order, entry, index),
    })).filter((entry) => wanted({ id: entry.id.split('/').pop() }, args.query)), args, info, context);
}
