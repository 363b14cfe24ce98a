// webhook-body.mjs: an event's body as one subscription asked for it.
//
// A filter may keep it back, includeFields cut it down, metafieldNamespaces add to it.
//
// SPDX-License-Identifier: Apache-2.0
import { gid } from './ids.mjs';

/** Keeps "a" and "a.b"; a path goes through lists. */
function picked(value, paths) {
    if (Array.isArray(value)) return value.map((entry) => picked(entry, paths));
    if (value === null || typeof value !== 'object') return value;
    const result = {};
    for (const [head, ...rest] of paths) {
        if (value[head] === undefined) continue;
        const deeper = paths.filter(([first]) => first === head).map(([, ...more]) => more);
        result[head] = rest.length === 0 || deeper.some((path) => path.length === 0) ? value[head]
            : picked(value[head], deeper);
    }
    return result;
}

/**
 * "field:value" terms, all of which must hold.  A field that the body does not have holds for
 * nothing: Shopify accepts such a filter and silently sends nothing.
 */
function accepts(filter, body) {
    if (!filter) return true;
    return filter.split(/\s+(?:AND\s+)?/).filter(Boolean).every((term) => {
        const [field, ...rest] = term.split(':');
        const value = rest.join(':').replace(/^["']|["']$/g, '');
        return body[field] !== undefined && String(body[field]) === value;
    });
}

const OWNERS = { orders: 'order', products: 'product' };

function metafields(shop, namespaces, topic, resourceId) {
    const kind = OWNERS[topic.split('/')[0]];
    const owner = kind && shop.store.get(kind, resourceId);
    if (!owner) return null;
    return owner.metafields.filter(({ namespace }) => namespaces.includes(namespace)).map((entry) => ({
        id: BigInt(entry.id), namespace: entry.namespace, key: entry.key, value: entry.value,
        description: null, owner_id: BigInt(owner.id), created_at: shop.restTime(entry.createdAt),
        updated_at: shop.restTime(entry.updatedAt), owner_resource: kind, type: entry.type,
        admin_graphql_api_id: gid('Metafield', entry.id),
    }));
}

/** The body for a subscription, or null when its filter keeps it back. */
export function shaped(shop, subscription, { topic, resourceId, body }) {
    if (!accepts(subscription.filter, body)) return null;
    const { includeFields, metafieldNamespaces } = subscription;
    const own = includeFields.length === 0 ? body
        : picked(body, includeFields.map((field) => field.split('.')));
    const extra = metafieldNamespaces.length === 0 ? null
        : metafields(shop, metafieldNamespaces, topic, resourceId);
    return extra === null ? own : { ...own, metafields: extra };
}
