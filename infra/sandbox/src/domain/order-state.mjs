// order-state.mjs: an order as history and the control API show it.
//
// One canonical form, with ids as exact integers, times with microseconds and money in cents.  It
// is not Shopify's shape on purpose: whoever compares a stream's result with it must not find the
// same code, or the same mistake, on both sides.
//
// SPDX-License-Identifier: Apache-2.0
import { exactTime } from '../clock.mjs';
import { metafieldState } from './metafields.mjs';
import { currentQuantity, financialStatus, returnStatus, totals,
    unfulfilledQuantity } from './totals.mjs';

const big = (id) => (id === null || id === undefined ? null : BigInt(id));

function lineState(line) {
    return {
        id: big(line.id), variant_id: big(line.variantId), product_id: big(line.productId),
        inventory_item_id: big(line.itemId), sku: line.sku, title: line.title,
        quantity: line.quantity, current_quantity: currentQuantity(line),
        unfulfilled_quantity: unfulfilledQuantity(line), fulfilled_quantity: line.fulfilled,
        removed_quantity: line.removed, returned_quantity: line.returned,
        price_cents: line.price, discount_cents: line.discount, group_id: big(line.group?.id),
        requires_shipping: line.requiresShipping,
        location_id: big(line.locationId), attributes: line.attributes,
    };
}

export function fulfillmentState(fulfillment) {
    return {
        id: big(fulfillment.id), name: fulfillment.name, status: fulfillment.status,
        location_id: big(fulfillment.locationId), created_at: exactTime(fulfillment.createdAt),
        updated_at: exactTime(fulfillment.updatedAt),
        tracking: fulfillment.tracking,
        lines: fulfillment.lines.map((line) => ({
            id: big(line.id), line_id: big(line.lineId), quantity: line.quantity,
        })),
    };
}

function refundState(refund) {
    return {
        id: big(refund.id), created_at: exactTime(refund.createdAt), note: refund.note,
        return_id: big(refund.returnId), shipping_cents: refund.shipping,
        adjustment_cents: refund.adjustments.map(({ amount }) => amount),
        transaction_ids: refund.transactionIds.map(big),
        lines: refund.lines.map((line) => ({
            id: big(line.id), line_id: big(line.lineId), quantity: line.quantity,
            restock_type: line.restockType.toLowerCase(), location_id: big(line.locationId),
        })),
    };
}

const discountState = (found) => ({
    type: found.__typename, code: found.code, title: found.title, percentage: found.percentage,
    amount_cents: found.cents, target_type: found.targetType,
});

function transactionState(entry) {
    return {
        id: big(entry.id), parent_id: big(entry.parentId), kind: entry.kind, status: entry.status,
        gateway: entry.gateway, amount_cents: entry.amount, created_at: exactTime(entry.createdAt),
    };
}

function exchangeState(entry) {
    return {
        id: big(entry.id), variant_id: big(entry.variantId), sku: entry.sku,
        quantity: entry.quantity, processed_quantity: entry.processed,
        line_ids: entry.lineIds.map(big),
    };
}

function reverseState(reverse) {
    return {
        id: big(reverse.id), status: reverse.status,
        lines: reverse.lines.map((line) => ({
            id: big(line.id), return_line_id: big(line.returnLineId),
            fulfillment_line_id: big(line.partId), total: line.total,
            dispositions: line.dispositions.map((disposition) => ({
                id: big(disposition.id), type: disposition.type, quantity: disposition.quantity,
                location_id: big(disposition.locationId),
                created_at: exactTime(disposition.createdAt),
            })),
        })),
    };
}

export function returnState(order, found) {
    return {
        id: big(found.id), order_id: big(order.id), name: found.name, status: found.status,
        created_at: exactTime(found.createdAt), updated_at: exactTime(found.updatedAt),
        approved_at: exactTime(found.approvedAt), closed_at: exactTime(found.closedAt),
        decline: found.decline && { reason: found.decline.reason, note: found.decline.note },
        lines: found.lines.map((line) => ({
            id: big(line.id), line_id: big(line.lineId), fulfillment_id: big(line.fulfillmentId),
            fulfillment_line_id: big(line.partId), quantity: line.quantity,
            processed_quantity: line.processed, reason: line.reason, note: line.note,
            customer_note: line.customerNote,
        })),
        exchange_lines: found.exchanges.map(exchangeState),
        reverse_fulfillment_orders: found.reverse.map(reverseState),
        refund_ids: found.refundIds.map(big),
    };
}

export function orderState(shop, order) {
    return {
        id: big(order.id), name: order.name, number: order.number, test: order.test,
        created_at: exactTime(order.createdAt), updated_at: exactTime(order.updatedAt),
        cancelled_at: exactTime(order.cancelledAt), cancel_reason: order.cancelReason,
        closed_at: exactTime(order.closedAt), edited: order.edited, note: order.note,
        email: order.email, phone: order.phone, tags: order.tags, attributes: order.attributes,
        source_name: order.sourceName, delivery: order.delivery, risk: order.risk,
        currency: order.currency, presentment_currency: order.presentmentCurrency,
        total_cents: totals(order).total, current_total_cents: totals(order).currentTotal,
        financial_status: financialStatus(order), return_status: returnStatus(order),
        fulfillment_status: shop.fulfillment.statusOf(order),
        shipping_address: order.shippingAddress, billing_address: order.billingAddress,
        customer_id: big(order.customerId), tip_cents: order.tip, po_number: order.poNumber,
        source_identifier: order.sourceIdentifier,
        retail_location_id: big(order.retailLocationId),
        outstanding_cents: totals(order).outstanding,
        discounts: order.discounts.map(discountState),
        shipping_lines: order.shippingLines.map((line) => ({
            id: big(line.id), title: line.title, code: line.code, price_cents: line.price,
            discount_cents: line.discount,
        })),
        metafields: order.metafields.map(metafieldState),
        lines: order.lines.map(lineState),
        fulfillments: order.fulfillments.map(fulfillmentState),
        refunds: order.refunds.map(refundState),
        transactions: order.transactions.map(transactionState),
        returns: order.returns.map((entry) => returnState(order, entry)),
    };
}

export function fulfillmentOrderState(fulfillmentOrder) {
    return {
        id: big(fulfillmentOrder.id), order_id: big(fulfillmentOrder.orderId),
        status: fulfillmentOrder.status, request_status: fulfillmentOrder.requestStatus,
        location_id: big(fulfillmentOrder.locationId),
        created_at: exactTime(fulfillmentOrder.createdAt),
        updated_at: exactTime(fulfillmentOrder.updatedAt),
        holds: fulfillmentOrder.holds.map((hold) => ({ id: big(hold.id), reason: hold.reason })),
        lines: fulfillmentOrder.lines.map((line) => ({
            id: big(line.id), line_id: big(line.lineId), total: line.total,
            remaining: line.remaining,
        })),
    };
}
