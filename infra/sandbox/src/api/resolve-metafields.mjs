// resolve-metafields.mjs: metafields of whatever has them.
//
// SPDX-License-Identifier: Apache-2.0
import crypto from 'node:crypto';
import { listConnection } from './connections.mjs';
import { ownGid, times } from './lookup.mjs';

const shown = (owner, ownerType) => owner.metafields.map((entry) => ({ ...entry, owner, ownerType }));

/** `keys` are "namespace.key", or plain keys when a namespace is given beside them. */
function wanted({ namespace, keys }) {
    const named = keys?.map((key) => (namespace && !key.includes('.') ? `${namespace}.${key}` : key));
    return (entry) => (!namespace || entry.namespace === namespace)
        && (!named || named.includes(`${entry.namespace}.${entry.key}`));
}

/** The fields `metafields` and `metafield` of an owner's type. */
export const metafieldFields = (ownerType) => ({
    metafields: (owner, args, context, info) =>
        listConnection(shown(owner, ownerType).filter(wanted(args)), args, info, context),
    metafield: (owner, { namespace, key }) => shown(owner, ownerType).find((entry) =>
        `${entry.namespace}.${entry.key}` === (namespace ? `${namespace}.${key}` : key)) ?? null,
});

function jsonValue({ type, value }) {
    if (!/^(json|list\.|number|boolean|rating|dimension|weight|volume|money)/.test(type)) return value;
    try {
        return JSON.parse(value);
    } catch {
        return value; // a value that is not what its type says is still shown
    }
}

export const metafieldTypes = {
    Metafield: {
        ...times('createdAt', 'updatedAt'), id: ownGid('Metafield'), jsonValue,
        legacyResourceId: ({ id }) => id, sizeInBytes: ({ value }) => Buffer.byteLength(value),
        compareDigest: ({ value }) => crypto.createHash('sha256').update(value).digest('hex'),
        definition: () => null, description: () => null, reference: () => null,
        references: () => null, translations: () => [],
    },
};
