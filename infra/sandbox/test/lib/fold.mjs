// fold.mjs: the state of a shop, told by its history alone.
//
// Written apart from the sandbox: it knows nothing but entries and what the README says of them.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';

/** A second implementation of the shop's state, knowing nothing but entries. */
export class Fold {
    constructor() {
        this.locations = new Map();
        this.products = new Map();
        this.levels = new Map();
        this.orders = new Map();
        this.work = new Map();
    }

    apply({ act, object, effect }) {
        if (act === 'product_deleted') this.remove(object.id);
        if (act === 'order_deleted') this.removeOrder(object.id);
        if (effect.location) this.locations.set(effect.location.id, effect.location);
        if (effect.product !== undefined) this.product(effect);
        for (const { before: old, after: now, ...names } of effect.levels ?? []) {
            const key = `${names.inventory_item_id}@${names.location_id}`;
            const known = this.levels.get(key);
            if (known) {
                const { inventory_item_id: a, location_id: b, sku: c, ...state } = known;
                assert.deepEqual(state, old, `before of ${key} is what was known`);
            }
            this.levels.set(key, { ...names, ...now });
        }
        if (effect.order) this.orders.set(effect.order.id, effect.order);
        if (effect.return) this.returned(effect.return);
        for (const work of effect.fulfillment_orders ?? []) this.work.set(work.id, work);
    }

    product({ product }) {
        if (product === null) return;
        for (const old of this.products.get(product.id)?.variants ?? []) {
            if (!product.variants.some(({ id }) => id === old.id)) this.dropLevels(old);
        }
        this.products.set(product.id, product);
        for (const variant of product.variants) {
            for (const place of variant.stocked_at) {
                const key = `${variant.inventory_item_id}@${place}`;
                if (!this.levels.has(key)) this.levels.set(key, emptyLevel(variant, place));
                else this.levels.get(key).sku = variant.sku; // a level is named by its item's SKU
            }
        }
    }

    dropLevels(variant) {
        for (const place of variant.stocked_at) {
            this.levels.delete(`${variant.inventory_item_id}@${place}`);
        }
    }

    remove(id) {
        for (const variant of this.products.get(id).variants) this.dropLevels(variant);
        this.products.delete(id);
    }

    removeOrder(id) {
        this.orders.delete(id);
        for (const [workId, work] of this.work) {
            if (work.order_id === id) this.work.delete(workId);
        }
    }

    /** A return is told on its own and inside its order: both must say the same. */
    returned(found) {
        const { returns } = this.orders.get(found.order_id);
        assert.deepEqual(returns.find(({ id }) => id === found.id), found);
    }
}

const emptyLevel = (variant, place) => ({
    inventory_item_id: variant.inventory_item_id, location_id: place, sku: variant.sku, active: true,
    available: 0, on_hand: 0, committed: 0, reserved: 0, damaged: 0, safety_stock: 0,
    quality_control: 0, incoming: 0,
});

const byId = (list, key = ({ id }) => id) => new Map(list.map((entry) => [key(entry), entry]));
const levelKey = (level) => `${level.inventory_item_id}@${level.location_id}`;

export function compare(fold, state) {
    assert.deepEqual(fold.locations, byId(state.locations));
    assert.deepEqual(fold.products, byId(state.products));
    assert.deepEqual(fold.levels, byId(state.levels, levelKey));
    assert.deepEqual(fold.orders, byId(state.orders));
    assert.deepEqual(fold.work, byId(state.fulfillment_orders));
}

/** What is committed at a level is exactly what open work, and orders not routed yet, hold there. */
export function checkCommitments({ orders, fulfillment_orders: work, levels }) {
    const owed = new Map();
    const add = (line, place, units) => {
        const key = `${line.inventory_item_id}@${place}`;
        owed.set(key, (owed.get(key) ?? 0) + units);
    };
    for (const order of orders) {
        const routed = work.filter(({ order_id: id }) => id === order.id);
        for (const line of order.lines) {
            if (routed.length === 0) add(line, line.location_id, line.unfulfilled_quantity);
            for (const each of routed.filter(({ status }) => !['CLOSED', 'CANCELLED'].includes(status))) {
                const entry = each.lines.find(({ line_id: id }) => id === line.id);
                if (entry) add(line, each.location_id, entry.remaining);
            }
        }
    }
    for (const level of levels) {
        assert.equal(level.committed, owed.get(levelKey(level)) ?? 0, `committed of ${levelKey(level)}`);
        assert.equal(level.on_hand, level.available + level.committed + level.reserved + level.damaged
            + level.safety_stock + level.quality_control);
    }
}
