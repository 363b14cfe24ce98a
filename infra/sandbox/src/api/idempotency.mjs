// idempotency.mjs: keys of @idempotent mutations.
//
// A key is bound to the mutation and its arguments for 24 hours of the shop's clock.  The same key
// and arguments get the first answer again, a refusal included; other arguments are refused.
// The sandbox answers a mutation without interruption, so "a request with this key is running" is
// only seen while an answer is held back by a fault.
//
// SPDX-License-Identifier: Apache-2.0
import { US_PER_S } from '../clock.mjs';

const LIFE_US = 24 * 3600 * US_PER_S;

export const KEY_MISMATCH = {
    code: 'IDEMPOTENCY_KEY_PARAMETER_MISMATCH',
    message: 'The provided idempotency key has already been used with different parameters.',
};
export const KEY_CONCURRENT = {
    code: 'IDEMPOTENCY_CONCURRENT_REQUEST',
    message: 'A request with the same idempotency key is already being processed.',
};

export class Idempotency {
    constructor(clock) {
        this.clock = clock;
        this.keys = new Map();
    }

    /** {answer} of an earlier call, {refusal} when the key cannot be used, or null: go on. */
    find(key, fingerprint) {
        const known = this.keys.get(key);
        if (!known) return null;
        const age = this.clock.now() - known.at;
        if (age >= LIFE_US) {
            this.keys.delete(key);
            return null;
        }
        if (known.fingerprint !== fingerprint) return { refusal: KEY_MISMATCH };
        if (known.heldUntil !== null && this.clock.now() < known.heldUntil) {
            return { refusal: KEY_CONCURRENT };
        }
        return { answer: known.answer };
    }

    remember(key, fingerprint, answer) {
        this.keys.set(key, { at: this.clock.now(), fingerprint, answer, heldUntil: null });
    }

    /** The answer to this key is still on its way: until then a repeat is "concurrent". */
    hold(key, untilUs) {
        const known = this.keys.get(key);
        if (known) known.heldUntil = untilUs;
    }
}
