// levels.mjs: how much of an inventory item is at a location, in which state.
//
// on_hand is not stored: it is the sum of the states that lie on the shelf, so Shopify's identity
//     on_hand = available + committed + reserved + damaged + safety_stock + quality_control
// holds by construction.  incoming is outside of it.
//
// SPDX-License-Identifier: Apache-2.0
import { levelGid } from '../ids.mjs';

export const ON_SHELF = ['available', 'committed', 'reserved', 'damaged', 'safety_stock',
    'quality_control'];
export const QUANTITIES = [...ON_SHELF, 'incoming'];
export const QUANTITY_NAMES = ['available', 'on_hand', ...QUANTITIES.slice(1)];

export const levelKey = (itemId, locationId) => `${itemId}@${locationId}`;

export const onHand = (level) => ON_SHELF.reduce((sum, name) => sum + level[name], 0);

export const quantityOf = (level, name) => (name === 'on_hand' ? onHand(level) : level[name]);

/** All quantities of a level, as history and control answers show them. */
export function levelState(level) {
    const state = { active: level.active };
    for (const name of QUANTITY_NAMES) state[name] = quantityOf(level, name);
    return state;
}

export class Levels {
    constructor(shop) {
        this.shop = shop;
    }

    create(itemId, locationId, active = true) {
        const now = this.shop.clock.now();
        const level = {
            __typename: 'InventoryLevel', itemId, locationId, active,
            createdAt: now, updatedAt: now, stamps: { available: now }, // the others when they change
        };
        for (const name of QUANTITIES) level[name] = 0;
        return this.shop.store.add('level', levelKey(itemId, locationId), level);
    }

    get(itemId, locationId) {
        return this.shop.store.get('level', levelKey(itemId, locationId));
    }

    ofItem(itemId) {
        const levels = [];
        for (const location of this.shop.store.all('location')) {
            const level = this.get(itemId, location.id);
            if (level) levels.push(level);
        }
        return levels;
    }

    names(level) {
        return {
            inventory_item_id: BigInt(level.itemId), location_id: BigInt(level.locationId),
            sku: this.shop.store.get('item', level.itemId)?.sku ?? null,
        };
    }

    /** inventory_levels/update carries only `available`, so it is sent when that has changed. */
    announce(key, before, act) {
        const level = this.shop.store.get('level', key);
        if (level.available === before.available) return;
        act.shop.webhooks.publish('inventory_levels/update', () => ({
            inventory_item_id: BigInt(level.itemId),
            location_id: BigInt(level.locationId),
            available: level.available,
            updated_at: this.shop.restTime(level.updatedAt),
            admin_graphql_api_id: levelGid(level),
        }), level.itemId, act);
    }

    /** A level set or adjusted by staff in the shop's admin or at a till. */
    adjustByStaff({ itemId, locationId, name, quantity, delta, reason }) {
        const act = this.shop.act('staff', 'inventory_adjusted');
        const level = this.get(itemId, locationId) ?? this.create(itemId, locationId);
        const change = quantity === undefined ? delta : quantity - quantityOf(level, name);
        act.level(itemId, locationId, { [name === 'on_hand' ? 'available' : name]: change });
        act.finish({ kind: 'inventory_level', id: levelGid(level), ...this.names(level) },
            { name, delta: change, reason: reason ?? 'correction' });
        return { act, delta: change };
    }
}
