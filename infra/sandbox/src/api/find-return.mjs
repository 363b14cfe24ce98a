// find-return.mjs: returns and reverse fulfilment orders by their ids; both live inside orders.
//
// SPDX-License-Identifier: Apache-2.0
import { load } from './lookup.mjs';

/** A part of a return with what its resolvers need to see around it. */
export const inReturn = (list, found) =>
    list.map((part) => ({ ...part, found, order: found.order }));

export const withOrder = (order) => order.returns.map((found) => ({ ...found, order }));

export function findReturn(context, id) {
    const order = load(context, 'order', context.shop.returns.owners.get(id));
    return (order && withOrder(order).find((found) => found.id === id)) ?? null;
}

export function findReverse(context, id) {
    for (const orderId of new Set(context.shop.returns.owners.values())) {
        const order = load(context, 'order', orderId);
        for (const found of order ? withOrder(order) : []) {
            const reverse = inReturn(found.reverse, found).find((entry) => entry.id === id);
            if (reverse) return reverse;
        }
    }
    return null;
}
