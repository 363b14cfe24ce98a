// clock.mjs: the shop's clock, in microseconds since 1970.
//
// Real time plus an offset.  The offset comes from the control API or from a small file shared
// with the services (a decimal number of microseconds), so that a test moves every clock by
// writing one number.  The shop never lets time stand still: two readings always differ, which
// gives the history a strict order.
//
// SPDX-License-Identifier: Apache-2.0
import fs from 'node:fs';
import { performance } from 'node:perf_hooks';

export const US_PER_S = 1_000_000;
export const US_PER_MS = 1_000;
const FILE_CHECK_MS = 10;
const DRIFT_LIMIT_US = 2_000;

export class Clock {
    constructor({ offsetFile } = {}) {
        this.offsetFile = offsetFile;
        this.offset = 0;
        this.fileCheckedAt = -Infinity;
        this.last = 0;
        this.anchor();
    }

    anchor() {
        this.wallAtAnchor = Date.now() * US_PER_MS;
        this.monotonicAtAnchor = performance.now();
    }

    /** Wall time with microseconds: Date gives only milliseconds, so the monotonic clock fills in. */
    wall() {
        const elapsed = (performance.now() - this.monotonicAtAnchor) * US_PER_MS;
        const fine = this.wallAtAnchor + Math.floor(elapsed);
        if (Math.abs(fine - Date.now() * US_PER_MS) > DRIFT_LIMIT_US) {
            this.anchor();
            return this.wallAtAnchor;
        }
        return fine;
    }

    readFile() {
        const now = performance.now();
        if (!this.offsetFile || now - this.fileCheckedAt < FILE_CHECK_MS) return;
        this.fileCheckedAt = now;
        let text;
        try {
            text = fs.readFileSync(this.offsetFile, 'utf8').trim();
        } catch (error) {
            if (error.code === 'ENOENT') return; // no file: nobody has moved the clock
            throw error;
        }
        if (text === '') return; // caught between truncation and write: keep the old offset
        if (!/^[+-]?\d+$/.test(text)) {
            throw new Error(`${this.offsetFile}: expected a number of microseconds, not '${text}'`);
        }
        this.offset = Number(text);
    }

    /** Moves the clock; the order of events restarts there, also backwards. */
    setOffset(us) {
        this.offset = us;
        this.last = 0;
    }

    now() {
        this.readFile();
        const now = this.wall() + this.offset;
        this.last = now > this.last || this.last - now > US_PER_S ? now : this.last + 1;
        return this.last;
    }
}

export const toSecond = (us) => Math.floor(us / US_PER_S) * US_PER_S;

/** "2026-11-24T11:00:00Z", as GraphQL shows time. */
export const graphqlTime = (us) =>
    us === null || us === undefined ? null
        : `${new Date(Math.floor(us / US_PER_MS)).toISOString().slice(0, 19)}Z`;

/** "2026-11-24T11:00:00.123456Z", for history and control answers. */
export function exactTime(us) {
    if (us === null || us === undefined) return null;
    const micro = String(((us % US_PER_S) + US_PER_S) % US_PER_S).padStart(6, '0');
    return `${new Date(Math.floor(us / US_PER_MS)).toISOString().slice(0, 19)}.${micro}Z`;
}

/** "2026-11-24T06:00:00-05:00", as REST-shaped bodies show time. */
export function restTime(us, offsetMinutes) {
    if (us === null || us === undefined) return null;
    const local = new Date(Math.floor(us / US_PER_MS) + offsetMinutes * 60_000);
    const sign = offsetMinutes < 0 ? '-' : '+';
    const minutes = Math.abs(offsetMinutes);
    const two = (n) => String(n).padStart(2, '0');
    return `${local.toISOString().slice(0, 19)}${sign}${two(Math.floor(minutes / 60))}:`
        + two(minutes % 60);
}

/** Microseconds of an RFC 3339 text or a date; NaN when it is neither. */
export function parseTime(text) {
    const dated = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text;
    const zoned = /T\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(dated) ? `${dated}Z` : dated;
    return Date.parse(zoned) * US_PER_MS;
}
