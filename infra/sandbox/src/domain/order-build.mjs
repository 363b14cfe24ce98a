// order-build.mjs: a new order out of a short wish.
//
// The control API and the seed say "two of this SKU"; here that becomes a whole order with prices,
// addresses, customer, payment and the location that will ship each line.  What the wish leaves
// open is chosen by the shop's own random numbers, so the same seed gives the same orders.
//
// SPDX-License-Identifier: Apache-2.0
import { parseCents, RATE_ONE } from '../money.mjs';
import { levelKey } from './levels.mjs';
import { totals } from './totals.mjs';

const FIRST_NAMES = ['Ada', 'Björn', 'Chloé', 'Dmitri', 'Eleni', 'Farid', 'Grace', 'Hiro', 'Inés',
    'Jón', 'Kwame', 'Lucía', 'Małgorzata', 'Noor', 'Oskar', 'Priya'];
const LAST_NAMES = ["O'Neill", 'García', 'Müller', 'Nakamura', 'Okafor', 'Singh', 'Šimek', 'Tremblay',
    'Øvergård', 'Zhang'];
const CITIES = [
    ['Toronto', 'Ontario', 'ON', 'M5V 2T6', 'Canada', 'CA'],
    ['Montréal', 'Quebec', 'QC', 'H2Y 1C6', 'Canada', 'CA'],
    ['Austin', 'Texas', 'TX', '73301', 'United States', 'US'],
    ['Portland', 'Oregon', 'OR', '97201', 'United States', 'US'],
];
const PAYMENTS = {
    paid: ['SALE', 'SUCCESS'], authorized: ['AUTHORIZATION', 'SUCCESS'], pending: ['SALE', 'PENDING'],
};
const KEYS = ['lines', 'shipping', 'shipping_address', 'billing_address', 'email', 'phone', 'note',
    'tags', 'test', 'attributes', 'source_name', 'presentment_currency', 'presentment_rate',
    'financial_status', 'risk', 'delivery', 'location_id', 'retail_location_id', 'gateway', 'seed',
    'random', 'max_lines', 'po_number', 'tax_basis_points', 'fulfilled', 'count'];
const CONFIRMATION = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';

function makeAddress(random, given) {
    const [city, province, provinceCode, zip, country, countryCode] = random.pick(CITIES);
    return {
        first_name: random.pick(FIRST_NAMES), last_name: random.pick(LAST_NAMES), company: null,
        address1: `${random.between(1, 999)} Queen Street`, address2: null, city, province,
        province_code: provinceCode, zip, country, country_code: countryCode,
        phone: `+1416555${random.between(1000, 9999)}`, latitude: null, longitude: null, ...given,
    };
}

function makeCustomer(shop, address, email, at) {
    const id = shop.ids.next('Customer');
    return shop.store.add('customer', id, {
        __typename: 'Customer', id, firstName: address.first_name, lastName: address.last_name,
        email, phone: address.phone, createdAt: at, updatedAt: at,
    });
}

/** The first online location that holds enough of every line; else the first online location. */
function chooseLocation(shop, wanted) {
    const online = [...shop.store.all('location')]
        .filter((location) => location.active && location.fulfillsOnlineOrders);
    const holds = (location) => wanted.every(({ itemId, quantity }) =>
        (shop.store.get('level', levelKey(itemId, location.id))?.available ?? 0) >= quantity);
    return (online.find(holds) ?? online[0])?.id ?? null;
}

function locationOf(shop, given) {
    if (given === undefined || given === null) return null;
    const id = String(given).split('/').pop();
    if (!shop.store.get('location', id)) throw new Error(`no location ${id} in this shop`);
    return id;
}

function checkQuantity(quantity) {
    if (!Number.isInteger(quantity) || quantity < 1 || quantity > 1_000_000) {
        throw new Error(`a line's quantity must be a whole number from 1, not ${quantity}`);
    }
    return quantity;
}

function properties(given) {
    if (Array.isArray(given)) return given;
    return Object.entries(given ?? {}).map(([key, value]) => ({ key, value: String(value) }));
}

export function buildLine(shop, spec, order) {
    const custom = spec.sku === undefined && spec.variant_id === undefined;
    if (custom && !spec.title) throw new Error('a line needs "sku", "variant_id" or "title"');
    const variant = custom ? null : shop.catalog.variantBy(spec);
    const product = variant && shop.store.get('product', variant.productId);
    const item = variant && shop.store.get('item', variant.itemId);
    const quantity = checkQuantity(spec.quantity ?? 1);
    const wanted = variant ? [{ itemId: variant.itemId, quantity }] : [];
    const defaultTitle = variant === null || variant.title === 'Default Title';
    const title = spec.title ?? product.title;
    return {
        __typename: 'LineItem', id: shop.ids.next('LineItem'), variantId: variant?.id ?? null,
        productId: product?.id ?? null, itemId: variant?.itemId ?? null,
        sku: spec.custom_sku ?? variant?.sku ?? null, title,
        variantTitle: defaultTitle ? null : variant.title,
        name: defaultTitle ? title : `${title} - ${variant.title}`,
        vendor: product?.vendor ?? null, quantity, removed: 0, fulfilled: 0, returned: 0,
        price: spec.price === undefined ? variant?.price ?? 0 : parseCents(spec.price, 'price'),
        discount: spec.discount === undefined ? 0 : parseCents(spec.discount, 'discount'),
        requiresShipping: spec.requires_shipping ?? item?.requiresShipping ?? true,
        giftCard: spec.gift_card ?? false, taxable: variant?.taxable ?? true,
        taxBasisPoints: order.taxBasisPoints, grams: item?.grams ?? 0,
        attributes: properties(spec.attributes),
        locationId: locationOf(shop, spec.location_id) ?? order.locationId
            ?? chooseLocation(shop, wanted),
    };
}

function randomLines(shop, spec, random) {
    const skus = shop.catalog.stockedVariantIds();
    if (skus.length === 0) throw new Error('the shop has no products to order: seed it first');
    const lines = new Map();
    const count = random.between(1, spec.max_lines ?? 3);
    while (lines.size < Math.min(count, skus.length)) {
        const variantId = random.pick(skus);
        lines.set(variantId, { variant_id: variantId, quantity: random.between(1, 3) });
    }
    return [...lines.values()];
}

function makePayment(shop, spec, order, at) {
    const [kind, status] = PAYMENTS[spec.financial_status ?? 'paid']
        ?? [null, null];
    if (kind === null) {
        throw new Error(`financial_status must be ${Object.keys(PAYMENTS).join(', ')}`);
    }
    const amount = totals(order).total;
    if (amount === 0) return [];
    return [{
        __typename: 'OrderTransaction', id: shop.ids.next('OrderTransaction'), kind, status, amount,
        gateway: spec.gateway ?? 'bogus', test: order.test, parentId: null, createdAt: at,
        processedAt: at,
    }];
}

function checkKeys(spec) {
    for (const key of Object.keys(spec)) {
        if (!KEYS.includes(key)) throw new Error(`an order has no '${key}'; known: ${KEYS.join(', ')}`);
    }
}

function shippingLines(shop, spec, delivery) {
    if (delivery !== 'shipping') return [];
    const shipping = { title: 'Standard', code: 'standard', price: '5.00', ...spec.shipping };
    return [{
        __typename: 'ShippingLine', id: shop.ids.next('ShippingLine'), title: shipping.title,
        code: shipping.code, source: 'shopify', price: parseCents(shipping.price, 'shipping.price'),
    }];
}

function head(shop, spec, at, random) {
    const number = shop.nextOrderNumber();
    const delivery = spec.delivery ?? 'shipping';
    if (!['shipping', 'pickup', 'local', 'none', 'retail'].includes(delivery)) {
        throw new Error('delivery must be shipping, pickup, local, none or retail');
    }
    const address = makeAddress(random, spec.shipping_address);
    const email = spec.email ?? `shopper${number}@example.com`;
    const shipped = delivery === 'shipping' || delivery === 'local';
    return {
        __typename: 'Order', id: shop.ids.next('Order'), number, name: `#${number}`, email,
        phone: spec.phone ?? null, note: spec.note ?? null, tags: [...(spec.tags ?? [])].sort(),
        test: spec.test ?? false, createdAt: at, processedAt: at, updatedAt: at, cancelledAt: null,
        cancelReason: null, staffNote: null, closedAt: null, edited: false, delivery,
        currency: shop.currency, presentmentCurrency: spec.presentment_currency ?? shop.currency,
        presentmentRate: Math.round(Number(spec.presentment_rate ?? 1) * RATE_ONE),
        sourceName: spec.source_name ?? (delivery === 'retail' ? 'pos' : 'web'),
        retailLocationId: locationOf(shop, spec.retail_location_id),
        locationId: locationOf(shop, spec.location_id),
        taxBasisPoints: spec.tax_basis_points ?? 0, poNumber: spec.po_number ?? null,
        customerId: makeCustomer(shop, address, email, at).id, addressId: shop.ids.next('MailingAddress'),
        shippingAddress: shipped ? address : null,
        billingAddress: { ...address, ...spec.billing_address },
        attributes: properties(spec.attributes), risk: String(spec.risk ?? 'LOW').toUpperCase(),
        confirmationNumber: Array.from({ length: 9 }, () => random.pick(CONFIRMATION)).join(''),
        lines: [], shippingLines: shippingLines(shop, spec, delivery), transactions: [],
        fulfillments: [], refunds: [], returns: [], routed: false,
    };
}

export function buildOrder(shop, spec, at) {
    checkKeys(spec);
    const random = spec.seed === undefined ? shop.random : shop.randomOf(spec.seed);
    const lines = spec.lines ?? randomLines(shop, spec, random);
    if (lines.length === 0) throw new Error('an order needs at least one line');
    const order = head(shop, spec, at, random);
    if (order.locationId === null) {
        order.locationId = order.retailLocationId;
    }
    const wanted = lines.filter((line) => line.sku !== undefined || line.variant_id !== undefined)
        .map((line) => ({ itemId: shop.catalog.variantBy(line).itemId, quantity: line.quantity ?? 1 }));
    const whole = order.locationId ?? chooseLocation(shop, wanted);
    const forLines = { ...order, locationId: whole };
    order.lines = lines.map((line) => buildLine(shop, line, forLines));
    order.originalLines = order.lines.map((line) => [line.id, line.quantity]);
    order.transactions = makePayment(shop, spec, order, at);
    return order;
}
