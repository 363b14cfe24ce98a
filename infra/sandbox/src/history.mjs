// history.mjs: the append-only truth of the shop, and the ledger of what the app did to it.
//
// Whoever judges a stream needs to know what happened, told by somebody who does not share its
// code.  Every change of state is one entry: who did what to which object, and the state after
// (and, for stock, before).  Folding the entries in order gives the state; a test holds us to it.
// Entries are written to disk as they come: a long day does not fill the memory.
//
// SPDX-License-Identifier: Apache-2.0
import { exactTime } from './clock.mjs';
import { exactJson } from './json.mjs';
import { Spool } from './spool.mjs';

export const ACTORS = ['shopper', 'staff', 'merchant', 'app', 'shopify'];

/** Numbered JSON lines that can be read from any of them on. */
class Journal {
    constructor() {
        this.spool = new Spool();
        this.starts = []; // where each line begins
    }

    get size() {
        return this.starts.length;
    }

    append(fields) {
        this.starts.push(this.spool.length);
        this.spool.append(`${exactJson({ seq: this.size, ...fields })}\n`);
    }

    /** A stream of the lines after `since`, at most `limit`; null when there is none. */
    lines(since, limit) {
        const last = Math.min(this.size, since + limit);
        if (since >= last) return null;
        const end = last === this.size ? this.spool.length : this.starts[last];
        return this.spool.stream(this.starts[since], end);
    }
}

export class History {
    constructor(clock) {
        this.clock = clock;
        this.acts = new Journal();
        this.effects = new Journal();
    }

    /** Appends one change; `object` is {kind, id, ...}. */
    record(actor, act, object, effect, at = this.clock.now()) {
        if (!ACTORS.includes(actor)) throw new Error(`unknown actor '${actor}'`);
        this.acts.append({ at: exactTime(at), actor, act, object, effect });
    }

    /** Appends one mutation executed for the app's token. */
    recordEffect(fields) {
        this.effects.append({ at: exactTime(this.clock.now()), ...fields });
    }

    get lastSeq() {
        return this.acts.size;
    }

    close() {
        this.acts.spool.close();
        this.effects.spool.close();
    }
}
