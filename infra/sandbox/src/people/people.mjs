// people.mjs: a merchant, shoppers and staff who live their day by a seed.
//
// Every step is one thing that somebody does, chosen by weight, with a target chosen by chance.  The
// same seed on the same shop gives the same day.  What the shop refuses is counted and changes
// nothing.  Everything they do goes through the same doors as the control API, so that the history
// tells all of it.
//
// SPDX-License-Identifier: Apache-2.0
import { Random } from '../random.mjs';
import { merchantActs } from './merchant.mjs';
import { returnActs } from './returning.mjs';
import { shopperActs } from './shoppers.mjs';
import { staffActs } from './staff.mjs';

const ACTS = { ...shopperActs, ...staffActs, ...returnActs, ...merchantActs };
export const KNOWN_ACTS = Object.keys(ACTS);
const KEYS = ['seed', 'steps', 'per_second', 'max_lines', 'rates', 'only'];
const MAX_STEPS = 1_000_000;
const SLICE = 20;
const REMEMBERED = 5_000;
const TRIES = 8;
const SCANNED = 400;

function check(spec) {
    for (const key of Object.keys(spec)) {
        if (!KEYS.includes(key)) throw new Error(`people have no '${key}'; known: ${KEYS.join(', ')}`);
    }
    for (const name of [...Object.keys(spec.rates ?? {}), ...spec.only ?? []]) {
        if (!ACTS[name]) throw new Error(`nobody can '${name}'; known: ${Object.keys(ACTS).join(', ')}`);
    }
    if (!Number.isInteger(spec.steps) || spec.steps < 1 || spec.steps > MAX_STEPS) {
        throw new Error(`steps must be a whole number from 1 to ${MAX_STEPS}`);
    }
}

/** Nothing that the act could be done to. */
class Idle extends Error {}

export class People {
    constructor(shop, spec) {
        check(spec);
        this.shop = shop;
        this.steps = spec.steps;
        this.perSecond = spec.per_second ?? null;
        this.maxLines = spec.max_lines ?? 300;
        this.random = new Random(spec.seed ?? 1);
        this.orderIds = [...shop.store.all('order')].map(({ id }) => id).slice(-REMEMBERED);
        this.unrouted = [];
        this.done = {};
        this.refused = {};
        this.weigh(spec);
    }

    /** rates change single weights; `only` leaves nothing but the acts it names. */
    weigh({ rates = {}, only }) {
        const names = only ?? Object.keys(ACTS);
        this.wheel = names.map((name) => [name, rates[name] ?? ACTS[name].weight])
            .filter(([, weight]) => weight > 0);
        this.total = this.wheel.reduce((sum, [, weight]) => sum + weight, 0);
        if (this.total === 0) throw new Error('all rates are zero: nobody would do anything');
    }

    choose() {
        let place = this.random.fraction() * this.total;
        for (const [name, weight] of this.wheel) {
            place -= weight;
            if (place < 0) return name;
        }
        return this.wheel.at(-1)[0];
    }

    step() {
        const name = this.choose();
        try {
            ACTS[name].act(this);
            this.done[name] = (this.done[name] ?? 0) + 1;
        } catch (error) {
            if (error instanceof TypeError || error instanceof RangeError) throw error;
            this.refuse(name, error.message);
        }
        this.route();
    }

    /** Why each act was refused, and how often; names and numbers left out. */
    refuse(name, message) {
        const why = message.replace(/#?\d+(-R\d+)?/g, 'N');
        this.refused[name] ??= {};
        this.refused[name][why] = (this.refused[name][why] ?? 0) + 1;
    }

    /** Shopify routes an order a step or two after it was placed. */
    route() {
        const ready = this.unrouted.filter((entry) => entry.left === 0);
        this.unrouted = this.unrouted.filter((entry) => entry.left > 0);
        for (const entry of this.unrouted) entry.left -= 1;
        for (const { id } of ready) this.shop.fulfillment.route(id);
    }

    async play() {
        const { shop } = this;
        const from = shop.history.lastSeq;
        const started = Date.now();
        const { generation } = shop;
        for (let i = 0; i < this.steps && generation === shop.generation; i += 1) {
            if (this.perSecond !== null) await until(started + (i * 1_000) / this.perSecond);
            else if (i % SLICE === 0) await breath();
            this.step();
        }
        for (const entry of this.unrouted) entry.left = 0;
        if (generation === shop.generation) this.route();
        return {
            steps: this.steps, done: this.done, refused: this.refused, seq_from: from + 1,
            seq_to: shop.history.lastSeq, took_ms: Date.now() - started,
        };
    }

    // ---- what acts need

    placed({ order }) {
        this.orderIds.push(order.id);
        if (this.orderIds.length > REMEMBERED) this.orderIds.shift();
        if (!order.routed) this.unrouted.push({ id: order.id, left: this.random.below(3) });
        return order;
    }

    /** A living order for which `test` holds; newer ones more often. */
    order(test = () => true) {
        for (let i = 0; i < TRIES; i += 1) {
            const late = this.random.fraction() ** 0.5;
            const id = this.orderIds[Math.floor(late * this.orderIds.length)];
            const found = id === undefined ? null : this.shop.store.get('order', id);
            if (found && test(found)) return found;
        }
        return this.scan(test);
    }

    /** Chance found none: look through the newest, from a random one on. */
    scan(test) {
        const ids = this.orderIds.slice(-SCANNED);
        const from = this.random.below(Math.max(1, ids.length));
        for (let i = 0; i < ids.length; i += 1) {
            const found = this.shop.store.get('order', ids[(from + i) % ids.length]);
            if (found && test(found)) return found;
        }
        throw new Idle('no order that this could be done to');
    }

    line(order, test = () => true) {
        const lines = order.lines.filter(test);
        if (lines.length === 0) throw new Idle('no line that this could be done to');
        return this.random.pick(lines);
    }

    product(test = () => true) {
        const ids = [...this.shop.store.tables.product.keys()];
        for (let i = 0; i < TRIES; i += 1) {
            const found = ids.length === 0 ? null : this.shop.store.get('product', this.random.pick(ids));
            if (found && test(found)) return found;
        }
        throw new Idle('no product that this could be done to');
    }

    variantId() {
        for (let i = 0; i < TRIES; i += 1) {
            const ids = this.shop.variants.orderableIds();
            if (ids.length > 0) return this.random.pick(ids);
        }
        throw new Idle('nothing to buy');
    }

    location(test = () => true) {
        const places = [...this.shop.store.all('location')].filter(test);
        if (places.length === 0) throw new Idle('no such location');
        return this.random.pick(places);
    }

    /** An amount in cents up to `limit`, as text; never nothing. */
    amount(limit) {
        if (limit < 1) throw new Idle('no money left');
        const cents = this.random.between(1, limit);
        return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
    }
}

const breath = () => new Promise((resolve) => { setImmediate(resolve); });

const until = (moment) => new Promise((resolve) => {
    setTimeout(resolve, Math.max(0, moment - Date.now()));
});
