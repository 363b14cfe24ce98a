// resolve-returnable.mjs: what of an order could come back, and what that would be worth.
//
// SPDX-License-Identifier: Apache-2.0
import { gid, idOf } from '../ids.mjs';
import { moneyBag, parseCents } from '../money.mjs';
import { returnable } from '../domain/return-build.mjs';
import { lineAmount, taxOn } from '../domain/totals.mjs';
import { badRequest, listConnection } from './connections.mjs';
import { load } from './lookup.mjs';
import { parcelLine } from './resolve-returns.mjs';

function orderOf(context, id) {
    const order = load(context, 'order', idOf(id, 'Order'));
    if (!order) throw badRequest(`Invalid id: ${id}`, 'RESOURCE_NOT_FOUND');
    return order;
}

export function returnableFulfillments(source, args, context, info) {
    const order = orderOf(context, args.orderId);
    const parts = returnable(order);
    const parcels = order.fulfillments.filter(({ id }) => parts.some(({ fulfillmentId }) => fulfillmentId === id));
    return listConnection(parcels.map((parcel) => ({
        __typename: 'ReturnableFulfillment', id: parcel.id, parcel, order,
        parts: parts.filter(({ fulfillmentId }) => fulfillmentId === parcel.id),
    })), args, info, context);
}

// ---- what a return would be worth

function feeOf(shop, order, amount, fee) {
    if (!fee) return null;
    return { __typename: 'CalculatedRestockingFee', id: gid('CalculatedRestockingFee', shop.uuid()),
        percentage: fee.percentage, amountSet: moneyBag(Math.round((amount * fee.percentage) / 100), order) };
}

/** Amounts are what the shop gives, so they are below zero. */
function calculatedLine(shop, order, { fulfillmentLineItemId, quantity, restockingFee }) {
    const part = parcelLine(order, idOf(fulfillmentLineItemId, 'FulfillmentLineItem'));
    if (!part) throw badRequest(`Invalid id: ${fulfillmentLineItemId}`, 'RESOURCE_NOT_FOUND');
    const amount = lineAmount(part.line, quantity);
    return {
        __typename: 'CalculatedReturnLineItem', id: null, quantity, fulfillmentLineItem: part,
        restockingFee: feeOf(shop, order, amount, restockingFee),
        subtotalBeforeOrderDiscountsSet: moneyBag(-amount, order), subtotalSet: moneyBag(-amount, order),
        totalTaxSet: moneyBag(-taxOn(part.line, amount), order),
    };
}

function shippingFee(shop, order, fee) {
    if (!fee) return null;
    return { __typename: 'CalculatedReturnShippingFee', id: gid('CalculatedReturnShippingFee', shop.uuid()),
        amountSet: moneyBag(parseCents(Number(fee.amount.amount).toFixed(2), 'amount'), order) };
}

export function returnCalculate(source, { input }, context) {
    const { shop } = context;
    const order = orderOf(context, input.orderId);
    if (input.exchangeLineItems?.length > 0) {
        throw badRequest('The sandbox does not calculate exchanges.', 'SANDBOX_UNSUPPORTED');
    }
    return {
        __typename: 'CalculatedReturn', id: gid('CalculatedReturn', shop.uuid()), exchangeLineItems: [],
        returnLineItems: (input.returnLineItems ?? []).map((line) => calculatedLine(shop, order, line)),
        returnShippingFee: shippingFee(shop, order, input.returnShippingFee),
    };
}

export const returnableTypes = {
    ReturnableFulfillment: {
        id: ({ id }) => gid('ReturnableFulfillment', id),
        fulfillment: ({ parcel, order }) => ({ ...parcel, order }),
        returnableFulfillmentLineItems: ({ parts, order }, args, context, info) => listConnection(
            parts.map(({ partId, quantity }) => ({ __typename: 'ReturnableFulfillmentLineItem', id: partId, quantity,
                fulfillmentLineItem: parcelLine(order, partId) })), args, info, context),
    },
};
