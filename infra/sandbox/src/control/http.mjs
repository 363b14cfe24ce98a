// control/http.mjs: the listener of the control port.
//
// SPDX-License-Identifier: Apache-2.0
import { pipeline } from 'node:stream';
import { exactJson, parseKeepingIds } from '../json.mjs';
import { readBody } from '../api/http.mjs';
import { Lines, ROUTES } from './routes.mjs';

const MAX_BODY = 16 * 1_048_576;

const compiled = ROUTES.map(([method, path, handler]) => ({
    method, handler, names: [...path.matchAll(/:(\w+)/g)].map(([, name]) => name),
    pattern: new RegExp(`^${path.replace(/:\w+/g, '([^/]+)')}$`),
}));

function find(method, path) {
    let known = false;
    for (const route of compiled) {
        const match = route.pattern.exec(path);
        if (!match) continue;
        known = true;
        if (route.method !== method) continue;
        const params = Object.fromEntries(route.names.map((name, index) => [name, match[index + 1]]));
        return { ...route, params };
    }
    throw Object.assign(new Error(known ? `${method} is not allowed for ${path}`
        : `no such path: ${path}; infra/sandbox/README.md lists them`), { status: known ? 405 : 404 });
}

function parseBody(text) {
    if (text.trim() === '') return {};
    try {
        return parseKeepingIds(text);
    } catch (error) {
        throw new Error(`the body is not JSON: ${error.message}`);
    }
}

function send(response, status, text, type = 'application/json') {
    response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) });
    response.end(text);
}

function sendLines(response, stream) {
    response.writeHead(200, { 'Content-Type': 'application/jsonl' });
    if (stream === null) response.end();
    else pipeline(stream, response, () => {}); // a reader who leaves early ends it
}

export function controlListener(shop) {
    return async (request, response) => {
        try {
            const url = new URL(request.url, 'http://localhost');
            const { handler, params } = find(request.method, url.pathname);
            const body = parseBody(await readBody(request, MAX_BODY));
            const answer = await handler({ shop, body, params, query: url.searchParams });
            if (answer instanceof Lines) sendLines(response, answer.stream);
            else send(response, 200, exactJson(answer));
        } catch (error) {
            if (!response.headersSent && !request.socket.destroyed) {
                send(response, error.status ?? 400, JSON.stringify({ error: error.message }));
            }
            if (error instanceof TypeError || error instanceof RangeError) {
                process.stderr.write(`sandbox: ${error.stack}\n`);
            }
        }
    };
}
