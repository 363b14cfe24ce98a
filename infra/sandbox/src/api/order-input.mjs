// order-input.mjs: an order as an app enters it, in the words of the shop.
//
// What an app may say of an order and this shop does not model is refused by name: an order that lacks
// half of what was asked for would look like a success.
//
// SPDX-License-Identifier: Apache-2.0
import { idOf } from '../ids.mjs';
import { userError } from './mutations-common.mjs';

const KNOWN = ['billingAddress', 'closedAt', 'customAttributes', 'customerId', 'email', 'financialStatus',
    'lineItems', 'metafields', 'note', 'phone', 'poNumber', 'presentmentCurrency', 'processedAt',
    'shippingAddress', 'shippingLines', 'sourceIdentifier', 'sourceName', 'tags', 'test', 'transactions'];
// they change nothing that is shown here: the shop has one currency, and taxes are told line by line
const WITHOUT_EFFECT = ['buyerAcceptsMarketing', 'currency', 'referringSite', 'sourceUrl', 'userId'];
const BASIS_POINTS = 10_000;

export const present = (wish) => Object.fromEntries(Object.entries(wish)
    .filter(([, value]) => value !== undefined && value !== null));
const amountOf = (bag) => (bag ? Number(bag.shopMoney.amount).toFixed(2) : undefined);
const country = new Intl.DisplayNames(['en'], { type: 'region' });

/** Nothing is made up: what the app left out of an address stays empty. */
export function addressWish(input) {
    if (!input) return undefined;
    return {
        first_name: input.firstName ?? null, last_name: input.lastName ?? null, company: input.company ?? null,
        address1: input.address1 ?? null, address2: input.address2 ?? null, city: input.city ?? null,
        province: input.province ?? null, province_code: input.provinceCode ?? null, zip: input.zip ?? null,
        country: input.country ?? (input.countryCode ? country.of(input.countryCode) : null),
        country_code: input.countryCode ?? null, phone: input.phone ?? null, latitude: null, longitude: null,
    };
}

export const attributesWish = (list) => list?.map(({ key, value }) => ({ key, value }));

/** The variant that a line names, if the shop has it: one that it has not is a line of its own, by its title. */
function variantIdOf(shop, { variantId }) {
    const id = idOf(variantId, 'ProductVariant');
    return shop.store.get('variant', id) ? id : null;
}

const lineWish = (shop) => (input) => present({
    variant_id: variantIdOf(shop, input), title: input.title, custom_sku: input.sku,
    quantity: input.quantity, price: amountOf(input.priceSet), requires_shipping: input.requiresShipping,
    taxable: input.taxable, gift_card: input.giftCard,
    attributes: input.properties?.map(({ name, value }) => ({ key: name, value })),
});

const paymentWish = ({ kind = 'SALE', status = 'SUCCESS', gateway, amountSet }) =>
    present({ kind: kind.toLowerCase(), status: status.toLowerCase(), gateway, amount: amountOf(amountSet) });

/** Nobody has been asked to pay unless the app says so. */
function money({ transactions, financialStatus }) {
    if (transactions || !financialStatus) return { payments: (transactions ?? []).map(paymentWish) };
    return { financial_status: financialStatus.toLowerCase() };
}

/** One rate for the whole order, as everywhere in this shop. */
function taxes(lines) {
    const [first] = lines.flatMap(({ taxLines }) => taxLines ?? []);
    return first ? { tax_basis_points: Math.round(Number(first.rate) * BASIS_POINTS) } : {};
}

/** All that was named; null for none. */
function shippingWish(lines) {
    return lines.length === 0 ? null : lines.map(({ title, code, priceSet }) =>
        ({ title, code: code ?? title, price: amountOf(priceSet) }));
}

/** Errors for what is missing, unknown or not modelled. */
export function orderErrors(shop, input) {
    const strange = Object.keys(input).filter((key) => ![...KNOWN, ...WITHOUT_EFFECT].includes(key)
        && input[key] !== false && input[key] !== null);
    const errors = strange.map((key) => userError(['order', key],
        `The sandbox does not model '${key}' of a new order.`, 'INVALID'));
    const lines = input.lineItems ?? [];
    if (lines.length === 0) {
        errors.push(userError(['order', 'lineItems'], 'Line items must have at least one line item', 'INVALID'));
    }
    lines.forEach((line, index) => {
        if (line.title || variantIdOf(shop, line)) return;
        errors.push(userError(['order', 'lineItems', String(index), 'title'], "Title can't be blank", 'INVALID'));
    });
    return errors;
}

export function orderWish(shop, input) {
    const { lineItems: lines = [], shippingLines = [], shippingAddress, billingAddress } = input;
    return {
        ...present({
            email: input.email, note: input.note, tags: input.tags, test: input.test, phone: input.phone,
            po_number: input.poNumber, source_name: input.sourceName, metafields: input.metafields,
            source_identifier: input.sourceIdentifier, attributes: attributesWish(input.customAttributes),
            presentment_currency: input.presentmentCurrency, created_at: input.processedAt,
            shipping_address: addressWish(shippingAddress),
        }),
        ...money(input), ...taxes(lines), lines: lines.map(lineWish(shop)), closed: Boolean(input.closedAt),
        customer_id: idOf(input.customerId, 'Customer'), billing_address: addressWish(billingAddress) ?? null,
        delivery: shippingAddress || shippingLines.length > 0 ? 'shipping' : 'none',
        shipping: shippingWish(shippingLines),
    };
}
