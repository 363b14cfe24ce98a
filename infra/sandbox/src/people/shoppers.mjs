// shoppers.mjs: what shoppers do: they buy, in all the ways there are, and pay, sooner or later.
//
// SPDX-License-Identifier: Apache-2.0
import { totals } from '../domain/totals.mjs';

const NOTES = ['Please ring twice', 'C’est un cadeau 🎁', 'お届けは午後に', '', 'Leave "behind" the \\ door',
    'Emoji only: 👩‍👩‍👧‍👦🏳️‍🌈'];
const CODES = ['WELCOME10', 'SUMMER', 'FRIENDS'];

/** Mostly small carts; now and then a large one, rarely a huge one. */
function lineCount({ random, maxLines }) {
    const chance = random.fraction();
    if (chance < 0.9) return random.between(1, Math.min(4, maxLines));
    if (chance < 0.99) return random.between(1, Math.min(40, maxLines));
    return random.between(1, maxLines);
}

function cart(people) {
    const lines = new Map();
    for (let i = lineCount(people); i > 0; i -= 1) {
        const variantId = people.variantId();
        lines.set(variantId, { variant_id: variantId, quantity: people.random.between(1, 3) });
    }
    return [...lines.values()];
}

function buy(people, more = {}) {
    const { random, shop } = people;
    const spec = { lines: cart(people), seed: random.bits(), ...more };
    if (random.chance(0.15)) spec.note = random.pick(NOTES);
    if (random.chance(0.1)) spec.attributes = { gift: 'yes', wrap: String(random.below(9)) };
    return people.placed(shop.orders.place(spec, 'shopper', { unrouted: true }));
}

const discount = ({ random }) => (random.chance(0.5)
    ? { code: random.pick(CODES), percentage: random.between(5, 40) }
    : { code: random.pick(CODES), amount: `${random.between(1, 9)}.00` });

function pickup(people) {
    const place = people.location(({ pickup: offered }) => offered);
    return buy(people, { delivery: 'pickup', location_id: place.id });
}

const isBundle = (people) => ({ variantIds }) =>
    people.shop.store.get('variant', variantIds[0]).components.length > 0;

function bundle(people) {
    const { variantIds } = people.product(isBundle(people));
    return buy(people, { lines: [...cart(people), { variant_id: variantIds[0] }] });
}

export const shopperActs = {
    buy: { weight: 30, act: (people) => buy(people) },
    buy_pickup: { weight: 3, act: pickup },
    buy_local: { weight: 1, act: (people) => buy(people, { delivery: 'local' }) },
    buy_bundle: { weight: 2, act: bundle },
    buy_discounted: { weight: 3, act: (people) => buy(people, { discounts: [discount(people)] }) },
    buy_abroad: { weight: 2, act: (people) => buy(people, { presentment_currency: 'EUR',
        presentment_rate: 0.9, tax_basis_points: 1_900 }) },
    buy_on_approval: { weight: 3, act: (people) => buy(people, { financial_status: 'authorized' }) },
    buy_unpaid: { weight: 2, act: (people) => buy(people, { financial_status: 'pending' }) },
    buy_tested: { weight: 1, act: (people) => buy(people, { test: true }) },
    buy_custom: { weight: 1, act: (people) => buy(people, { source_name: 'shopify_draft_order',
        lines: [...cart(people), { title: 'Engraving', price: '12.00', requires_shipping: false }] }) },
    buy_risky: { weight: 1, act: (people) => buy(people,
        { risk: people.random.pick(['medium', 'high']) }) },
    pay_late: { weight: 2, act: (people) => {
        const { id } = people.order((order) => order.cancelledAt === null && totals(order).outstanding > 0);
        people.shop.payments.pay(id, { failed: people.random.chance(0.2) });
    } },
    ask_for_return: { weight: 2, act: (people) => {
        const order = people.order(({ lines }) => lines.some((line) => line.fulfilled > line.returned));
        const line = people.line(order, ({ fulfilled, returned }) => fulfilled > returned);
        people.shop.returns.request(order.id, { lines: [{ line_id: line.id, quantity: 1,
            reason: people.random.pick(['unwanted', 'size_too_small', 'defective']) }] });
    } },
};
