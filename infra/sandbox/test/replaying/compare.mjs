// compare.mjs: the first difference between a recorded answer and the sandbox's.
//
// What another shop cannot share is left out: ids, times, texts and amounts are compared by their
// type.  What an app relies on is compared: keys, nulls, types, list lengths below an object, codes,
// messages, fields of userErrors; enums, booleans and numbers (apart, see `values`); cost (apart).
//
// SPDX-License-Identifier: Apache-2.0

const ENUM = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/;
// what is the shop's own: its currency, how many objects it has, and so whether a page is the last
const SHOPS_OWN = /^(currencyCode|hasNextPage|hasPreviousPage|count|objectCount|rootObjectCount)$/;
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
const show = (value) => {
    const text = JSON.stringify(value) ?? 'nothing';
    return text.length > 160 ? `${text.slice(0, 160)}...` : text;
};

/** A text without what differs between two shops. */
function masked(text) {
    return String(text).replace(/gid:\/\/shopify\/(\w+)\/[\w-]+(\?[\w=%&-]+)?/g, 'gid://$1')
        .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME').replace(/\d{9,}/g, 'ID')
        .replace(/\bat .+? because/, 'at PLACE because');
}

const kindOf = (value) => (value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value);

/** Compares texts to the letter: messages, codes, fields of errors. */
function exact(recorded, answered, path) {
    if (isObject(recorded) && isObject(answered)) {
        const keys = new Set([...Object.keys(recorded), ...Object.keys(answered)]);
        for (const key of keys) {
            const found = exact(recorded[key], answered[key], [...path, key]);
            if (found) return found;
        }
        return null;
    }
    if (Array.isArray(recorded) && Array.isArray(answered)) {
        if (recorded.length !== answered.length) {
            return differs(path, recorded, answered);
        }
        for (let i = 0; i < recorded.length; i += 1) {
            const found = exact(recorded[i], answered[i], [...path, i]);
            if (found) return found;
        }
        return null;
    }
    const same = typeof recorded === 'string' && typeof answered === 'string'
        ? masked(recorded) === masked(answered) : recorded === answered;
    return same ? null : differs(path, recorded, answered);
}

const differs = (path, recorded, answered) =>
    ({ path: path.join('.'), text: `recorded ${show(recorded)}, answered ${show(answered)}` });

/** A list directly below a root field holds whatever the shop has; only its being empty matters. */
const isOpenList = (path) => path.length === 3 && /^(nodes|edges)$/.test(path[2]);

class Comparison {
    constructor({ values = false, here = () => undefined }) {
        this.values = values; // also compare enums, booleans and numbers
        this.here = here; // the id here of a recorded one
    }

    object(recorded, answered, path) {
        for (const key of Object.keys(recorded)) {
            if (!(key in answered)) return differs([...path, key], recorded[key], undefined);
            const found = /[uU]serErrors$/.test(key)
                ? exact(recorded[key], answered[key], [...path, key])
                : this.value(recorded[key], answered[key], [...path, key]);
            if (found) return found;
        }
        const extra = Object.keys(answered).find((key) => !(key in recorded));
        return extra ? differs([...path, extra], undefined, answered[extra]) : null;
    }

    list(recorded, answered, path) {
        if (isOpenList(path) ? recorded.length > 0 && answered.length === 0
            : recorded.length !== answered.length) {
            return { path: path.join('.'),
                text: `recorded ${recorded.length} entries, answered ${answered.length}` };
        }
        for (let i = 0; i < recorded.length; i += 1) {
            const other = isOpenList(path) ? this.twin(recorded[i], answered) : answered[i];
            const found = other && this.value(recorded[i], other, [...path, i]);
            if (found) return found;
        }
        return null;
    }

    /** The entry of an open list that stands for a recorded one; without ids the first. */
    twin(entry, answered) {
        const idOf = (each) => each?.id ?? each?.node?.id;
        if (idOf(entry) === undefined) return answered[0];
        return answered.find((each) => idOf(each) === this.here(idOf(entry)));
    }

    leaf(recorded, answered, path) {
        const last = path.at(-1);
        if (last === '__typename' && recorded !== answered) return differs(path, recorded, answered);
        if (!this.values || recorded === answered || SHOPS_OWN.test(last)) return null;
        const judged = typeof recorded !== 'string' || (ENUM.test(recorded) && ENUM.test(answered));
        return judged ? differs(path, recorded, answered) : null;
    }

    value(recorded, answered, path) {
        if (kindOf(recorded) !== kindOf(answered)) return differs(path, recorded, answered);
        if (isObject(recorded)) return this.object(recorded, answered, path);
        if (Array.isArray(recorded)) return this.list(recorded, answered, path);
        return this.leaf(recorded, answered, path);
    }
}

/** Errors stand for themselves; where they point to is only known with the recorded document. */
function errorsOf(answer, withPlaces) {
    return (answer.errors ?? []).map(({ message, path, locations, extensions }) => {
        const { requestId, ...told } = extensions ?? {};
        return { message, extensions: told, ...withPlaces ? { path, locations } : {} };
    });
}

/** {path, text} of the first difference, or null. `withPlaces`: the document is the recorded one. */
export function difference(recorded, answered, { withPlaces, ...about }) {
    const wanted = errorsOf(recorded, withPlaces);
    const found = exact(wanted, errorsOf(answered, withPlaces), ['errors']);
    if (found) return found;
    return new Comparison(about).value(recorded.data ?? null, answered.data ?? null, ['data']);
}

/** {requested, actual}: true, false, or null where the recording has no cost. */
export function costs(recorded, answered) {
    const want = recorded.extensions?.cost;
    const have = answered.extensions?.cost;
    if (!want) return { requested: null, actual: null, text: null };
    const told = (cost) => `${cost?.requestedQueryCost}/${cost?.actualQueryCost}`;
    return {
        requested: want.requestedQueryCost === have?.requestedQueryCost,
        actual: want.actualQueryCost === undefined ? null
            : want.actualQueryCost === have?.actualQueryCost,
        text: told(want) === told(have) ? null : `cost: recorded ${told(want)}, answered ${told(have)}`,
    };
}
