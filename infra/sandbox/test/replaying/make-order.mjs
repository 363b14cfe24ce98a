// make-order.mjs: an order of the sandbox in the state that a recording tells.
//
// The order is placed, routed, and then brought by the acts of staff to where the facts say it
// stands: shipped, refunded, edited, held, cancelled.
//
// SPDX-License-Identifier: Apache-2.0
import { listOf } from './facts.mjs';

const gid = (kind, id) => `gid://shopify/${kind}/${id}`;
const amountOf = (set) => set?.shopMoney?.amount ?? set?.amount;

/** The lines before the listed ones, if the request goes on behind the last of them. */
function linesBefore(scene, order, listed) {
    const mark = scene.pointed.find((id) => scene.facts.near(id, 'Order') === order.id);
    if (!mark || listed.some(({ id }) => id === mark)) return [];
    const pages = (scene.facts.told.get(order.id) ?? []).map(({ fields }) => listOf(fields.lineItems));
    const page = pages.find((lines) => lines.some(({ id }) => id === mark)) ?? [];
    return page.slice(0, page.findIndex(({ id }) => id === mark) + 1);
}

/** Lines as lineItems tells them, else as the fulfilment orders do. */
function linesTold(scene, order) {
    const listed = listOf(order.lineItems);
    if (listed.length > 0) return [...linesBefore(scene, order, listed), ...listed];
    const lines = new Map();
    for (const work of worksTold(scene, order)) {
        for (const { lineItem, totalQuantity } of listOf(work.lineItems)) {
            if (lineItem) lines.set(lineItem.id, { quantity: totalQuantity, ...lineItem });
        }
    }
    return [...lines.values()];
}

const worksTold = (scene, order) => {
    const listed = listOf(order.fulfillmentOrders).filter(({ id }) => id);
    if (listed.length > 0) return listed.map(({ id }) => scene.look(id));
    return scene.facts.around('FulfillmentOrder', order.id, scene.index, scene.reads)
        .map((id) => scene.look(id));
};

function lineWish(scene, line) {
    const variant = line.variantId ?? line.variant?.id;
    const wish = { quantity: line.quantity ?? 1 };
    wish.price = String(amountOf(line.priceSet) ?? amountOf(line.originalUnitPriceSet) ?? '10.00');
    if (line.requiresShipping !== undefined) wish.requires_shipping = line.requiresShipping;
    if (line.taxable !== undefined) wish.taxable = line.taxable;
    if (variant && scene.map.has(variant)) wish.variant_id = scene.map.get(variant);
    else {
        wish.title = line.title ?? 'A thing';
        if (line.sku) wish.custom_sku = line.sku;
    }
    return wish;
}

const ADDRESS = { firstName: 'first_name', lastName: 'last_name', address1: 'address1',
    city: 'city', zip: 'zip', countryCode: 'country_code', provinceCode: 'province_code' };

function addressWish(address) {
    return Object.fromEntries(Object.entries(ADDRESS)
        .filter(([key]) => address[key]).map(([key, name]) => [name, address[key]]));
}

function paymentWish({ displayFinancialStatus: status }, transactions) {
    if (status === null || transactions?.length === 0) return { payments: [] };
    const known = { PAID: 'paid', AUTHORIZED: 'authorized', PENDING: 'pending', REFUNDED: 'paid',
        PARTIALLY_REFUNDED: 'paid' };
    return status ? { financial_status: known[status] ?? 'paid' } : {};
}

const wishes = (scene, lines) => (lines.length > 0 ? lines : [{}]).map((line) => lineWish(scene, line));

const taxed = (lines) => lines.some(({ taxLines }) => taxLines?.length > 0);

/** The body of POST /control/orders: `input` is what orderCreate was given, `told` what it was. */
export function orderWish(scene, input, told) {
    const lines = input.lineItems ?? linesTold(scene, told);
    const wish = {
        lines: wishes(scene, lines),
        ...paymentWish(told, input.lineItems ? input.transactions ?? [] : undefined),
    };
    if (!told.tags && scene.tags.length > 0) wish.tags = scene.tags;
    for (const [key, name] of [['billingAddress', 'billing_address'], ['customer', 'customer_id']]) {
        if (told[key] === null) wish[name] = null;
    }
    for (const key of ['email', 'phone', 'note', 'tags', 'test']) {
        const value = told[key] ?? input[key];
        if (value !== null && value !== undefined) wish[key] = value;
    }
    const address = told.shippingAddress ?? input.shippingAddress;
    if (address) wish.shipping_address = addressWish(address);
    const shipped = listOf(told.shippingLines).length > 0 || input.shippingLines?.length > 0;
    if (!shipped && !address) wish.delivery = 'none';
    if (taxed(lines)) wish.tax_basis_points = 500;
    const place = worksTold(scene, told)[0]?.assignedLocation?.location?.id;
    if (place && scene.map.has(place)) wish.location_id = scene.map.get(place);
    return wish;
}

const READ = `query ($id: ID!) { order(id: $id) { id name lineItems(first: 50) { nodes { id } }
    fulfillments { id } refunds { id }
    fulfillmentOrders(first: 20) { nodes { id lineItems(first: 50) { nodes { id lineItem { id } } } } } } }`;

/** Binds the ids of an order and of what lies below it, in the order in which both list them. */
export async function readOrder(scene, recorded, placed) {
    const order = scene.look(recorded);
    if (linesTold(scene, { id: recorded, ...order }).length > 0) await scene.shop.routed(placed.id);
    const { data } = await scene.shop.ask(READ, { id: gid('Order', placed.id) });
    const here = data.order;
    scene.map.set(recorded, here.id);
    if (order.name) scene.words.set(order.name.replace('#', ''), here.name.replace('#', ''));
    const lines = linesTold(scene, { id: recorded, ...order });
    lines.forEach(({ id }, index) => scene.bind(id, here.lineItems.nodes[index]?.id));
    worksTold(scene, { id: recorded, ...order }).forEach((work, index) => {
        const found = here.fulfillmentOrders.nodes[index];
        scene.map.set(work.id, found?.id ?? work.id);
        listOf(work.lineItems).forEach(({ id }, at) => {
            if (found?.lineItems.nodes[at]) scene.map.set(id, found.lineItems.nodes[at].id);
        });
    });
    listOf(order.fulfillments).forEach(({ id }, index) => scene.bind(id, here.fulfillments[index]?.id));
    return here;
}

const units = (lines) => lines.map((line) => Number(line.quantity ?? 0) - Number(line.currentQuantity
    ?? line.quantity ?? 0));

const left = (work) => listOf(work.lineItems).reduce((sum, { remainingQuantity }) =>
    sum + (remainingQuantity ?? 0), 0);
const closedShipped = (work) => work.status === 'CLOSED' && left(work) === 0;
const closedUnshipped = (work) => work.status === 'CLOSED' && left(work) > 0;

/** What happened to the order before the recording shows it. */
async function bringThere(scene, order, placed) {
    const act = (name, body = {}) => scene.shop.control('POST', `orders/${placed.id}/${name}`, body);
    const lines = linesTold(scene, order);
    const shipped = listOf(order.fulfillments);
    if (shipped.length > 0 || worksTold(scene, order).some(closedShipped)) {
        const tracking = shipped[0]?.trackingInfo?.[0];
        await act('fulfill', tracking ? { tracking: { company: tracking.company ?? 'UPS',
            numbers: [tracking.number ?? '1'], urls: tracking.url ? [tracking.url] : [] } } : {});
    }
    const refunds = listOf(order.refunds);
    const gone = units(lines);
    const works = worksTold(scene, order);
    if (order.cancelledAt || works.some(closedUnshipped)) {
        await act('cancel', { reason: (order.cancelReason ?? 'OTHER').toLowerCase(), restock: true,
            refund: refunds.length > 0 });
    } else if (refunds.length > 0) {
        await act('refund', { lines: placed.lines.map(({ id, quantity }) => ({ line_id: String(id),
            quantity, restock_type: 'cancel' })), shipping: true, note: refunds[0].note ?? undefined });
    } else if (gone.some((count) => count > 0)) {
        await act('edit', { set: gone.flatMap((count, index) => (count > 0 ? [{
            line_id: String(placed.lines[index].id),
            quantity: lines[index].currentQuantity, restock: true }] : [])),
        add: laterLines(scene, order).map((line) => lineWish(scene, line)) });
    }
}

/** Lines whose only work is in a second fulfilment order of an edited order: an edit added them. */
function laterLines(scene, order) {
    const [first, ...others] = worksTold(scene, order);
    if (others.length === 0 || !units(linesTold(scene, order)).some((count) => count > 0)) return [];
    const early = new Set(listOf(first.lineItems).map(({ lineItem }) => lineItem?.id));
    return listOf(order.lineItems).filter(({ id }) => !early.has(id));
}

/** Places the order that the facts of `recorded` tell and brings it to its state. */
export async function makeOrder(scene, recorded) {
    const order = { id: recorded, ...scene.look(recorded) };
    for (const line of linesTold(scene, order)) {
        if (line.variant?.id) await scene.need('ProductVariant', line.variant.id);
    }
    const later = new Set(laterLines(scene, order).map(({ id }) => id));
    const early = linesTold(scene, order).filter(({ id }) => !later.has(id));
    const placed = await scene.shop.control('POST', 'orders',
        { ...orderWish(scene, {}, order), lines: wishes(scene, early) });
    await scene.shop.routed(placed.id).catch(() => null);
    await bringThere(scene, order, placed);
    await readOrder(scene, recorded, placed);
}
