// spool.test.mjs: what lies on disk stays readable for everybody, whoever leaves in the middle. If it fails, one client
// that breaks off a download takes the file away from all others.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import test from 'node:test';

import { Spool } from '../src/spool.mjs';

async function textOf(stream) {
    const parts = [];
    for await (const part of stream) parts.push(part);
    return Buffer.concat(parts).toString();
}

test('a stream that is broken off leaves the file to others', async () => {
    const spool = new Spool();
    const text = 'äbc\n'.repeat(400_000);
    spool.append(text);
    const left = spool.stream();
    for await (const part of left) {
        assert.ok(part.length > 0);
        break; // destroys it
    }
    await new Promise((done) => (left.closed ? done() : left.once('close', done)));
    assert.equal(await textOf(spool.stream()), text);
    assert.equal(await textOf(spool.stream(5, 10)), Buffer.from(text).subarray(5, 10).toString());
    spool.close();
});
