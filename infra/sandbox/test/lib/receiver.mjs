// receiver.mjs: where webhooks arrive in tests.
//
// SPDX-License-Identifier: Apache-2.0
import crypto from 'node:crypto';
import http from 'node:http';
import { parseKeepingIds } from '../../src/json.mjs';
import { SECRET, until } from './shop.mjs';

export class Receiver {
    constructor() {
        this.received = [];
        this.status = 200;
        this.delayMs = 0;
    }

    async start() {
        this.server = http.createServer((request, response) => this.take(request, response));
        await new Promise((resolve) => { this.server.listen(0, '127.0.0.1', resolve); });
        this.server.unref();
        this.uri = `http://127.0.0.1:${this.server.address().port}/hooks`;
        return this;
    }

    take(request, response) {
        const chunks = [];
        request.on('data', (chunk) => chunks.push(chunk));
        request.on('end', () => {
            const raw = Buffer.concat(chunks);
            const { headers } = request;
            this.received.push({
                topic: headers['x-shopify-topic'], headers, raw, body: parseKeepingIds(raw.toString()),
                signed: crypto.createHmac('sha256', SECRET).update(raw).digest('base64')
                    === headers['x-shopify-hmac-sha256'],
            });
            setTimeout(() => response.writeHead(this.status).end(), this.delayMs);
        });
    }

    of(topic) {
        return this.received.filter((entry) => entry.topic === topic);
    }

    /** The deliveries of a topic once there are `count` of them. */
    wait(topic, count = 1, limitMs = 5_000) {
        return until(`${count} ${topic}`, () =>
            (this.of(topic).length >= count ? this.of(topic) : null), limitMs);
    }

    stop() {
        this.server.closeAllConnections();
        this.server.close();
    }
}
