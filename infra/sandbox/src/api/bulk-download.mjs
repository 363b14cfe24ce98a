// bulk-download.mjs: GET /bulk/<name>.jsonl: what a bulk operation found, as a file.
//
// No token: the address is the secret, as a signed storage address is, and like one it expires.  It
// may redirect, it may be compressed, and on demand it breaks in the ways that storage breaks.
//
// SPDX-License-Identifier: Apache-2.0
import zlib from 'node:zlib';
import { pipeline } from 'node:stream';
import { faultBefore } from './http.mjs';

const BOMB_BYTES = 1_073_741_824;
const BOMB_PART = Buffer.alloc(1_048_576, 0x20);
const DROP_AFTER_MS = 20;
const XML = { 'Content-Type': 'application/xml; charset=UTF-8' };

const storageError = (code, message) => `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${code}`
    + `</Code><Message>${message}</Message></Error>`;

/** The file, or null when the exchange has been answered with why there is none. */
function fileFor(exchange, name) {
    const { shop } = exchange;
    const file = shop.bulk.files.get(name);
    if (!file) {
        exchange.send(404, storageError('NoSuchKey', 'The specified key does not exist.'), XML);
        return null;
    }
    if (shop.clock.now() < file.expires) return file;
    exchange.send(403, storageError('AccessDenied', 'The signed address has expired.'), XML);
    return null;
}

/** Endless spaces on one line, a thousandth of their size on the wire. */
function sendBomb(response, bytes) {
    response.writeHead(200, { 'Content-Type': 'application/jsonl', 'Content-Encoding': 'gzip' });
    const gzip = zlib.createGzip();
    pipeline(gzip, response, () => {});
    let left = bytes;
    const more = () => {
        while (left > 0 && !response.destroyed) {
            left -= BOMB_PART.length;
            if (!gzip.write(BOMB_PART)) {
                gzip.once('drain', more);
                return;
            }
        }
        gzip.end();
    };
    more();
}

/** The first bytes of a file, then a closed connection (or, stalled, an open one and nothing). */
function sendPart(exchange, spool, fault) {
    const end = Math.min(fault.bytes ?? spool.length >> 1, spool.length);
    exchange.response.writeHead(200, {
        'Content-Type': 'application/jsonl', 'Content-Length': spool.length,
    });
    const finish = () => exchange.shop.later(fault.action === 'stall'
        ? fault.timeout_ms ?? 600_000 : DROP_AFTER_MS, () => exchange.drop());
    if (end === 0) {
        exchange.response.flushHeaders();
        finish();
        return;
    }
    const part = spool.stream(0, end);
    part.pipe(exchange.response, { end: false });
    part.on('end', finish);
}

function sendWhole(exchange, spool) {
    const { shop, request, response } = exchange;
    const packed = shop.config.bulk_gzip && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    const headers = { 'Content-Type': 'application/jsonl' };
    if (packed) headers['Content-Encoding'] = 'gzip';
    else headers['Content-Length'] = spool.length;
    response.writeHead(200, headers);
    const stages = packed ? [spool.stream(), zlib.createGzip({ level: 1 }), response]
        : [spool.stream(), response];
    pipeline(stages, () => {}); // a reader who leaves early is none of our business
}

export function serveFile(exchange, name, direct) {
    const { shop, request, response } = exchange;
    const file = fileFor(exchange, name);
    if (!file) return;
    if (shop.config.bulk_redirect && !direct) {
        exchange.send(302, '', { Location: `${shop.baseUrl}/bulk/direct/${name}` });
        return;
    }
    const fault = shop.faults.forFile({ url: request.url });
    if (faultBefore(exchange, fault)) return;
    if (fault?.action === 'gzip_bomb') sendBomb(response, fault.bytes ?? BOMB_BYTES);
    else if (['truncated', 'stall'].includes(fault?.action)) sendPart(exchange, file.spool, fault);
    else sendWhole(exchange, file.spool);
}
