// history.mjs: the append-only truth of the shop, and the ledger of what the app did to it.
//
// Whoever judges a stream needs to know what happened, told by somebody who does not share its
// code.  Every change of state is one entry: who did what to which object, and the state after
// (and, for stock, before).  Folding the entries in order gives the state; a test holds us to it.
//
// SPDX-License-Identifier: Apache-2.0
import { exactTime } from './clock.mjs';
import { exactJson } from './json.mjs';

export const ACTORS = ['shopper', 'staff', 'merchant', 'app', 'shopify'];

export class History {
    constructor(clock) {
        this.clock = clock;
        this.entries = [];
        this.effects = [];
    }

    /** Appends one change; `object` is {kind, id, ...}. Returns the entry. */
    record(actor, act, object, effect, at = this.clock.now()) {
        if (!ACTORS.includes(actor)) throw new Error(`unknown actor '${actor}'`);
        const entry = {
            seq: this.entries.length + 1,
            at: exactTime(at),
            actor, act, object, effect,
        };
        this.entries.push(entry);
        return entry;
    }

    /** Appends one mutation executed for the app's token. */
    recordEffect(fields) {
        const entry = { seq: this.effects.length + 1, at: exactTime(this.clock.now()), ...fields };
        this.effects.push(entry);
        return entry;
    }

    get lastSeq() {
        return this.entries.length;
    }

    /** JSON lines after `since`, at most `limit`. */
    lines(list, since, limit = Infinity) {
        return list.slice(since, since + limit).map((entry) => `${exactJson(entry)}\n`).join('');
    }
}
