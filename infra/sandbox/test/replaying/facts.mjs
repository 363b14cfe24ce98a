// facts.mjs: what a recording tells of the shop it was made in.
//
// Every object with an id in every answer is a fact: what its fields were at that point of the
// recording.  A scene that must show an object for the first time asks here what it looked like
// then; a fact from before comes first, then the answer itself, then whatever is told later.
//
// SPDX-License-Identifier: Apache-2.0

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
export const GID = /gid:\/\/shopify\/([A-Za-z]+)\/([\w-]+)(\?inventory_item_id=\d+)?/g;
export const kindOf = (gid) => /^gid:\/\/shopify\/([A-Za-z]+)\//.exec(gid)?.[1] ?? null;
export const numberOf = (gid) => /^gid:\/\/shopify\/[A-Za-z]+\/([\w-]+)/.exec(gid)?.[1] ?? null;

/** The elements of a connection or a list. */
export function listOf(value) {
    if (Array.isArray(value)) return value;
    if (!isObject(value)) return [];
    return value.nodes ?? value.edges?.map(({ node }) => node) ?? [];
}

/** Objects of one id, told in parts: the fuller list wins, a null gives way. */
function join(into, more) {
    for (const [key, value] of Object.entries(more)) {
        if (value === null && into[key] !== undefined) continue;
        into[key] = isObject(into[key]) && isObject(value) && !value.nodes && !value.edges
            ? { ...into[key], ...value } : value;
    }
    return into;
}

export class Facts {
    constructor(pairs) {
        this.told = new Map(); // gid -> [{index, fields}]
        this.parents = new Map(); // gid -> {kind of parent: gid}
        pairs.forEach(({ answer, index }) => this.visit(answer.data, index, []));
    }

    visit(value, index, above) {
        if (Array.isArray(value)) {
            for (const entry of value) this.visit(entry, index, above);
            return;
        }
        if (!isObject(value)) return;
        const named = typeof value.id === 'string' && kindOf(value.id);
        const below = named ? [...above, value.id] : above;
        if (named) this.add(value, index, above);
        for (const inner of Object.values(value)) this.visit(inner, index, below);
    }

    add(object, index, above) {
        if (!this.told.has(object.id)) this.told.set(object.id, []);
        this.told.get(object.id).push({ index, fields: object });
        const near = above.at(-1);
        if (!near) return;
        this.link(object.id, near);
        this.link(near, object.id);
    }

    link(from, to) {
        if (!this.parents.has(from)) this.parents.set(from, new Map());
        this.parents.get(from).set(kindOf(to), to);
    }

    known(gid) {
        return this.told.has(gid);
    }

    ids(kind) {
        return [...this.told.keys()].filter((gid) => kindOf(gid) === kind);
    }

    /** The object that stands next to this one: the order of a fulfilment order, for example. */
    near(gid, kind) {
        return this.parents.get(gid)?.get(kind) ?? null;
    }

    /** Objects of a kind that stand next to `gid` and are told of by then; else any of them. */
    around(kind, gid, index, reads) {
        const all = this.ids(kind).filter((each) => this.near(each, kindOf(gid)) === gid);
        const known = all.filter((each) => this.told.get(each).some((fact) => fact.index === index ? reads
            : index >= 0 && fact.index < index));
        return known.length > 0 ? known : all;
    }

    /**
     * What `gid` looked like at a pair.  A read shows the state itself; before a mutation only what
     * was told earlier holds.  Pairs that stand apart (index below zero) know nothing but themselves.
     */
    at(gid, index, reads) {
        const all = this.told.get(gid) ?? [];
        const before = index < 0 ? [] : all.filter((fact) => fact.index < index);
        const now = reads ? all.filter((fact) => fact.index === index) : [];
        const known = [...before, ...now];
        return (known.length > 0 ? known : all.slice(0, 1))
            .reduce((whole, { fields }) => join(whole, fields), {});
    }
}
