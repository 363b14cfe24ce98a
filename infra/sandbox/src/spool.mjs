// spool.mjs: text that would not fit into memory, on disk, in a file that nobody else sees.
//
// The file has no name from the moment it is open: it goes with the process, however that ends.
//
// SPDX-License-Identifier: Apache-2.0
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';

const BATCH = 1_048_576;
const CHUNK = 262_144;
const read = promisify(fs.read);

export class Spool {
    constructor() {
        const name = path.join(os.tmpdir(), `sandbox-${crypto.randomUUID()}`);
        this.fd = fs.openSync(name, 'wx+', 0o600);
        fs.unlinkSync(name);
        this.written = 0; // bytes on disk
        this.parts = [];
        this.waiting = 0; // bytes in parts
    }

    get length() {
        return this.written + this.waiting;
    }

    append(text) {
        this.parts.push(text);
        this.waiting += Buffer.byteLength(text);
        if (this.waiting >= BATCH) this.flush();
    }

    flush() {
        if (this.waiting === 0) return;
        const bytes = Buffer.from(this.parts.join(''));
        for (let done = 0; done < bytes.length;) {
            done += fs.writeSync(this.fd, bytes, done, bytes.length - done, this.written + done);
        }
        this.written += bytes.length;
        this.parts = [];
        this.waiting = 0;
    }

    /** The bytes from `start` up to and without `end`, as they come from disk. */
    stream(start = 0, end = this.length) {
        this.flush();
        return Readable.from(this.#read(start, end), { objectMode: false });
    }

    // Not fs.createReadStream: destroyed by a client that leaves, it would close the file under all others.
    async *#read(start, end) {
        for (let at = start; at < end && this.fd !== null;) {
            const chunk = Buffer.allocUnsafe(Math.min(CHUNK, end - at));
            const { bytesRead } = await read(this.fd, chunk, 0, chunk.length, at);
            if (bytesRead === 0) return;
            at += bytesRead;
            yield bytesRead === chunk.length ? chunk : chunk.subarray(0, bytesRead);
        }
    }

    close() {
        if (this.fd !== null) fs.closeSync(this.fd);
        this.fd = null;
    }
}
