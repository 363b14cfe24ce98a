// store.mjs: the shop's state as versioned records.
//
// A value is never changed in place: edit() changes a copy and keeps the old value with the moment
// until which it was true.  That buys two things that a real shop has and a plain map has not:
// a search index that lags, and a replica that still shows the past.
//
// Beside each table lies the order in which its records changed last, so that "what changed since",
// which apps ask of an idle shop all day long, does not look at everything there is.
//
// SPDX-License-Identifier: Apache-2.0
import { US_PER_S } from './clock.mjs';

export const TABLES = ['location', 'product', 'variant', 'item', 'level', 'customer', 'order',
    'fulfillmentOrder', 'subscription', 'bulk', 'job'];

const KEEP_PAST_US = 120 * US_PER_S; // twice the longest lag that can be configured
const LATEST_MIN = 1_000; // below it, places that no longer count are not worth a sweep

export function copy(value) {
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map(copy);
    const result = {};
    for (const key of Object.keys(value)) result[key] = copy(value[key]);
    return result;
}

function valueAt(record, us) {
    if (us < record.born) return null;
    for (const old of record.past) {
        if (us < old.until) return old.value;
    }
    return record.value;
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
        this.changes = Object.fromEntries(TABLES.map((name) => [name, []])); // {record, at}
        this.latest = null; // the last of all changes
        this.ordered = true; // false: the clock went back, `at` does not rise any more
    }

    add(table, id, value) {
        if (this.tables[table].has(id)) throw new Error(`${table} ${id} exists already`);
        const record = { value, born: this.clock.now(), past: [], change: null };
        this.tables[table].set(id, record);
        this.note(table, record, record.born);
        return value;
    }

    /** Puts a record behind all others that changed; where it stood before no longer counts. */
    note(table, record, at) {
        const list = this.changes[table];
        if (list.length > 0 && at < list[list.length - 1].at) this.ordered = false;
        record.change = { record, at };
        this.latest = record.change;
        list.push(record.change);
        if (list.length > LATEST_MIN && list.length > 2 * this.tables[table].size) {
            this.changes[table] = list.filter((change) => change.record.change === change);
        }
    }

    get(table, id) {
        return this.tables[table].get(id)?.value ?? null;
    }

    /** The value as it was at `us`: null before it was made and after it was removed. */
    at(table, id, us) {
        const record = this.tables[table].get(id);
        return record ? valueAt(record, us) : null;
    }

    remember(table, record) {
        const now = this.clock.now();
        this.note(table, record, now);
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
        this.remember(table, record);
        record.value = next;
        return next;
    }

    remove(table, id) {
        const record = this.tables[table].get(id);
        this.remember(table, record);
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
        for (const record of this.tables[table].values()) {
            const value = valueAt(record, us);
            if (value !== null) yield value;
        }
    }

    /**
     * Of the values alive at `us`, those of records that changed at `since` or later, latest first.
     * No value carries a stamp that is later than its record's last change.
     */
    * changedAt(table, us, since) {
        if (!this.ordered) {
            yield* this.allAt(table, us);
            return;
        }
        const list = this.changes[table];
        for (let i = list.length - 1; i >= 0 && list[i].at >= since; i -= 1) {
            const { record } = list[i];
            const value = record.change === list[i] ? valueAt(record, us) : null;
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
