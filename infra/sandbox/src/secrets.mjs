// secrets.mjs: the app's client secret, which signs webhooks, and its rotation.
//
// After a rotation the old secret may go on signing for a while, as at Shopify (up to an hour); a
// receiver has to accept both.
//
// SPDX-License-Identifier: Apache-2.0
import crypto from 'node:crypto';
import { exactTime, US_PER_MS } from './clock.mjs';

const BYTES = 16;

export class Secrets {
    constructor(clock, first) {
        this.clock = clock;
        this.current = first;
        this.previous = null;
        this.switchAt = 0;
    }

    /** spec: {secret (made up without it), after_ms (0): how long the old one still signs}. */
    rotate({ secret = crypto.randomBytes(BYTES).toString('hex'), after_ms: afterMs = 0 } = {}) {
        if (typeof secret !== 'string' || secret === '') throw new Error('secret must be a text');
        if (!Number.isInteger(afterMs) || afterMs < 0) throw new Error('after_ms must be a whole number');
        this.previous = this.current;
        this.current = secret;
        this.switchAt = this.clock.now() + afterMs * US_PER_MS;
        return this.shown();
    }

    signing() {
        return this.previous !== null && this.clock.now() < this.switchAt ? this.previous : this.current;
    }

    shown() {
        return {
            secret: this.current, previous: this.previous,
            signs_from: this.previous === null ? null : exactTime(this.switchAt),
        };
    }
}
