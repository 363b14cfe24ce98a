// staff.mjs: what staff do with orders and stock: ship, change, cancel, refund, sell at the till.
//
// SPDX-License-Identifier: Apache-2.0
import { currentQuantity, totals, unfulfilledQuantity } from '../domain/totals.mjs';

const CARRIERS = ['UPS', 'FedEx', 'DHL Express', 'Canada Post'];
const REASONS = ['CUSTOMER', 'FRAUD', 'INVENTORY', 'DECLINED', 'STAFF', 'OTHER'];

const living = (order) => order.cancelledAt === null;
const open = (order) => living(order)
    && order.lines.some((line) => unfulfilledQuantity(line) > 0);

const tracking = ({ random }) => ({
    company: random.pick(CARRIERS), numbers: [`1Z${random.bits()}`], urls: [],
});

// ---- parcels

/** Work that may be shipped now: [{id, units}] at one location. */
function work(people, order, partly) {
    const ready = people.shop.fulfillment.openOf(order.id)
        .filter(({ status }) => ['OPEN', 'IN_PROGRESS'].includes(status));
    if (ready.length === 0) throw new Error('nothing ready');
    const [{ locationId }] = ready;
    const here = ready.filter((entry) => entry.locationId === locationId).map(({ id, lines }) => ({
        id, units: lines.filter(({ remaining }) => remaining > 0)
            .map((line) => [line.id, partly ? people.random.between(1, line.remaining) : line.remaining]),
    }));
    return partly ? [{ ...here[0], units: here[0].units.slice(0, 1) }] : here;
}

function ship(people, partly) {
    const order = people.order((entry) => open(entry) && entry.routed);
    people.shop.fulfillment.ship('staff', order.id, work(people, order, partly),
        { tracking: order.delivery === 'shipping' ? tracking(people) : undefined });
}

function onParcel(people, act) {
    const order = people.order(({ fulfillments }) =>
        fulfillments.some(({ status }) => status === 'SUCCESS'));
    const parcels = order.fulfillments.filter(({ status }) => status === 'SUCCESS');
    act(people.random.pick(parcels).id);
}

// ---- edits

function edit(people, make) {
    const order = people.order(open);
    people.shop.edits.edit(order.id, make(order));
}

const add = (people) => edit(people, () => ({ add: [{ variant_id: people.variantId(),
    quantity: people.random.between(1, 3) }] }));

const changeQuantity = (people) => edit(people, (order) => {
    const line = people.line(order, (entry) => unfulfilledQuantity(entry) > 0);
    return { set: [{ line_id: line.id, quantity: currentQuantity(line) + people.random.pick([-1, 1, 2]),
        restock: people.random.chance(0.8) }] };
});

const removeLine = (people) => edit(people, (order) => {
    const line = people.line(order, (entry) => unfulfilledQuantity(entry) > 0 && entry.fulfilled === 0);
    return { set: [{ line_id: line.id, quantity: 0, restock: people.random.chance(0.8) }] };
});

const discountLine = (people) => edit(people, (order) => {
    const line = people.line(order, ({ price, quantity, discount }) => price * quantity - discount > 1);
    return { discount: [{ line_id: line.id,
        amount: people.amount(line.price * line.quantity - line.discount) }] };
});

const ADDRESSES = [{ address1: '77 Bloor St', city: 'Toronto', zip: 'M5S 1M2' },
    { address1: 'Straße 9', city: 'Köln', zip: '50667', country: 'Germany', country_code: 'DE' }];

function moveHouse(people) {
    const { id } = people.order((order) => open(order) && order.shippingAddress !== null);
    people.shop.orders.update(id, { shipping_address: people.random.pick(ADDRESSES) });
}

function annotate(people) {
    const { random, shop } = people;
    const { id } = people.order(living);
    shop.orders.update(id, random.pick([{ note: `Call ${random.below(99)} 📞` },
        { tags: ['vip', `wave-${random.below(9)}`] }, { email: `new${random.below(99)}@example.com` },
        { metafields: [{ namespace: 'erp', key: 'number', value: `E${random.below(999)}` }] }]));
}

// ---- cancellations and refunds

function cancel(people, restock) {
    const { id } = people.order((order) => open(order) && order.fulfillments.length === 0);
    people.shop.orders.cancel(id, { restock, refund: people.random.chance(0.8),
        reason: people.random.pick(REASONS) });
}

function refundUnits(people, type, test, more = {}) {
    const order = people.order((entry) => living(entry) && entry.lines.some(test));
    const line = people.line(order, test);
    people.shop.refunds.refund(order.id, { lines: [{ line_id: line.id, quantity: 1, restock_type: type,
        ...more }] });
}

function refundMoney(people) {
    const order = people.order((entry) => totals(entry).net > 0);
    people.shop.refunds.refund(order.id, { amount: people.amount(Math.min(500, totals(order).net)),
        note: 'Sorry for the wait' });
}

const refundShipping = (people) => people.shop.refunds.refund(people.order((order) =>
    totals(order).currentShipping > 0 && totals(order).net > 0).id, { shipping: true });

// ---- money, holds, stock, tills

const capture = (people) => people.shop.payments.capture(people.order((order) =>
    living(order) && totals(order).authorized > 0).id, {});

const voidPayment = (people) => people.shop.payments.void(people.order((order) =>
    totals(order).authorized > 0).id);

function hold(people) {
    const [target] = people.shop.fulfillment.openOf(people.order(open).id);
    if (!target) throw new Error('no work yet');
    const { message } = people.shop.holds.hold('staff', target.id, { reason: 'OTHER' });
    if (message) throw new Error(message);
}

function release(people) {
    const held = (order) => people.shop.fulfillment.openOf(order.id)
        .filter(({ status }) => status === 'ON_HOLD');
    people.shop.holds.release('staff', held(people.order((order) => held(order).length > 0))[0].id, null);
}

function move(people) {
    const ready = (order) => people.shop.fulfillment.openOf(order.id)
        .filter(({ status }) => status === 'OPEN');
    const [from] = ready(people.order((order) => ready(order).length > 0));
    const place = people.location(({ id }) => id !== from.locationId);
    people.shop.holds.move('staff', from.id, place.id, null);
}

function count(people) {
    const { itemId } = people.shop.store.get('variant', people.variantId());
    people.shop.levels.adjustByStaff({ itemId, locationId: people.location().id, name: 'on_hand',
        quantity: people.random.between(0, 80) });
}

function sellAtTill(people) {
    const place = people.location(({ fulfillsOnlineOrders }) => !fulfillsOnlineOrders);
    people.placed(people.shop.orders.place({ delivery: 'retail', fulfilled: true,
        retail_location_id: place.id, seed: people.random.bits(), financial_status: 'paid',
        lines: [{ variant_id: people.variantId(), quantity: people.random.between(1, 2) }] }, 'staff'));
}

const remove = (people) => people.shop.orders.delete(people.order((order) => order.routed
    && order.cancelledAt !== null).id);

const unshipped = (line) => unfulfilledQuantity(line) > 0;
const withShopper = (line) => line.fulfilled > line.returned;

export const staffActs = {
    ship: { weight: 20, act: (people) => ship(people, false) },
    ship_part: { weight: 5, act: (people) => ship(people, true) },
    track_again: { weight: 2, act: (people) => onParcel(people, (id) =>
        people.shop.fulfillment.updateTracking('staff', id, tracking(people))) },
    cancel_parcel: { weight: 1, act: (people) => onParcel(people, (id) =>
        people.shop.fulfillment.cancelParcel('staff', id)) },
    add_line: { weight: 3, act: add }, change_quantity: { weight: 4, act: changeQuantity },
    remove_line: { weight: 2, act: removeLine }, discount_line: { weight: 1, act: discountLine },
    change_address: { weight: 2, act: moveHouse }, annotate: { weight: 4, act: annotate },
    cancel: { weight: 3, act: (people) => cancel(people, true) },
    cancel_without_restock: { weight: 1, act: (people) => cancel(people, false) },
    refund_unshipped: { weight: 2, act: (people) => refundUnits(people, 'cancel', unshipped) },
    refund_returned: { weight: 2, act: (people) => refundUnits(people, 'return', withShopper,
        { location_id: people.location().id }) },
    refund_kept: { weight: 1, act: (people) => refundUnits(people, 'no_restock', withShopper) },
    refund_dropped: { weight: 1, act: (people) => refundUnits(people, 'no_restock', unshipped) },
    refund_money: { weight: 1, act: refundMoney }, refund_shipping: { weight: 1, act: refundShipping },
    capture: { weight: 2, act: capture }, void: { weight: 1, act: voidPayment },
    hold: { weight: 2, act: hold }, release: { weight: 2, act: release }, move: { weight: 2, act: move },
    count: { weight: 4, act: count }, sell_at_till: { weight: 5, act: sellAtTill },
    delete_order: { weight: 1, act: remove },
    close_order: { weight: 1, act: (people) => people.shop.orders.update(people.order(living).id,
        { closed: people.random.chance(0.5) }) },
};
