// store.mjs: the shop's state as versioned records.
//
// A value is never changed in place: edit() changes a copy and keeps the old value with the moment
// until which it was true.  That buys two things that a real shop has and a plain map has not:
// a search index that lags, and a replica that still shows the past.
//
// SPDX-License-Identifier: Apache-2.0
import { US_PER_S } from './clock.mjs';

export const TABLES = ['location', 'product', 'variant', 'item', 'level', 'customer', 'order',
    'fulfillmentOrder', 'subscription', 'bulk', 'job'];

const KEEP_PAST_US = 120 * US_PER_S; // twice the longest lag that can be configured

export function copy(value) {
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map(copy);
    const result = {};
    for (const key of Object.keys(value)) result[key] = copy(value[key]);
    return result;
}

export class Store {
    constructor(clock) {
        this.clock = clock;
        this.clear();
    }

    clear() {
        this.tables = Object.fromEntries(TABLES.map((name) => [name, new Map()]));
        this.remembered = []; // records with a past, by the age of their oldest version
        this.forgotten = 0; // how many at the front of `remembered` are done with
    }

    add(table, id, value) {
        if (this.tables[table].has(id)) throw new Error(`${table} ${id} exists already`);
        this.tables[table].set(id, { value, born: this.clock.now(), past: [] });
        return value;
    }

    get(table, id) {
        return this.tables[table].get(id)?.value ?? null;
    }

    /** The value as it was at `us`: null before it was made and after it was removed. */
    at(table, id, us) {
        const record = this.tables[table].get(id);
        if (!record || us < record.born) return null;
        for (const old of record.past) {
            if (us < old.until) return old.value;
        }
        return record.value;
    }

    remember(record) {
        const now = this.clock.now();
        record.past.push({ until: now, value: record.value });
        this.remembered.push({ record, until: now });
        this.forget(now - KEEP_PAST_US);
    }

    /** Drops versions that nobody can ask for any more. */
    forget(limit) {
        const list = this.remembered;
        while (this.forgotten < list.length && list[this.forgotten].until < limit) {
            list[this.forgotten].record.past.shift();
            this.forgotten += 1;
        }
        if (this.forgotten > 1_000 && this.forgotten * 2 > list.length) {
            this.remembered = list.slice(this.forgotten);
            this.forgotten = 0;
        }
    }

    /** Applies `change` to a copy, which becomes the value. */
    edit(table, id, change) {
        const record = this.tables[table].get(id);
        if (!record || record.value === null) throw new Error(`${table} ${id} does not exist`);
        const next = copy(record.value);
        change(next);
        this.remember(record);
        record.value = next;
        return next;
    }

    remove(table, id) {
        const record = this.tables[table].get(id);
        this.remember(record);
        record.value = null;
    }

    /** Every living value of a table, oldest first. */
    * all(table) {
        for (const { value } of this.tables[table].values()) {
            if (value !== null) yield value;
        }
    }

    /** Every value that was alive at `us`. */
    * allAt(table, us) {
        for (const id of this.tables[table].keys()) {
            const value = this.at(table, id, us);
            if (value !== null) yield value;
        }
    }

    first(table, test) {
        for (const value of this.all(table)) {
            if (test(value)) return value;
        }
        return null;
    }
}
