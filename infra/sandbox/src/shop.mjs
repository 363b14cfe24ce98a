// shop.mjs: one shop, put together.
//
// The shop owns the state and everybody who may change it: the catalog, orders, fulfilment and
// stock each have a file below domain/.  api/ shows it to apps, control/ to tests.
//
// SPDX-License-Identifier: Apache-2.0
import crypto from 'node:crypto';
import { accessOf, SCOPES } from './api/access.mjs';
import { Act } from './act.mjs';
import { restTime, US_PER_MS } from './clock.mjs';
import { defaultConfig } from './config.mjs';
import { Faults } from './faults.mjs';
import { History } from './history.mjs';
import { Ids } from './ids.mjs';
import { Random } from './random.mjs';
import { Secrets } from './secrets.mjs';
import { Store } from './store.mjs';
import { Bucket } from './api/bucket.mjs';
import { Idempotency } from './api/idempotency.mjs';
import { Bulk } from './domain/bulk.mjs';
import { Catalog } from './domain/catalog.mjs';
import { Events } from './domain/events.mjs';
import { Locations } from './domain/locations.mjs';
import { Variants } from './domain/variants.mjs';
import { Fulfillment } from './domain/fulfillment.mjs';
import { Holds } from './domain/holds.mjs';
import { Levels } from './domain/levels.mjs';
import { Edits } from './domain/edits.mjs';
import { Orders } from './domain/orders.mjs';
import { Payments } from './domain/payments.mjs';
import { Refunds } from './domain/refunds.mjs';
import { Returns } from './domain/returns.mjs';
import { Risk } from './domain/risk.mjs';
import { Webhooks } from './webhooks.mjs';

const FIRST_ORDER_NUMBER = 1001;

export class Shop {
    /** clock; domain ("acme.myshopify.com"); token; webhookSecret. */
    constructor({ clock, domain, token, webhookSecret }) {
        this.clock = clock;
        this.domain = domain;
        this.name = domain.split('.')[0];
        this.token = token;
        this.secrets = new Secrets(clock, webhookSecret);
        this.currency = 'USD';
        this.baseUrl = `http://${domain}`; // set to the listening address by main
        this.config = defaultConfig();
        this.access = accessOf(SCOPES); // stays over a reset, as configuration does
        this.store = new Store(clock);
        this.faults = new Faults();
        this.bucket = new Bucket(this.config);
        this.webhooks = new Webhooks(this);
        this.levels = new Levels(this);
        this.events = new Events(this);
        this.locations = new Locations(this);
        this.catalog = new Catalog(this);
        this.variants = new Variants(this);
        this.orders = new Orders(this);
        this.edits = new Edits(this);
        this.payments = new Payments(this);
        this.refunds = new Refunds(this);
        this.returns = new Returns(this);
        this.risk = new Risk(this);
        this.fulfillment = new Fulfillment(this);
        this.holds = new Holds(this);
        this.bulk = new Bulk(this);
        this.timers = new Set();
        this.reset();
    }

    /** Back to an empty shop; the configuration and the address stay. */
    reset() {
        this.generation = (this.generation ?? 0) + 1; // whoever plays on an older one stops
        this.stop();
        this.store.clear();
        this.variants.clear();
        this.events.clear();
        this.neutral = new Map(); // fields answered with a neutral value, and how often
        this.fulfillment.clear();
        this.returns.clear();
        this.edits.clear();
        this.faults.clear();
        this.ids = new Ids();
        this.random = new Random(1);
        this.history?.close();
        this.history = new History(this.clock);
        this.idempotency = new Idempotency(this.clock);
        this.replicaRandom = new Random(this.config.replica_lag_seed);
        this.lastOrderNumber = FIRST_ORDER_NUMBER - 1;
        this.createdAt = this.clock.now();
        this.bucket.fill();
    }

    /** Runs an action later, unless the shop is reset or stopped before. */
    later(ms, action) {
        const timer = setTimeout(() => {
            this.timers.delete(timer);
            action();
        }, ms);
        this.timers.add(timer);
    }

    jobLater(action) {
        this.later(this.config.job_delay_ms, action);
    }

    stop() {
        for (const timer of this.timers) clearTimeout(timer);
        this.timers.clear();
        this.fulfillment.stop();
        this.bulk.stop();
        this.webhooks.stop();
    }

    act(actor, name) {
        return new Act(this, actor, name);
    }

    uuid() {
        return crypto.randomUUID();
    }

    randomOf(seed) {
        return new Random(seed);
    }

    nextOrderNumber() {
        this.lastOrderNumber += 1;
        return this.lastOrderNumber;
    }

    restTime(us) {
        return restTime(us, this.config.timezone_offset_minutes);
    }

    statusUrl(order) {
        return `https://${this.domain}/orders/${order.confirmationNumber.toLowerCase()}`;
    }

    /** What ProductVariant.inventoryQuantity shows: available, summed over active levels. */
    inventoryQuantity(variant) {
        if (variant.components.length > 0) return this.bundleQuantity(variant);
        return this.levels.ofItem(variant.itemId).filter(({ active }) => active)
            .reduce((sum, { available }) => sum + available, 0);
    }

    /** How many bundles the scarcest component allows. */
    bundleQuantity({ components }) {
        return Math.min(...components.map(({ variantId, quantity }) => {
            const part = this.store.get('variant', variantId);
            return part ? Math.floor(this.inventoryQuantity(part) / quantity) : 0;
        }));
    }

    /** The moment that a search index shows now. */
    searchMoment() {
        return this.clock.now() - this.config.search_lag_ms * US_PER_MS;
    }

    /** The moment that a read by id shows: now, or on a lagging replica some time ago. */
    replicaMoment() {
        const { replica_lag_ms: lag, replica_lag_probability: probability } = this.config;
        if (lag === 0 || !this.replicaRandom.chance(probability)) return null;
        return this.clock.now() - this.replicaRandom.between(1, lag) * US_PER_MS;
    }
}
