// resolve-lines.mjs: line items, shipping lines and the discounts on them in GraphQL.
//
// SPDX-License-Identifier: Apache-2.0
import { gid } from '../ids.mjs';
import { fixed, moneyBag, moneyV2 } from '../money.mjs';
import { ownDiscount } from '../domain/discounts.mjs';
import { currentQuantity, lineAmount, taxOn, unfulfilledQuantity } from '../domain/totals.mjs';
import { listConnection } from './connections.mjs';
import { load, ownGid } from './lookup.mjs';

/** Parts of an order with what their resolvers need to see around them. */
export const inOrder = (list, order) => list.map((part) => ({ ...part, order }));

export const attributes = (list) => list.map(({ key, value }) => ({ __typename: 'Attribute', key, value }));

export function taxLine(order, cents, basisPoints) {
    return {
        __typename: 'TaxLine', title: 'Tax', rate: basisPoints / 10_000,
        ratePercentage: basisPoints / 100, price: fixed(cents), priceSet: moneyBag(cents, order),
        channelLiable: false, source: null,
    };
}

const lineTaxLines = (line) => (line.taxBasisPoints === 0 || !line.taxable ? []
    : [taxLine(line.order, taxOn(line, lineAmount(line, line.quantity)), line.taxBasisPoints)]);

// ---- discounts

const discountValue = ({ percentage, cents }, order) => (percentage === null
    ? moneyV2(cents, order.currency)
    : { __typename: 'PricingPercentageValue', percentage });

const shownDiscount = (found, order) => ({ ...found, value: discountValue(found, order) });

export const discountApplications = (order, args, context, info) =>
    listConnection(order.discounts.map((found) => shownDiscount(found, order)), args, info, context);

const discountAllocations = (part) => part.allocations.map(({ index, cents }) => ({
    __typename: 'DiscountAllocation', allocatedAmountSet: moneyBag(cents, part.order),
    allocatedAmount: moneyV2(cents, part.order.currency),
    discountApplication: shownDiscount(part.order.discounts[index], part.order),
}));

// ---- lines

const lineBag = (cents) => (line) => moneyBag(cents(line), line.order);
const unit = (line, whole) => (line.quantity === 0 ? line.price : Math.floor(whole / line.quantity));
const ownTotal = (line) => line.price * line.quantity - ownDiscount(line.order, line);

const lineItemGroup = ({ group }) => (group === null ? null : {
    ...group, id: gid('LineItemGroup', group.id), variantId: gid('ProductVariant', group.variantId),
    productId: gid('Product', group.productId), customAttributes: [],
});

const LINE_ITEM = {
    id: ownGid('LineItem'), currentQuantity, unfulfilledQuantity,
    fulfillableQuantity: unfulfilledQuantity, refundableQuantity: currentQuantity,
    nonFulfillableQuantity: ({ removed }) => removed, restockable: (line) => line.itemId !== null,
    canRestock: (line) => line.itemId !== null, isGiftCard: ({ giftCard }) => giftCard,
    merchantEditable: () => true, lineItemGroup, contract: () => null, sellingPlan: () => null,
    staffMember: () => null, fulfillmentService: () => null,
    fulfillmentStatus: (line) => (line.fulfilled === 0 ? 'unfulfilled'
        : unfulfilledQuantity(line) > 0 ? 'partial' : 'fulfilled'),
    variant: (line, args, context) => load(context, 'variant', line.variantId),
    product: (line, args, context) => load(context, 'product', line.productId),
    customAttributes: (line) => attributes(line.attributes),
    discountAllocations, duties: () => [], taxLines: lineTaxLines,
    originalUnitPriceSet: lineBag(({ price }) => price),
    originalUnitPrice: ({ price }) => fixed(price),
    originalTotalSet: lineBag(({ price, quantity }) => price * quantity),
    discountedUnitPriceSet: lineBag((line) => unit(line, ownTotal(line))),
    discountedUnitPriceAfterAllDiscountsSet: lineBag((line) =>
        unit(line, lineAmount(line, line.quantity))),
    discountedTotalSet: lineBag(ownTotal),
    priceAfterAllDiscountsBeforeTaxesSet: lineBag((line) => lineAmount(line, currentQuantity(line))),
    totalDiscountSet: lineBag((line) => ownDiscount(line.order, line)),
    unfulfilledDiscountedTotalSet: lineBag((line) => lineAmount(line, unfulfilledQuantity(line))),
    unfulfilledOriginalTotalSet: lineBag((line) => line.price * unfulfilledQuantity(line)),
    weight: ({ grams }) => ({ __typename: 'Weight', unit: 'GRAMS', value: grams }),
};

const discounted = (line) => line.price - line.discount;

const SHIPPING_LINE = {
    id: ownGid('ShippingLine'), isRemoved: () => false, custom: () => false, discountAllocations,
    taxLines: () => [], price: ({ price }) => fixed(price), phone: () => null,
    requestedFulfillmentService: () => null, shippingRateHandle: () => null,
    originalPriceSet: lineBag(({ price }) => price),
    discountedPriceSet: lineBag(discounted),
    currentDiscountedPriceSet: lineBag((line) => discounted(line)
        - line.order.refunds.reduce((sum, { shipping }) => sum + shipping, 0)),
    originalPrice: (line) => moneyV2(line.price, line.order.currency),
    discountedPrice: (line) => moneyV2(discounted(line), line.order.currency),
};

export const lineTypes = { LineItem: LINE_ITEM, ShippingLine: SHIPPING_LINE };
