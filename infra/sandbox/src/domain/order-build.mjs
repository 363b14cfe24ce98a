// order-build.mjs: a new order out of a short wish.
//
// The control API and the seed say "two of this SKU"; here that becomes a whole order with prices,
// addresses, customer, payment and the location that will ship each line.  What the wish leaves
// open is chosen by the shop's own random numbers, so the same seed gives the same orders.
//
// SPDX-License-Identifier: Apache-2.0
import { parseTime } from '../clock.mjs';
import { parseCents, RATE_ONE } from '../money.mjs';
import { applyDiscounts } from './discounts.mjs';
import { buildLines, chooseLocation, locationOf, properties, randomLines } from './line-build.mjs';
import { withMetafields } from './metafields.mjs';
import { firstPayments } from './payments.mjs';
import { assessment } from './risk.mjs';

const FIRST_NAMES = ['Ada', 'Björn', 'Chloé', 'Dmitri', 'Eleni', 'Farid', 'Grace', 'Hiro', 'Inés',
    'Jón', 'Kwame', 'Lucía', 'Małgorzata', 'Noor', 'Oskar', 'Priya'];
const LAST_NAMES = ["O'Neill", 'García', 'Müller', 'Nakamura', 'Okafor', 'Singh', 'Šimek', 'Tremblay',
    'Øvergård', 'Zhang'];
const CITIES = [
    ['Toronto', 'Ontario', 'ON', 'M5V 2T6', 'Canada', 'CA', 43.6426, -79.3871],
    ['Montréal', 'Quebec', 'QC', 'H2Y 1C6', 'Canada', 'CA', 45.5075, -73.554],
    ['Austin', 'Texas', 'TX', '73301', 'United States', 'US', 30.2672, -97.7431],
    ['Portland', 'Oregon', 'OR', '97201', 'United States', 'US', 45.5152, -122.6784],
];
const KEYS = ['lines', 'shipping', 'shipping_address', 'billing_address', 'email', 'phone', 'note',
    'tags', 'test', 'attributes', 'source_name', 'presentment_currency', 'presentment_rate',
    'financial_status', 'risk', 'delivery', 'location_id', 'retail_location_id', 'gateway', 'seed',
    'random', 'max_lines', 'po_number', 'tax_basis_points', 'fulfilled', 'count', 'discounts', 'tip',
    'payments', 'metafields', 'source_identifier', 'customer_id', 'created_at', 'closed'];
const CONFIRMATION = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';

function makeAddress(random, given) {
    const [city, province, provinceCode, zip, country, countryCode, latitude, longitude]
        = random.pick(CITIES);
    return {
        first_name: random.pick(FIRST_NAMES), last_name: random.pick(LAST_NAMES), company: null,
        address1: `${random.between(1, 999)} Queen Street`, address2: null, city, province,
        province_code: provinceCode, zip, country, country_code: countryCode,
        phone: `+1416555${random.between(1000, 9999)}`, latitude, longitude, ...given,
    };
}

function makeCustomer(shop, address, email, at) {
    const id = shop.ids.next('Customer');
    return shop.store.add('customer', id, {
        __typename: 'Customer', id, firstName: address.first_name, lastName: address.last_name,
        email, phone: address.phone, createdAt: at, updatedAt: at,
    });
}

function checkKeys(spec) {
    for (const key of Object.keys(spec)) {
        if (!KEYS.includes(key)) throw new Error(`an order has no '${key}'; known: ${KEYS.join(', ')}`);
    }
}

const PLAIN_SHIPPING = { title: 'Standard', code: 'standard', price: '5.00' };

/** What a delivery costs and is called, in one line or in several: a pickup is named after its store. */
function shippingWishes(shop, spec, delivery) {
    if (spec.shipping === null) return []; // sent for nothing, and not named
    const wishes = [spec.shipping].flat();
    if (delivery === 'shipping') return wishes.map((wish) => ({ ...PLAIN_SHIPPING, ...wish }));
    if (delivery === 'local') {
        return wishes.map((wish) => ({ title: 'Local delivery', code: 'local', price: '0.00', ...wish }));
    }
    if (delivery !== 'pickup') return [];
    const place = shop.store.get('location', locationOf(shop, spec.location_id) ?? chooseLocation(shop, []));
    return [{ title: place?.name ?? 'Pickup', code: place?.name ?? 'Pickup', price: '0.00' }];
}

function shippingLines(shop, spec, delivery) {
    return shippingWishes(shop, spec, delivery).map((shipping) => ({
        __typename: 'ShippingLine', id: shop.ids.next('ShippingLine'), title: shipping.title,
        code: shipping.code, source: 'shopify', price: parseCents(shipping.price, 'shipping.price'),
        carrierIdentifier: shipping.carrier_identifier ?? null,
        deliveryCategory: shipping.delivery_category ?? null, discount: 0, allocations: [],
    }));
}

/** A customer that is named, or a new one. */
function customerOf(shop, spec, address, email, at) {
    if (spec.customer_id === null) return null; // staff entered it for nobody
    if (spec.customer_id === undefined) return makeCustomer(shop, address, email, at).id;
    const id = String(spec.customer_id).split('/').pop();
    if (!shop.store.get('customer', id)) throw new Error(`no customer ${id} in this shop`);
    return id;
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
        cancelReason: null, staffNote: null, closedAt: spec.closed ? at : null, edited: false, delivery,
        currency: shop.currency, presentmentCurrency: spec.presentment_currency ?? shop.currency,
        presentmentRate: Math.round(Number(spec.presentment_rate ?? 1) * RATE_ONE),
        sourceName: spec.source_name ?? (delivery === 'retail' ? 'pos' : 'web'),
        retailLocationId: locationOf(shop, spec.retail_location_id),
        locationId: locationOf(shop, spec.location_id),
        taxBasisPoints: spec.tax_basis_points ?? 0, poNumber: spec.po_number ?? null,
        customerId: customerOf(shop, spec, address, email, at), addressId: shop.ids.next('MailingAddress'),
        shippingAddress: shipped ? address : null,
        billingAddress: spec.billing_address === null ? null : { ...address, ...spec.billing_address },
        attributes: properties(spec.attributes), risk: shop.risk.atFirst(spec.risk),
        assessments: assessment(shop.risk.atFirst(spec.risk)), discounts: [], edits: [],
        metafields: withMetafields(shop, [], spec.metafields, at),
        tip: spec.tip === undefined ? 0 : parseCents(spec.tip, 'tip'),
        sourceIdentifier: spec.source_identifier ?? null,
        confirmationNumber: Array.from({ length: 9 }, () => random.pick(CONFIRMATION)).join(''),
        lines: [], shippingLines: shippingLines(shop, spec, delivery), transactions: [],
        fulfillments: [], refunds: [], returns: [], routed: false,
    };
}

/** When the order was placed: now, unless the wish brings an old one. */
function bornAt(spec, at) {
    if (spec.created_at === undefined) return at;
    const us = parseTime(spec.created_at);
    if (Number.isNaN(us) || us > at) throw new Error('created_at must be a time that has passed');
    return us;
}

export function buildOrder(shop, spec, at) {
    checkKeys(spec);
    const random = spec.seed === undefined ? shop.random : shop.randomOf(spec.seed);
    const lines = spec.lines ?? randomLines(shop, spec, random);
    if (lines.length === 0) throw new Error('an order needs at least one line');
    const order = head(shop, spec, bornAt(spec, at), random);
    order.updatedAt = at;
    if (order.locationId === null) {
        order.locationId = order.retailLocationId;
    }
    const wanted = lines.filter((line) => line.sku !== undefined || line.variant_id !== undefined)
        .map((line) => ({ itemId: shop.variants.by(line).itemId, quantity: line.quantity ?? 1 }));
    const whole = order.locationId ?? chooseLocation(shop, wanted);
    const forLines = { ...order, locationId: whole };
    order.lines = lines.flatMap((line) => buildLines(shop, line, forLines));
    order.discounts = forLines.discounts;
    applyDiscounts(order, spec.discounts ?? []);
    order.originalLines = order.lines.map((line) => [line.id, line.quantity]);
    order.transactions = firstPayments(shop, spec, order, at);
    return order;
}
