// http.mjs: Shopify's endpoint: versions, token, faults, bulk files.
//
//     POST /admin/api/<version>/graphql.json
//     GET  /bulk/<name>.jsonl                  (no token, like a signed storage address)
//
// SPDX-License-Identifier: Apache-2.0
import crypto from 'node:crypto';
import { US_PER_MS } from '../clock.mjs';
import { executeRequest, prepared, rootsOf } from './execute.mjs';
import { serveFile } from './bulk-download.mjs';
import { API_VERSIONS } from './resolve-shop.mjs';

const MAX_BODY = 4 * 1_048_576;
const DELAY_MS = 1_000;
const SPOKEN = ['2026-07', '2026-10'];
const STATUS_BODIES = {
    401: { errors: '[API] Invalid API key or access token (unrecognized login or wrong password)' },
    402: { errors: 'This shop is currently frozen.' },
    403: { errors: '[API] This action requires merchant approval for the required scope.' },
    404: { errors: 'Not Found' },
    423: { errors: 'This shop is currently locked.' },
    429: { errors: 'Exceeded 2 calls per second for api client. Reduce request rates to resume '
        + 'uninterrupted service.' },
    430: { errors: 'Request rejected for security reasons.' },
};
const HTML = '<!DOCTYPE html><html><head><title>Something went wrong</title></head>'
    + '<body><h1>There is a problem loading this page</h1></body></html>';

/** The version that answers: an unsupported one falls forward to the oldest supported. */
function answeringVersion(asked) {
    if (SPOKEN.includes(asked)) return asked;
    return asked > API_VERSIONS.at(-1) || asked === 'unstable' ? SPOKEN.at(-1) : SPOKEN[0];
}

function readBody(request, limit = MAX_BODY) {
    return new Promise((resolve, reject) => {
        const chunks = [];
        let length = 0;
        request.on('data', (chunk) => {
            length += chunk.length;
            if (length > limit) {
                request.pause(); // the answer closes the connection
                reject(Object.assign(new Error(`the body exceeds ${limit} bytes`), { status: 413 }));
            } else chunks.push(chunk);
        });
        request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
        request.on('error', reject);
    });
}

class Exchange {
    constructor(shop, request, response) {
        this.shop = shop;
        this.request = request;
        this.response = response;
        this.id = crypto.randomUUID();
        this.version = null;
    }

    send(status, body, headers = {}) {
        const text = typeof body === 'string' ? body : JSON.stringify(body);
        const all = {
            'Content-Type': 'application/json; charset=utf-8', 'X-Request-ID': this.id,
            Date: new Date(this.shop.clock.now() / US_PER_MS).toUTCString(),
            'Content-Length': Buffer.byteLength(text), ...headers,
        };
        if (this.version) all['X-Shopify-API-Version'] = this.version;
        this.response.writeHead(status, all);
        this.response.end(text);
    }

    sendStatus(status, headers = {}) {
        this.send(status, STATUS_BODIES[status] ?? { errors: status >= 500
            ? 'Internal Server Error' : `HTTP ${status}` }, headers);
    }

    drop() {
        this.request.socket.destroy();
    }
}

function sameToken(given, wanted) {
    const digest = (text) => crypto.createHash('sha256').update(text).digest();
    return crypto.timingSafeEqual(digest(given ?? ''), digest(wanted));
}

/** {query, variables, operationName}, or null when the body is none. */
function parseRequest(text) {
    let body;
    try {
        body = JSON.parse(text);
    } catch {
        return null;
    }
    return body !== null && typeof body === 'object' && typeof body.query === 'string' ? body : null;
}

function subjectOf(body, url) {
    const ready = prepared(body.query);
    const roots = (ready.operations ?? []).flatMap((operation) => rootsOf(operation, ready.fragments));
    const operation = body.operationName ?? ready.operations?.[0]?.name?.value ?? null;
    return { roots, url, operation };
}

/** Faults that answer instead of executing; true when the exchange is over. */
function faultBefore(exchange, fault) {
    const { shop } = exchange;
    switch (fault?.action) {
    case 'status':
        exchange.sendStatus(fault.status, fault.status === 429
            ? { 'Retry-After': String(fault.retry_after ?? 2) } : {});
        return true;
    case 'expired_token':
        exchange.sendStatus(401);
        return true;
    case 'throttled':
        shop.bucket.drain();
        return false;
    case 'html':
        exchange.send(fault.status ?? 503, HTML, { 'Content-Type': 'text/html; charset=utf-8' });
        return true;
    case 'internal_error':
        exchange.send(200, { errors: [{
            message: 'Internal error. Looks like something went wrong on our end.\nRequest ID: '
                + `${exchange.id} (include this in support requests).`,
            extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: exchange.id },
        }] });
        return true;
    case 'drop':
        exchange.drop();
        return true;
    default:
        return false;
    }
}

/** Faults that spoil the answer of what has been executed. */
function faultAfter(exchange, fault, { status, body }) {
    const text = JSON.stringify(body);
    switch (fault?.action) {
    case 'truncated':
        exchange.send(status, text.slice(0, Math.floor(text.length / 2)));
        return;
    case 'drop_after_effect':
        exchange.drop();
        return;
    case 'timeout_after_effect': // silence; the client gives up, or the connection ends here
        exchange.shop.later(fault.timeout_ms ?? 60_000, () => exchange.drop());
        return;
    case 'delay':
        exchange.shop.later(fault.delay_ms ?? DELAY_MS, () => exchange.send(status, text));
        return;
    default:
        exchange.send(status, text);
    }
}

/** While an answer is delayed, a repeat of its idempotency key is a concurrent request. */
function holdKey(shop, fault, { idempotencyKey }) {
    if (!idempotencyKey || fault?.action !== 'delay') return;
    shop.idempotency.hold(idempotencyKey,
        shop.clock.now() + (fault.delay_ms ?? DELAY_MS) * US_PER_MS);
}

async function serveGraphql(exchange) {
    const { shop, request } = exchange;
    if (request.method !== 'POST') return exchange.sendStatus(404);
    const body = parseRequest(await readBody(request));
    if (!sameToken(request.headers['x-shopify-access-token'], shop.token)) {
        return exchange.sendStatus(401);
    }
    if (!body) return exchange.send(400, { errors: { query: 'Required parameter missing or invalid' } });
    const fault = shop.faults.forRequest(subjectOf(body, request.url));
    if (faultBefore(exchange, fault)) return undefined;
    const stale = fault?.action === 'stale' ? shop.clock.now() - (fault.lag_ms ?? 2_000) * US_PER_MS : null;
    const result = executeRequest(shop, {
        text: body.query, variables: body.variables ?? {}, operationName: body.operationName ?? null,
        apiVersion: exchange.version, staleUs: stale, requestId: exchange.id,
        debugSearch: request.headers['shopify-search-query-debug'] === '1',
    });
    holdKey(shop, fault, result);
    faultAfter(exchange, fault, result);
    return undefined;
}

/** The request listener of a shop's public port. */
export function shopListener(shop) {
    return async (request, response) => {
        const exchange = new Exchange(shop, request, response);
        try {
            const path = request.url.split('?')[0];
            const api = /^\/admin\/api\/([a-z0-9-]+)\/graphql\.json$/.exec(path);
            const bulk = /^\/bulk\/(?:(direct)\/)?([a-z0-9-]+\.jsonl)$/.exec(path);
            if (api) {
                exchange.version = answeringVersion(api[1]);
                await serveGraphql(exchange);
            } else if (bulk && request.method === 'GET') {
                serveFile(exchange, bulk[2], bulk[1] === 'direct');
            }
            else exchange.sendStatus(404);
        } catch (error) {
            if (response.headersSent || request.socket.destroyed) return;
            if (error.status) {
                exchange.send(error.status, { errors: error.message }, { Connection: 'close' });
            }
            else {
                process.stderr.write(`sandbox: ${error.stack}\n`);
                exchange.send(500, { errors: 'Internal Server Error' });
            }
        }
    };
}

export { faultBefore, readBody };
