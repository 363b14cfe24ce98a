// state.mjs: the whole shop in one canonical answer, for comparisons.
//
// SPDX-License-Identifier: Apache-2.0
import { levelState, levelKey } from '../domain/levels.mjs';
import { fulfillmentOrderState, orderState } from '../domain/order-state.mjs';

const named = (shop, level) => ({ ...shop.levels.names(level), ...levelState(level) });

/** One level, for the answer to a staff count. */
export function levelsState(shop, itemId, locationId) {
    return { level: named(shop, shop.store.get('level', levelKey(itemId, locationId))) };
}

export function shopState(shop) {
    const { store } = shop;
    const list = (table, show) => [...store.all(table)].map(show);
    return {
        seq: shop.history.lastSeq,
        locations: list('location', (location) => shop.locations.state(location)),
        products: list('product', (product) => shop.catalog.productState(product)),
        levels: list('level', (level) => named(shop, level)),
        orders: list('order', (order) => orderState(shop, order)),
        fulfillment_orders: list('fulfillmentOrder', fulfillmentOrderState),
    };
}
