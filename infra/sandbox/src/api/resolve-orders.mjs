// resolve-orders.mjs: orders, their lines, money, payments and refunds in GraphQL.
//
// SPDX-License-Identifier: Apache-2.0
import { gid } from '../ids.mjs';
import { fixed, moneyBag, moneyV2 } from '../money.mjs';
import { codesOf } from '../domain/discounts.mjs';
import { capturable } from '../domain/payments.mjs';
import { recommendation } from '../domain/risk.mjs';
import { currentQuantity, discountOf, financialStatus, lineAmount, taxOn, totals,
    unfulfilledQuantity } from '../domain/totals.mjs';
import { listConnection } from './connections.mjs';
import { firstOf, load, ownGid, times } from './lookup.mjs';
import { objectEvents } from './roots.mjs';
import { findReturn } from './find-return.mjs';
import { agreements } from './resolve-agreements.mjs';
import { attributes, discountApplications, inOrder, lineTypes, taxLine } from './resolve-lines.mjs';
import { metafieldFields } from './resolve-metafields.mjs';
import { orderReturnFields } from './resolve-returns.mjs';

/** A stored order never changes: its sums are worked out once, however many fields show them. */
const known = new WeakMap();
function sums(order) {
    if (!known.has(order)) known.set(order, totals(order));
    return known.get(order);
}
const bag = (pick) => (order) => moneyBag(pick(sums(order)), order);
const old = (pick) => (order) => fixed(pick(sums(order)));

function mailingAddress(order, address) {
    if (!address) return null;
    return {
        __typename: 'MailingAddress', id: `${gid('MailingAddress', order.addressId)}?model_name=Address`,
        firstName: address.first_name, lastName: address.last_name,
        name: [address.first_name, address.last_name].filter(Boolean).join(' '),
        company: address.company, address1: address.address1, address2: address.address2,
        city: address.city, province: address.province, provinceCode: address.province_code,
        zip: address.zip, country: address.country, countryCode: address.country_code,
        countryCodeV2: address.country_code, phone: address.phone, latitude: address.latitude,
        longitude: address.longitude, coordinatesValidated: false,
        formatted: [address.address1, address.address2, address.city].filter(Boolean),
        formattedArea: `${address.city}, ${address.country}`, timeZone: null,
        validationResultSummary: null,
    };
}

const orderTaxLines = (pick) => (order) => (order.taxBasisPoints === 0 ? []
    : [taxLine(order, pick(sums(order)), order.taxBasisPoints)]);

const risk = (order) => ({
    __typename: 'OrderRiskSummary', recommendation: recommendation(order),
    assessments: order.assessments.map(({ level, facts }) => ({
        __typename: 'OrderRiskAssessment', riskLevel: level, provider: null,
        facts: facts.map((fact) => ({ __typename: 'RiskFact', ...fact })),
    })),
});

const CHANNELS = {
    web: 'Online Store', pos: 'Point of Sale', shopify_draft_order: 'Draft Orders',
    iphone: 'Shop', android: 'Shop',
};
const FIRST_CHANNEL = 2_100_000_001;

function channelInformation({ id, sourceName }) {
    const index = Object.keys(CHANNELS).indexOf(sourceName);
    const displayName = CHANNELS[sourceName] ?? sourceName;
    const channelId = gid('Channel', FIRST_CHANNEL + index + 1);
    return {
        __typename: 'ChannelInformation', id: gid('ChannelInformation', id), channelId, displayName,
        app: { __typename: 'App', id: gid('App', FIRST_CHANNEL + index + 1), title: displayName,
            handle: sourceName },
        channelDefinition: { __typename: 'ChannelDefinition', handle: sourceName,
            id: gid('ChannelDefinition', FIRST_CHANNEL + index + 1), channelName: displayName,
            subChannelName: displayName, isMarketplace: false, svgIcon: null },
    };
}

const ORDER = {
    ...times('createdAt', 'updatedAt', 'processedAt', 'cancelledAt', 'closedAt'),
    ...orderReturnFields, ...metafieldFields('ORDER'), channelInformation, agreements,
    discountApplications,
    id: ownGid('Order'), legacyResourceId: ({ id }) => id,
    closed: ({ closedAt }) => closedAt !== null, confirmed: () => true,
    currencyCode: ({ currency }) => currency,
    presentmentCurrencyCode: ({ presentmentCurrency }) => presentmentCurrency,
    customAttributes: (order) => attributes(order.attributes),
    customer: (order, args, context) => load(context, 'customer', order.customerId),
    customerLocale: () => 'en', discountCodes: codesOf,
    discountCode: (order) => codesOf(order)[0] ?? null, merchantOfRecordApp: () => null,
    publication: () => null, app: () => null, staffMember: () => null, paymentTerms: () => null,
    physicalLocation: (order, args, context) => load(context, 'location', order.retailLocationId),
    clientIp: () => null, disputes: () => [], alerts: () => [], additionalFees: () => [],
    taxesIncluded: () => false, taxExempt: () => false, dutiesIncluded: () => false,
    estimatedTaxes: () => false,
    displayFinancialStatus: financialStatus, events: objectEvents('ORDER'),
    displayFulfillmentStatus: (order, args, context) => context.shop.fulfillment.statusOf(order),
    fullyPaid: (order) => sums(order).outstanding <= 0 && sums(order).received > 0,
    unpaid: (order) => sums(order).received === 0,
    fulfillable: (order) => order.lines.some((line) => unfulfilledQuantity(line) > 0),
    refundable: (order) => sums(order).net > 0,
    restockable: (order) => order.lines.some((line) => currentQuantity(line) > 0),
    requiresShipping: (order) => order.lines.some((line) => line.requiresShipping),
    merchantEditable: (order) => order.cancelledAt === null,
    canNotifyCustomer: () => true, capturable: (order) => financialStatus(order) === 'AUTHORIZED',
    billingAddressMatchesShippingAddress: () => true,
    billingAddress: (order) => mailingAddress(order, order.billingAddress),
    shippingAddress: (order) => mailingAddress(order, order.shippingAddress),
    displayAddress: (order) => mailingAddress(order, order.shippingAddress ?? order.billingAddress),
    retailLocation: (order, args, context) => load(context, 'location', order.retailLocationId),
    paymentGatewayNames: (order) => [...new Set(order.transactions.map(({ gateway }) => gateway))],
    statusPageUrl: (order, args, context) => context.shop.statusUrl(order),
    risk, riskLevel: ({ risk: level }) => (['LOW', 'MEDIUM', 'HIGH'].includes(level) ? level : 'LOW'),
    cancellation: (order) => (order.cancelledAt === null ? null
        : { __typename: 'OrderCancellation', staffNote: order.staffNote }),
    subtotalLineItemsQuantity: (order) =>
        order.lines.reduce((sum, { quantity }) => sum + quantity, 0),
    currentSubtotalLineItemsQuantity: (order) =>
        order.lines.reduce((sum, line) => sum + currentQuantity(line), 0),
    totalWeight: (order) =>
        String(order.lines.reduce((sum, { grams, quantity }) => sum + grams * quantity, 0)),
    currentTotalWeight: (order) =>
        String(order.lines.reduce((sum, line) => sum + line.grams * currentQuantity(line), 0)),

    originalTotalPriceSet: bag(({ original }) => original),
    totalPriceSet: bag(({ total }) => total), totalPrice: old(({ total }) => total),
    currentTotalPriceSet: bag(({ currentTotal }) => currentTotal),
    subtotalPriceSet: bag(({ subtotal }) => subtotal), subtotalPrice: old(({ subtotal }) => subtotal),
    currentSubtotalPriceSet: bag(({ currentSubtotal }) => currentSubtotal),
    totalTaxSet: bag(({ tax }) => tax), totalTax: old(({ tax }) => tax),
    currentTotalTaxSet: bag(({ currentTax }) => currentTax),
    totalDiscountsSet: bag(({ discounts }) => discounts),
    totalDiscounts: old(({ discounts }) => discounts),
    currentTotalDiscountsSet: bag(({ currentDiscounts }) => currentDiscounts),
    currentCartDiscountAmountSet: bag(() => 0), cartDiscountAmountSet: bag(() => 0),
    totalShippingPriceSet: bag(({ shipping }) => shipping),
    totalShippingPrice: old(({ shipping }) => shipping),
    currentShippingPriceSet: bag(({ currentShipping }) => currentShipping),
    totalRefundedSet: bag(({ refunded }) => refunded), totalRefunded: old(({ refunded }) => refunded),
    totalRefundedShippingSet: bag(({ shippingRefunded }) => shippingRefunded),
    totalReceivedSet: bag(({ received }) => received), totalReceived: old(({ received }) => received),
    totalOutstandingSet: bag(({ outstanding }) => outstanding), netPaymentSet: bag(({ net }) => net),
    totalCapturableSet: bag(({ authorized }) => authorized), totalTipReceivedSet: (order) => moneyBag(order.tip, order),
    totalTipReceived: (order) => moneyV2(order.tip, order.currency),
    refundDiscrepancySet: bag(({ adjusted }) => adjusted),
    taxLines: orderTaxLines(({ tax }) => tax),
    currentTaxLines: orderTaxLines(({ currentTax }) => currentTax),

    lineItems: (order, args, context, info) =>
        listConnection(inOrder(order.lines, order), args, info, context),
    nonFulfillableLineItems: (order, args, context, info) => listConnection(
        inOrder(order.lines.filter((line) => line.fulfilled === 0 && unfulfilledQuantity(line) === 0),
            order), args, info, context),
    shippingLines: (order, args, context, info) =>
        listConnection(inOrder(order.shippingLines, order), args, info, context),
    shippingLine: (order) => inOrder(order.shippingLines, order)[0] ?? null,
    fulfillments: (order, args) => firstOf(inOrder(order.fulfillments, order), args),
    fulfillmentsCount: (order) =>
        ({ __typename: 'Count', count: order.fulfillments.length, precision: 'EXACT' }),
    fulfillmentOrders: (order, args, context, info) => listConnection(
        (context.shop.access.fulfillment ? context.shop.fulfillment.ofOrder(order.id) : [])
            .map(({ id }) => load(context, 'fulfillmentOrder', id)).filter(Boolean),
        args, info, context),
    refunds: (order, args) => firstOf(inOrder(order.refunds, order), args),
    transactions: (order, args) => firstOf(inOrder(order.transactions, order)
        .filter((entry) => !args.capturable || (entry.kind === 'AUTHORIZATION'
            && capturable(order, entry) > 0)), args),
    transactionsCount: (order) =>
        ({ __typename: 'Count', count: order.transactions.length, precision: 'EXACT' }),
};

const refundLines = (refund) => refund.lines.map((entry) => {
    const line = refund.order.lines.find(({ id }) => id === entry.lineId);
    return { ...entry, line, order: refund.order };
});
const refundedAmount = (refund) => refund.order.transactions
    .filter(({ id }) => refund.transactionIds.includes(id))
    .reduce((sum, { amount }) => sum + amount, 0);
const refundSubtotal = ({ free, line, quantity }) => (free ? 0 : lineAmount(line, quantity));

const REFUND = {
    ...times('createdAt', 'processedAt', 'updatedAt'),
    id: ownGid('Refund'), legacyResourceId: ({ id }) => id, duties: () => [],
    return: (refund, args, context) =>
        (refund.returnId === null ? null : findReturn(context, refund.returnId)),
    orderAdjustments: (refund, args, context, info) =>
        listConnection(inOrder(refund.adjustments, refund.order), args, info, context),
    refundShippingLines: (refund, args, context, info) =>
        listConnection(inOrder(refund.shippingLines, refund.order), args, info, context),
    totalRefundedSet: (refund) => moneyBag(refundedAmount(refund), refund.order),
    totalRefunded: (refund) => moneyV2(refundedAmount(refund), refund.order.currency),
    refundLineItems: (refund, args, context, info) =>
        listConnection(refundLines(refund), args, info, context),
    transactions: (refund, args, context, info) => listConnection(inOrder(
        refund.order.transactions.filter(({ id }) => refund.transactionIds.includes(id)),
        refund.order), args, info, context),
};

const REFUND_LINE_ITEM = {
    id: ownGid('RefundLineItem'), lineItem: ({ line, order }) => ({ ...line, order }),
    location: (entry, args, context) => load(context, 'location', entry.locationId),
    subtotalSet: (entry) => moneyBag(refundSubtotal(entry), entry.order),
    subtotal: (entry) => fixed(refundSubtotal(entry)),
    totalTaxSet: (entry) => moneyBag(taxOn(entry.line, refundSubtotal(entry)), entry.order),
    priceSet: ({ line, order }) => moneyBag(
        line.price - discountOf(line, 1), order),
};

const ORDER_ADJUSTMENT = {
    id: ownGid('OrderAdjustment'), amountSet: ({ amount, order }) => moneyBag(amount, order),
    taxAmountSet: ({ order }) => moneyBag(0, order),
};

const REFUND_SHIPPING_LINE = {
    id: ownGid('RefundShippingLine'),
    shippingLine: ({ shippingLineId, order }) =>
        inOrder(order.shippingLines, order).find(({ id }) => id === shippingLineId),
    subtotalAmountSet: ({ amount, order }) => moneyBag(amount, order),
    taxAmountSet: ({ order }) => moneyBag(0, order),
};

const ORDER_TRANSACTION = {
    ...times('createdAt', 'processedAt'),
    id: ownGid('OrderTransaction'), amount: ({ amount }) => fixed(amount),
    amountSet: (entry) => moneyBag(entry.amount, entry.order),
    amountV2: (entry) => moneyV2(entry.amount, entry.order.currency), fees: () => [],
    formattedGateway: ({ gateway }) => gateway,
    manualPaymentGateway: ({ gateway }) => gateway === 'manual',
    accountNumber: ({ card }) => card.number, receiptJson: () => '{"paid":true}',
    paymentId: ({ order }) => `${order.name}.1`, user: () => null, device: () => null,
    location: (entry, args, context) => load(context, 'location', entry.locationId),
    authorizationCode: ({ kind, id }) => (kind === 'AUTHORIZATION' ? `A${id}` : null),
    manuallyCapturable: (entry) => entry.kind === 'AUTHORIZATION' && capturable(entry.order, entry) > 0,
    paymentDetails: ({ card }) => ({
        __typename: 'CardPaymentDetails', company: card.company, number: card.number, bin: card.bin,
        paymentMethodName: card.company.toLowerCase(), avsResultCode: null, cvvResultCode: null,
        name: null, expirationMonth: null, expirationYear: null, wallet: null,
    }),
    totalUnsettledSet: (entry) => moneyBag(
        entry.kind === 'AUTHORIZATION' ? capturable(entry.order, entry) : 0, entry.order),
    parentTransaction: (entry) => {
        const parent = entry.order.transactions.find(({ id }) => id === entry.parentId);
        return parent ? { ...parent, order: entry.order } : null;
    },
};

const CUSTOMER = {
    ...times('createdAt', 'updatedAt'),
    id: ownGid('Customer'), legacyResourceId: ({ id }) => id,
    displayName: ({ firstName, lastName }) => `${firstName} ${lastName}`,
    defaultEmailAddress: ({ email }) =>
        (email ? { __typename: 'CustomerEmailAddress', emailAddress: email } : null),
    defaultPhoneNumber: ({ phone }) =>
        (phone ? { __typename: 'CustomerPhoneNumber', phoneNumber: phone } : null),
    locale: () => 'en', state: () => 'DISABLED', tags: () => [],
};

export const orderTypes = {
    Order: ORDER, ...lineTypes, Refund: REFUND,
    RefundLineItem: REFUND_LINE_ITEM, OrderAdjustment: ORDER_ADJUSTMENT,
    RefundShippingLine: REFUND_SHIPPING_LINE, OrderTransaction: ORDER_TRANSACTION, Customer: CUSTOMER,
};
