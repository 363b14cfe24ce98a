// rest/order.mjs: orders, fulfilments, refunds and edits as webhook bodies show them.
//
// Webhooks still speak the shape of the old REST API: snake_case, numeric ids, money as fixed
// strings beside ..._set objects, times with the shop's offset.
//
// SPDX-License-Identifier: Apache-2.0
import { gid } from '../ids.mjs';
import { ownDiscount } from '../domain/discounts.mjs';
import { allocationBodies, applicationBody, codeBodies } from './discount.mjs';
import { returnBody } from './return.mjs';
import { fixed, moneySet } from '../money.mjs';
import { currentQuantity, financialStatus, lineAmount, lineFulfillmentStatus,
    restFulfillmentStatus, taxOn, totals, unfulfilledQuantity } from '../domain/totals.mjs';

const big = (id) => (id === null || id === undefined ? null : BigInt(id));

function address(given) {
    if (!given) return null;
    return { ...given, name: [given.first_name, given.last_name].filter(Boolean).join(' ') };
}

const properties = (attributes) => attributes.map(({ key, value }) => ({ name: key, value }));

function taxLines(order, line) {
    if (line.taxBasisPoints === 0 || !line.taxable) return [];
    const cents = taxOn(line, lineAmount(line, line.quantity));
    return [{
        title: 'Tax', price: fixed(cents), rate: line.taxBasisPoints / 10_000,
        channel_liable: false, price_set: moneySet(cents, order),
    }];
}

const still = (shop, table, id) => (id !== null && shop.store.get(table, id) ? id : null);

/** A line as it stands inside orders, fulfilments and refunds; of what was deleted it shows no id. */
function lineCore(shop, order, line, quantity) {
    const productId = still(shop, 'product', line.productId);
    return {
        id: big(line.id), admin_graphql_api_id: gid('LineItem', line.id),
        fulfillable_quantity: order.cancelledAt === null ? unfulfilledQuantity(line) : 0,
        fulfillment_service: 'manual', fulfillment_status: lineFulfillmentStatus(line),
        gift_card: line.giftCard, grams: line.grams, name: line.name, price: fixed(line.price),
        price_set: moneySet(line.price, order), product_exists: productId !== null,
        product_id: big(productId), properties: properties(line.attributes), quantity,
        requires_shipping: line.requiresShipping, sku: line.sku, taxable: line.taxable,
        title: line.title, total_discount: fixed(ownDiscount(order, line)),
        total_discount_set: moneySet(ownDiscount(order, line), order),
        variant_id: big(still(shop, 'variant', line.variantId)),
        variant_inventory_management: line.itemId === null ? null : 'shopify',
        variant_title: line.variantTitle, vendor: line.vendor, tax_lines: taxLines(order, line),
        duties: [], discount_allocations: allocationBodies(order, line),
    };
}

const orderLine = (shop, order, line) => ({
    ...lineCore(shop, order, line, line.quantity), attributed_staffs: [],
    current_quantity: currentQuantity(line), sales_line_item_group_id: big(line.group?.id ?? null),
});

function shippingLine(order, line) {
    const discounted = line.price - line.discount;
    return {
        id: big(line.id), carrier_identifier: line.carrierIdentifier, code: line.code,
        current_discounted_price_set: moneySet(discounted, order),
        discounted_price: fixed(discounted), discounted_price_set: moneySet(discounted, order),
        is_removed: false, phone: null, price: fixed(line.price),
        price_set: moneySet(line.price, order), requested_fulfillment_service_id: null,
        source: line.source, title: line.title, tax_lines: [],
        discount_allocations: allocationBodies(order, line),
    };
}

function customer(shop, order) {
    const found = shop.store.get('customer', order.customerId);
    if (!found) return null;
    return {
        id: big(found.id), created_at: shop.restTime(found.createdAt),
        updated_at: shop.restTime(found.updatedAt), first_name: found.firstName,
        last_name: found.lastName, state: 'disabled', note: null, verified_email: true,
        multipass_identifier: null, tax_exempt: false, email: found.email, phone: found.phone,
        currency: order.currency, tax_exemptions: [],
        admin_graphql_api_id: gid('Customer', found.id),
    };
}

function cardBody(card) {
    return {
        credit_card_bin: card.bin, avs_result_code: null, cvv_result_code: null,
        credit_card_number: card.number, credit_card_company: card.company, buyer_action_info: null,
        credit_card_name: null, credit_card_wallet: null, credit_card_expiration_month: null,
        credit_card_expiration_year: null, payment_method_name: card.company.toLowerCase(),
    };
}

function transaction(shop, order, entry) {
    return {
        id: big(entry.id), order_id: big(order.id), kind: entry.kind.toLowerCase(),
        gateway: entry.gateway, status: entry.status.toLowerCase(), message: entry.errorCode === null ? null : 'The card was declined',
        created_at: shop.restTime(entry.createdAt), test: entry.test, authorization: entry.kind === 'AUTHORIZATION' ? `A${entry.id}` : null,
        location_id: big(entry.locationId), user_id: null, parent_id: big(entry.parentId),
        processed_at: shop.restTime(entry.processedAt), device_id: null,
        error_code: entry.errorCode?.toLowerCase() ?? null,
        source_name: order.sourceName, receipt: {}, payment_details: cardBody(entry.card), amount: fixed(entry.amount),
        currency: order.currency, payment_id: `${order.name}.1`,
        admin_graphql_api_id: gid('OrderTransaction', entry.id),
    };
}

export const transactionBody = (shop, order, id) =>
    transaction(shop, order, order.transactions.find((entry) => entry.id === id));

/** The bundles that an order's lines belong to, each once. */
function groupBodies(lines) {
    const groups = new Map(lines.filter(({ group }) => group).map(({ group }) => [group.id, group]));
    return [...groups.values()].map((group) => ({
        id: big(group.id), title: group.title, quantity: group.quantity,
        variant_id: big(group.variantId), variant_sku: group.variantSku,
        product_id: big(group.productId), properties: [],
    }));
}

function trackingFields({ company, numbers, urls }) {
    return {
        tracking_company: company, tracking_number: numbers[0] ?? null, tracking_numbers: numbers,
        tracking_url: urls[0] ?? null, tracking_urls: urls,
    };
}

function fulfillment(shop, order, entry) {
    return {
        id: big(entry.id), order_id: big(order.id), status: entry.status.toLowerCase(),
        created_at: shop.restTime(entry.createdAt), service: 'manual',
        updated_at: shop.restTime(entry.updatedAt), ...trackingFields(entry.tracking),
        shipment_status: null, location_id: big(entry.locationId), origin_address: null,
        line_items: entry.lines.map(({ lineId, quantity }) =>
            lineCore(shop, order, order.lines.find((line) => line.id === lineId), quantity)),
        receipt: {}, name: entry.name, admin_graphql_api_id: gid('Fulfillment', entry.id),
    };
}

export function fulfillmentBody(shop, order, fulfillmentId) {
    const entry = order.fulfillments.find(({ id }) => id === fulfillmentId);
    return {
        ...fulfillment(shop, order, entry), email: order.email,
        destination: address(order.shippingAddress),
    };
}

function refundLine(shop, order, entry) {
    const line = order.lines.find(({ id }) => id === entry.lineId);
    const subtotal = entry.free ? 0 : lineAmount(line, entry.quantity);
    const tax = entry.free ? 0 : taxOn(line, subtotal);
    return {
        id: big(entry.id), quantity: entry.quantity, line_item_id: big(entry.lineId),
        location_id: big(entry.locationId), restock_type: entry.restockType.toLowerCase(),
        subtotal: subtotal / 100, total_tax: tax / 100,
        subtotal_set: moneySet(subtotal, order), total_tax_set: moneySet(tax, order),
        line_item: lineCore(shop, order, line, line.quantity),
    };
}

function refundShipping(shop, order, part) {
    const line = order.shippingLines.find(({ id }) => id === part.shippingLineId);
    return {
        id: big(part.id), shipping_line: shippingLine(order, line),
        subtotal_amount_set: moneySet(part.amount, order), tax_amount_set: moneySet(0, order),
    };
}

function adjustment(order, refund, part) {
    return {
        id: big(part.id), order_id: big(order.id), refund_id: big(refund.id),
        amount: fixed(part.amount), amount_set: moneySet(part.amount, order),
        kind: 'refund_discrepancy', reason: 'Refund discrepancy',
        tax_amount: '0.00', tax_amount_set: moneySet(0, order),
    };
}

function refund(shop, order, entry) {
    const paid = order.transactions.filter(({ id }) => entry.transactionIds.includes(id));
    return {
        id: big(entry.id), order_id: big(order.id), created_at: shop.restTime(entry.createdAt),
        note: entry.note, user_id: null, processed_at: shop.restTime(entry.processedAt),
        duties: [], total_duties_set: moneySet(0, order),
        return: entry.returnId === null ? null : {
            id: big(entry.returnId), admin_graphql_api_id: gid('Return', entry.returnId),
        },
        restock: entry.lines.some(({ restockType }) => restockType !== 'NO_RESTOCK'),
        refund_shipping_lines: entry.shippingLines.map((part) => refundShipping(shop, order, part)),
        admin_graphql_api_id: gid('Refund', entry.id),
        order_adjustments: entry.adjustments.map((part) => adjustment(order, entry, part)),
        refund_line_items: entry.lines.map((line) => refundLine(shop, order, line)),
        transactions: paid.map((payment) => transaction(shop, order, payment)),
    };
}

export const refundBody = (shop, order, refundId) =>
    refund(shop, order, order.refunds.find(({ id }) => id === refundId));

function money(order, sums) {
    const named = {
        current_subtotal_price: sums.currentSubtotal, current_total_discounts: sums.currentDiscounts,
        current_total_price: sums.currentTotal, current_total_tax: sums.currentTax,
        subtotal_price: sums.subtotal, total_discounts: sums.discounts,
        total_line_items_price: sums.lineItems, total_price: sums.total, total_tax: sums.tax,
    };
    const result = {
        current_shipping_price_set: moneySet(sums.currentShipping, order),
        total_shipping_price_set: moneySet(sums.shipping, order),
        total_cash_rounding_payment_adjustment_set: moneySet(0, order),
        total_cash_rounding_refund_adjustment_set: moneySet(0, order),
        total_outstanding: fixed(sums.outstanding), total_tip_received: fixed(order.tip),
        current_total_additional_fees_set: null, current_total_duties_set: null,
        original_total_additional_fees_set: null, original_total_duties_set: null,
    };
    for (const [name, cents] of Object.entries(named)) {
        result[name] = fixed(cents);
        result[`${name}_set`] = moneySet(cents, order);
    }
    return result;
}

function head(shop, order) {
    return {
        id: big(order.id), admin_graphql_api_id: gid('Order', order.id), app_id: null,
        browser_ip: null, buyer_accepts_marketing: false,
        cancel_reason: order.cancelReason?.toLowerCase() ?? null,
        cancelled_at: shop.restTime(order.cancelledAt), cart_token: null, checkout_token: null,
        client_details: null, closed_at: shop.restTime(order.closedAt),
        confirmation_number: order.confirmationNumber, confirmed: true, contact_email: order.email,
        created_at: shop.restTime(order.createdAt), currency: order.currency,
        customer_locale: 'en', device_id: null, discount_codes: codeBodies(order), duties_included: false,
        email: order.email, estimated_taxes: false,
        financial_status: financialStatus(order)?.toLowerCase() ?? null,
        fulfillment_status: restFulfillmentStatus(order), landing_site: null,
        landing_site_ref: null, location_id: big(order.retailLocationId),
        merchant_business_entity_id: 'MTIzNDU2Nzg5', merchant_of_record_app_id: null,
        name: order.name, note: order.note, note_attributes: properties(order.attributes),
        number: order.number - 1000, order_number: order.number,
        order_status_url: shop.statusUrl(order),
        payment_gateway_names: [...new Set(order.transactions.map(({ gateway }) => gateway))],
        phone: order.phone, po_number: order.poNumber,
        presentment_currency: order.presentmentCurrency,
        processed_at: shop.restTime(order.processedAt), reference: null, referring_site: null,
        source_identifier: order.sourceIdentifier, source_name: order.sourceName, source_url: null,
        tags: order.tags.join(', '), tax_exempt: false, tax_lines: [], taxes_included: false,
        test: order.test, token: order.confirmationNumber.toLowerCase(),
        total_weight: order.lines.reduce((sum, line) => sum + line.grams * line.quantity, 0),
        updated_at: shop.restTime(order.updatedAt), user_id: null,
    };
}

export function orderBody(shop, order) {
    return {
        ...head(shop, order), ...money(order, totals(order)),
        billing_address: address(order.billingAddress), customer: customer(shop, order),
        discount_applications: order.discounts.map(applicationBody),
        fulfillments: order.fulfillments.map((entry) => fulfillment(shop, order, entry)),
        line_items: order.lines.map((line) => orderLine(shop, order, line)), payment_terms: null,
        refunds: order.refunds.map((entry) => refund(shop, order, entry)),
        shipping_address: address(order.shippingAddress),
        shipping_lines: order.shippingLines.map((line) => shippingLine(order, line)),
        returns: order.returns.map(returnBody), line_item_groups: groupBodies(order.lines),
    };
}

/** orders/edited: only what changed; fixed when the edit is committed. */
export function editBody(shop, order, { id, at, additions, removals, discounts }, note = '') {
    const entries = (list) => list.map(([lineId, delta]) => ({ id: big(lineId), delta }));
    const body = { order_edit: {
        id: big(id), app_id: null, created_at: shop.restTime(at),
        committed_at: shop.restTime(at), notify_customer: false, order_id: big(order.id),
        staff_note: note, user_id: null,
        line_items: { additions: entries(additions), removals: entries(removals) },
        discounts: { line_item: { removals: [], additions: discounts.map(([lineId, cents]) =>
            ({ line_item_id: big(lineId), amount_set: moneySet(cents, order) })) } },
        shipping_lines: { additions: [], removals: [] },
    } };
    return () => body;
}
