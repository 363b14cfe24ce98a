// shop.mjs: a running sandbox for a test file, and a client that holds every answer to the schema.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseKeepingIds } from '../../src/json.mjs';
import { walk } from './walk.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const START_MS = 10_000;
export const TOKEN = 'shpat_test';
export const SECRET = 'test-secret';

export const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Waits until `probe` gives something; the message says what was waited for. */
export async function until(what, probe, limitMs = 5_000) {
    const end = Date.now() + limitMs;
    for (;;) {
        const found = await probe();
        if (found) return found;
        assert.ok(Date.now() < end, `${what}: not within ${limitMs} ms`);
        await sleep(10);
    }
}

export const documentText = (name) =>
    fs.readFileSync(path.join(here, '../documents', `${name}.graphql`), 'utf8');

class Client {
    constructor(ports) {
        this.base = `http://127.0.0.1:${ports.port}`;
        this.controlBase = `http://127.0.0.1:${ports.control_port}`;
        this.walked = 0;
    }

    /** The raw HTTP answer of a GraphQL request. */
    post(query, variables = {}, { token = TOKEN, version = '2026-10', headers = {} } = {}) {
        return fetch(`${this.base}/admin/api/${version}/graphql.json`, {
            method: 'POST', body: JSON.stringify({ query, variables }),
            headers: { 'Content-Type': 'application/json', 'X-Shopify-Access-Token': token, ...headers },
        });
    }

    /** {data, errors, extensions}, walked: an answer that Shopify could not give fails the test. */
    async ask(query, variables = {}, options = {}) {
        const response = await this.post(query, variables, options);
        const answer = await response.json();
        const problems = walk(query, variables, answer);
        assert.deepEqual(problems, [], `the answer breaks the schema:\n${problems.join('\n')}`);
        this.walked += 1;
        return answer;
    }

    /** The data of an answer without errors. */
    async data(query, variables = {}, options = {}) {
        const answer = await this.ask(query, variables, options);
        assert.equal(answer.errors, undefined, JSON.stringify(answer.errors));
        return answer.data;
    }

    document(name, variables) {
        return this.data(documentText(name), variables);
    }

    async control(method, route, body) {
        const response = await fetch(`${this.controlBase}/control/${route}`,
            { method, body: body === undefined ? undefined : JSON.stringify(body) });
        const text = await response.text();
        if (response.headers.get('content-type') === 'application/jsonl') {
            return text.split('\n').filter(Boolean).map(parseKeepingIds);
        }
        const answer = parseKeepingIds(text);
        assert.equal(response.status, 200, `${method} ${route}: ${answer.error}`);
        return answer;
    }

    /** Places an order and waits for its fulfilment orders. */
    async order(spec) {
        const placed = await this.control('POST', 'orders', spec);
        await this.routed(placed.id);
        return placed;
    }

    routed(id) {
        return until('fulfilment orders', async () => {
            const { fulfillment_orders: found } = await this.control('GET', `orders/${id}`);
            return found.length > 0 ? found : null;
        });
    }

}

/** The sandbox ends with the test file: neither keeps the other alive. */
function endWithTests(child, folder) {
    child.unref();
    process.on('exit', () => {
        child.kill('SIGTERM');
        fs.rmSync(folder, { recursive: true });
    });
}

/** Starts a sandbox of its own, with fulfilment orders that come at once unless asked otherwise. */
export async function startShop(config = { fo_delay_ms: 5 }, extra = []) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sandbox-test-'));
    fs.writeFileSync(path.join(folder, 'token'), `${TOKEN}\n`);
    fs.writeFileSync(path.join(folder, 'secret'), `${SECRET}\n`);
    const portFile = path.join(folder, 'ports.json');
    const child = spawn(path.join(here, '../../sandbox'), ['--port-file', portFile,
        '--token-file', path.join(folder, 'token'),
        '--webhook-secret-file', path.join(folder, 'secret'), ...extra],
    { stdio: ['ignore', 'ignore', 'inherit'] });
    endWithTests(child, folder);
    await until('the sandbox to listen', () => fs.existsSync(portFile), START_MS);
    const shop = new Client(JSON.parse(fs.readFileSync(portFile, 'utf8')));
    await shop.control('POST', 'config', config);
    return shop;
}

export const gid = (kind, id) => `gid://shopify/${kind}/${id}`;
