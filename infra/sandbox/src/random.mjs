// random.mjs: repeatable chance. The same seed gives the same shop, shoppers and faults.
//
// SPDX-License-Identifier: Apache-2.0

export class Random {
    constructor(seed) {
        this.state = Number(BigInt.asUintN(32, BigInt(seed))) || 1;
    }

    /** 32 random bits (mulberry32). */
    bits() {
        this.state = (this.state + 0x6d2b79f5) >>> 0;
        let x = this.state;
        x = Math.imul(x ^ (x >>> 15), x | 1);
        x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
        return (x ^ (x >>> 14)) >>> 0;
    }

    fraction() {
        return this.bits() / 4_294_967_296;
    }

    /** A whole number from 0 to limit - 1. */
    below(limit) {
        return Math.floor(this.fraction() * limit);
    }

    between(low, high) {
        return low + this.below(high - low + 1);
    }

    pick(list) {
        return list[this.below(list.length)];
    }

    chance(probability) {
        return this.fraction() < probability;
    }
}
