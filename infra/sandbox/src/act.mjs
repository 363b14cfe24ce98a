// act.mjs: one thing that somebody does to the shop.
//
// An act gathers what it changes: stock levels on the way, then, at finish(), one history entry
// and the webhooks that Shopify would send for it.  It runs without interruption, so its changes
// become visible together, as a transaction of the real shop does.
//
// SPDX-License-Identifier: Apache-2.0
import { levelKey, QUANTITIES, levelState } from './domain/levels.mjs';

export class Act {
    constructor(shop, actor, name) {
        this.shop = shop;
        this.actor = actor;
        this.name = name;
        this.at = shop.clock.now();
        this.before = new Map();
        this.webhooks = [];
        this.fulfillmentOrders = null;
        this.eventId = shop.uuid();
    }

    /** Adds `deltas` to a level; untracked items and lines without an item have no stock. */
    level(itemId, locationId, deltas) {
        const item = itemId && this.shop.store.get('item', itemId);
        if (!item || !item.tracked || !locationId) return;
        const key = levelKey(itemId, locationId);
        const { store } = this.shop;
        if (!store.get('level', key)) this.shop.levels.create(itemId, locationId);
        if (!this.before.has(key)) this.before.set(key, store.get('level', key));
        store.edit('level', key, (level) => {
            for (const [name, delta] of Object.entries(deltas)) {
                if (!QUANTITIES.includes(name)) throw new Error(`unknown quantity '${name}'`);
                level[name] += delta;
                level.stamps[name] = this.at;
            }
            level.updatedAt = this.at;
        });
    }

    /** Makes a level active or inactive; its quantities stay. */
    setActive(itemId, locationId, active) {
        const key = levelKey(itemId, locationId);
        const { store } = this.shop;
        if (!this.before.has(key)) this.before.set(key, store.get('level', key));
        store.edit('level', key, (level) => {
            level.active = active;
            level.updatedAt = this.at;
        });
    }

    /** The changed levels as history shows them: which, before and after. */
    levelChanges() {
        const changes = [];
        for (const [key, before] of this.before) {
            const after = this.shop.store.get('level', key);
            changes.push({
                ...this.shop.levels.names(after),
                before: levelState(before), after: levelState(after),
            });
        }
        return changes;
    }

    send(topic, body, resourceId) {
        this.webhooks.push({ topic, body, resourceId });
    }

    finish(object, effect) {
        const all = { ...effect };
        const levels = this.levelChanges();
        if (levels.length > 0) all.levels = levels;
        if (this.fulfillmentOrders && !all.fulfillment_orders) {
            all.fulfillment_orders = this.shop.fulfillment.states([...this.fulfillmentOrders]);
        }
        this.shop.history.record(this.actor, this.name, object, all, this.at);
        for (const { topic, body, resourceId } of this.webhooks) {
            this.shop.webhooks.publish(topic, body, resourceId, this);
        }
        for (const [key, before] of this.before) this.shop.levels.announce(key, before, this);
    }
}
