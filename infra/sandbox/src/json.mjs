// json.mjs: JSON that keeps 64-bit integers exact.
//
// Shopify's webhook bodies carry ids as integers beyond 2^53, which JSON.stringify cannot write.
// Here a BigInt is written as a plain integer; everything else is written as JSON.stringify does.
//
// SPDX-License-Identifier: Apache-2.0

function writeArray(list) {
    const parts = [];
    for (const value of list) parts.push(value === undefined ? 'null' : exactJson(value));
    return `[${parts.join(',')}]`;
}

function writeObject(object) {
    const parts = [];
    for (const key of Object.keys(object)) {
        const value = object[key];
        if (value !== undefined) parts.push(`${JSON.stringify(key)}:${exactJson(value)}`);
    }
    return `{${parts.join(',')}}`;
}

export function exactJson(value) {
    if (typeof value === 'bigint') return value.toString();
    if (value === null || typeof value !== 'object') return JSON.stringify(value);
    return Array.isArray(value) ? writeArray(value) : writeObject(value);
}

/** Canonical JSON: sorted keys, no spaces. Two equal values give the same text. */
export function canonicalJson(value) {
    if (typeof value === 'bigint') return value.toString();
    if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
    if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
    const keys = Object.keys(value).filter((key) => value[key] !== undefined).sort();
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`).join(',')}}`;
}

/** JSON.parse that keeps integers beyond 2^53 as decimal strings: ids of callers stay exact. */
export function parseKeepingIds(text) {
    const quoted = text.replace(/("(?:[^"\\]|\\.)*")|(-?\d{16,})(?![\d.eE])/g,
        (whole, string, integer) => string ?? (Number.isSafeInteger(Number(integer)) ? integer
            : `"${integer}"`));
    return JSON.parse(quoted);
}
