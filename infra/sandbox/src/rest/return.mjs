// rest/return.mjs: returns as webhook bodies show them.
//
// Shopify's bodies differ by topic: a request and an approval carry lines, a decline its reason,
// cancelling, closing and reopening only ids and the status.  Each function gives the body's writer.
//
// SPDX-License-Identifier: Apache-2.0
import { gid } from '../ids.mjs';

const named = (kind, id) => ({ id: BigInt(id), admin_graphql_api_id: gid(kind, id) });
const sum = (list) => list.reduce((total, { quantity }) => total + quantity, 0);

const head = (order, found) => ({
    ...named('Return', found.id), status: found.status.toLowerCase(), order: named('Order', order.id),
});

const lineBody = (line) => ({
    ...named('ReturnLineItem', line.id),
    fulfillment_line_item: {
        ...named('FulfillmentLineItem', line.partId), line_item: named('LineItem', line.lineId),
    },
    quantity: line.quantity, return_reason: line.reason.toLowerCase(), return_reason_note: line.note,
    customer_note: line.customerNote,
});

const exchangeBody = (entry) => ({
    ...named('ExchangeLineItem', entry.id),
    line_item: entry.lineIds.length > 0 ? named('LineItem', entry.lineIds[0]) : null,
});

/** A return as its order shows it. */
export function returnBody(found) {
    return {
        ...named('Return', found.id), status: found.status.toLowerCase(), total_return_line_items: sum(found.lines), name: found.name,
        return_line_items: found.lines.map(lineBody), return_shipping_fees: [],
        exchange_line_items: found.exchanges.map(exchangeBody),
        total_exchange_line_items: sum(found.exchanges),
    };
}

export const requestBody = (shop, order, found) => () =>
    ({ ...head(order, found), ...returnBody(found) });
export const approvalBody = requestBody;

export const declineBody = (shop, order, found) => () => ({
    ...head(order, found),
    decline: { reason: found.decline.reason.toLowerCase(), note: found.decline.note },
});

export const statusBody = (shop, order, found) => () => ({
    ...named('Return', found.id), order_id: BigInt(order.id), status: found.status.toLowerCase(),
});

export const updateBody = (returnLineId, delta) => (shop, order, found) => () => ({
    admin_graphql_api_id: gid('Return', found.id),
    return_line_items: {
        removals: [{ admin_graphql_api_id: gid('ReturnLineItem', returnLineId), delta }],
    },
    restocking_fees: { updates: [], removals: [] },
    return_shipping_fees: { updates: [], removals: [] },
});

export const processBody = (units, placed) => (shop, order, found) => () => ({
    ...head(order, found),
    return_line_items: units.map(({ line, quantity }) =>
        ({ ...named('ReturnLineItem', line.id), quantity })),
    exchange_line_items: placed.map(([id, line]) => ({
        ...named('ExchangeLineItem', id), line_item: named('LineItem', line.id),
        quantity: line.quantity,
    })),
});

export const disposeBody = (found, dispositions) => () => ({
    ...named('ReverseFulfillmentOrder', found.reverse[0].id),
    dispositions: dispositions.map(({ line, disposition }) => ({
        reverse_fulfillment_order_line_item: named('ReverseFulfillmentOrderLineItem', line.id),
        reverse_delivery_line_item: null, type: disposition.type.toLowerCase(),
        location: disposition.locationId === null ? null : named('Location', disposition.locationId),
        quantity: disposition.quantity,
    })),
    total_dispositions: dispositions.length,
});
