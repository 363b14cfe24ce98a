// resolve-returns.mjs: returns, reverse fulfilment orders and exchanges in GraphQL.
//
// SPDX-License-Identifier: Apache-2.0
import { gid } from '../ids.mjs';
import { moneyBag } from '../money.mjs';
import { lineAmount, returnStatus } from '../domain/totals.mjs';
import { listConnection } from './connections.mjs';
import { inReturn, withOrder } from './find-return.mjs';
import { load, ownGid, times } from './lookup.mjs';

/** The reasons of the schema's enum, as the definitions that replaced it. */
const REASONS = {
    UNKNOWN: ['unknown', 'Unknown'], SIZE_TOO_SMALL: ['size-too-small', 'Size was too small'],
    SIZE_TOO_LARGE: ['size-too-large', 'Size was too large'],
    UNWANTED: ['unwanted', 'Customer changed their mind'],
    NOT_AS_DESCRIBED: ['not-as-described', 'Item not as described'],
    WRONG_ITEM: ['wrong-item', 'Received the wrong item'],
    DEFECTIVE: ['defective', 'Damaged or defective'],
    STYLE: ['style', 'Style'], COLOR: ['color', 'Color'], OTHER: ['other', 'Other'],
};
const FIRST_REASON = 1_100_000_001;

function reasonDefinition(reason) {
    const [handle, name] = REASONS[reason];
    return {
        __typename: 'ReturnReasonDefinition', handle, name, deleted: false,
        id: gid('ReturnReasonDefinition', FIRST_REASON + Object.keys(REASONS).indexOf(reason)),
    };
}

const processed = ({ processed: units }) => units;
const unprocessed = ({ quantity, processed: units }) => quantity - units;

/** A line of a parcel, found by its own id. */
export function parcelLine(order, partId) {
    for (const parcel of order.fulfillments) {
        const part = parcel.lines.find(({ id }) => id === partId);
        if (part) {
            return { ...part, order, line: order.lines.find(({ id }) => id === part.lineId) };
        }
    }
    return null;
}

const refundsOf = ({ order, refundIds }) => order.refunds.filter(({ id }) => refundIds.includes(id))
    .map((refund) => ({ ...refund, order }));

function transactionsOf(found) {
    const ids = refundsOf(found).flatMap(({ transactionIds }) => transactionIds);
    return found.order.transactions.filter(({ id }) => ids.includes(id))
        .map((entry) => ({ ...entry, order: found.order }));
}

/** processingStatus of returnLineItems and exchangeLineItems narrows the list. */
function narrowed(list, { processingStatus }) {
    if (!processingStatus) return list;
    const wanted = JSON.stringify(processingStatus);
    if (/UNPROCESSED/.test(wanted)) return list.filter((line) => unprocessed(line) > 0);
    return list.filter((line) => processed(line) > 0);
}

const RETURN = {
    ...times('createdAt', 'closedAt'), id: ownGid('Return'),
    requestApprovedAt: (found) => times('approvedAt').approvedAt(found),
    totalQuantity: ({ lines }) => lines.reduce((sum, { quantity }) => sum + quantity, 0),
    returnShippingFees: () => [], staffMember: () => null,
    returnLineItems: (found, args, context, info) =>
        listConnection(narrowed(inReturn(found.lines, found), args), args, info, context),
    exchangeLineItems: (found, args, context, info) =>
        listConnection(narrowed(inReturn(found.exchanges, found), args), args, info, context),
    reverseFulfillmentOrders: (found, args, context, info) =>
        listConnection(inReturn(found.reverse, found), args, info, context),
    refunds: (found, args, context, info) => listConnection(refundsOf(found), args, info, context),
    transactions: (found, args, context, info) =>
        listConnection(transactionsOf(found), args, info, context),
};

const refunded = ({ id, order }) => order.refunds.flatMap(({ lines }) => lines)
    .filter(({ returnLineId }) => returnLineId === id)
    .reduce((sum, { quantity }) => sum + quantity, 0);

const RETURN_LINE_ITEM = {
    id: ownGid('ReturnLineItem'), returnReason: ({ reason }) => reason,
    returnReasonDefinition: ({ reason }) => reasonDefinition(reason),
    returnReasonNote: ({ note }) => note, customerNote: ({ customerNote }) => customerNote,
    processedQuantity: processed, unprocessedQuantity: unprocessed, restockingFee: () => null,
    processableQuantity: (line) => (line.found.status === 'OPEN' ? unprocessed(line) : 0),
    refundedQuantity: refunded, refundableQuantity: (line) => line.quantity - refunded(line),
    fulfillmentLineItem: ({ order, partId }) => parcelLine(order, partId),
    totalWeight: ({ order, lineId, quantity }) => ({
        __typename: 'Weight', unit: 'GRAMS',
        value: order.lines.find(({ id }) => id === lineId).grams * quantity,
    }),
    withCodeDiscountedTotalPriceSet: ({ order, lineId, quantity }) => moneyBag(
        lineAmount(order.lines.find(({ id }) => id === lineId), quantity), order),
};

const EXCHANGE_LINE_ITEM = {
    id: ownGid('ExchangeLineItem'), processedQuantity: processed, unprocessedQuantity: unprocessed,
    processableQuantity: (entry) => (entry.found.status === 'OPEN' ? unprocessed(entry) : 0),
    productId: ({ productId }) => gid('Product', productId),
    variantId: ({ variantId }) => gid('ProductVariant', variantId),
    variantSku: ({ sku }) => sku,
    lineItems: ({ lineIds, order }) => (lineIds.length === 0 ? null
        : order.lines.filter(({ id }) => lineIds.includes(id)).map((line) => ({ ...line, order }))),
    lineItem: ({ lineIds, order }) => {
        const line = order.lines.find(({ id }) => lineIds.includes(id));
        return line ? { ...line, order } : null;
    },
};

const REVERSE = {
    id: ownGid('ReverseFulfillmentOrder'), thirdPartyConfirmation: () => null,
    lineItems: (reverse, args, context, info) =>
        listConnection(reverse.lines.map((line) => ({ ...line, order: reverse.order })), args, info, context),
    reverseDeliveries: (reverse, args, context, info) => listConnection([], args, info, context),
};

const REVERSE_LINE = {
    id: ownGid('ReverseFulfillmentOrderLineItem'), totalQuantity: ({ total }) => total,
    fulfillmentLineItem: ({ order, partId }) => parcelLine(order, partId),
};

const DISPOSITION = {
    ...times('createdAt'), id: ownGid('ReverseFulfillmentOrderDisposition'),
    location: (entry, args, context) => load(context, 'location', entry.locationId),
};

/** Order fields that returns decide. */
export const orderReturnFields = {
    returnStatus,
    returns: (order, args, context, info) => {
        const wanted = /status:\s*(\w+)/i.exec(args.query ?? '')?.[1].toUpperCase();
        return listConnection(withOrder(order).filter(({ status }) => !wanted || status === wanted),
            args, info, context);
    },
};

export const returnTypes = {
    Return: RETURN, ReturnLineItem: RETURN_LINE_ITEM, ExchangeLineItem: EXCHANGE_LINE_ITEM,
    ReverseFulfillmentOrder: REVERSE, ReverseFulfillmentOrderLineItem: REVERSE_LINE,
    ReverseFulfillmentOrderDisposition: DISPOSITION,
};
