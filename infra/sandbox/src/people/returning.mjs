// returning.mjs: what staff do with what comes back, step by step or all at once at a till.
//
// SPDX-License-Identifier: Apache-2.0
const shipped = (order) => order.lines.some((line) => line.fulfilled > line.returned);
const withShopper = (line) => line.fulfilled > line.returned;

/** A return with that status, of an order that has one. */
function found(people, status) {
    const order = people.order(({ returns }) => returns.some((entry) => entry.status === status));
    return people.random.pick(order.returns.filter((entry) => entry.status === status)).id;
}

function wish(people, order) {
    const line = people.line(order, withShopper);
    const exchange = people.random.chance(0.3) ? [{ variant_id: people.variantId() }] : [];
    return { lines: [{ line_id: line.id, quantity: people.random.between(1, line.fulfilled - line.returned),
        reason: people.random.pick(['unwanted', 'defective', 'style']) }], exchange };
}

function open(people) {
    const order = people.order(shipped);
    people.shop.returns.open(order.id, wish(people, order));
}

function atTill(people) {
    const order = people.order(shipped);
    const place = people.location(({ fulfillsOnlineOrders }) => !fulfillsOnlineOrders);
    people.shop.returns.atTill(order.id, { ...wish(people, order), location_id: place.id,
        disposition: people.random.pick(['restock', 'restock', 'damaged', 'not_restock']) });
}

function receive(people) {
    people.shop.returns.receive(found(people, 'OPEN'), { location_id: people.location().id,
        disposition: people.random.pick(['restock', 'restock', 'not_restock', 'damaged', 'missing']) });
}

const process = (people) => people.shop.returns.process(found(people, 'OPEN'),
    { refund: people.random.chance(0.9) });

function reduce(people) {
    const id = found(people, 'OPEN');
    const { found: entry } = people.shop.returns.get(id);
    people.shop.returns.reduce(id, { return_line_id: entry.lines[0]?.id, quantity: 1 });
}

export const returnActs = {
    open_return: { weight: 3, act: open }, return_at_till: { weight: 2, act: atTill },
    approve_return: { weight: 2, act: (people) => people.shop.returns.approve(found(people, 'REQUESTED')) },
    decline_return: { weight: 1, act: (people) => people.shop.returns.decline(found(people, 'REQUESTED'),
        { reason: 'final_sale', note: 'Sorry' }) },
    receive_return: { weight: 3, act: receive }, process_return: { weight: 3, act: process },
    close_return: { weight: 2, act: (people) => people.shop.returns.close(found(people, 'OPEN')) },
    reopen_return: { weight: 0.5, act: (people) => people.shop.returns.reopen(found(people, 'CLOSED')) },
    cancel_return: { weight: 0.5, act: (people) => people.shop.returns.cancel(found(people, 'OPEN')) },
    reduce_return: { weight: 0.5, act: reduce },
};
