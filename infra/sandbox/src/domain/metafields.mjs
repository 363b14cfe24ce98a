// metafields.mjs: what merchants and apps attach to products, variants and orders.
//
// A metafield is known by namespace and key; setting it again keeps its id and changes its value.
//
// SPDX-License-Identifier: Apache-2.0
import { exactTime } from '../clock.mjs';

const KEYS = ['namespace', 'key', 'type', 'value', 'delete'];

function check(wish) {
    for (const key of Object.keys(wish)) {
        if (!KEYS.includes(key)) throw new Error(`a metafield has no '${key}'; known: ${KEYS.join(', ')}`);
    }
    if (!wish.namespace || !wish.key) throw new Error('a metafield needs "namespace" and "key"');
}

/** The list after the wishes: [{namespace, key, type, value}], or {..., delete: true}. */
export function withMetafields(shop, list, wishes, at) {
    const next = [...list];
    for (const wish of wishes ?? []) {
        check(wish);
        const place = next.findIndex((entry) =>
            entry.namespace === wish.namespace && entry.key === wish.key);
        if (wish.delete) {
            if (place >= 0) next.splice(place, 1);
            continue;
        }
        const known = next[place];
        const made = {
            __typename: 'Metafield', id: known?.id ?? shop.ids.next('Metafield'),
            namespace: wish.namespace, key: wish.key,
            type: wish.type ?? known?.type ?? 'single_line_text_field', value: String(wish.value),
            createdAt: known?.createdAt ?? at, updatedAt: at,
        };
        if (known) next[place] = made;
        else next.push(made);
    }
    return next;
}

export const metafieldState = (entry) => ({
    id: BigInt(entry.id), namespace: entry.namespace, key: entry.key, type: entry.type,
    value: entry.value, updated_at: exactTime(entry.updatedAt),
});
