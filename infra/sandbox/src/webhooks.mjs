// webhooks.mjs: subscriptions, and deliveries to them.
//
// An event is written once, when it happens; the same bytes are sent again on every retry, up to
// eight times over four hours (scaled by webhook_retry_scale).  A subscription whose delivery has
// failed eight times over, with no success in between, is deleted, as Shopify does.  Deliveries run
// beside each other over kept-alive connections, so they are unordered and never block the API.
//
// SPDX-License-Identifier: Apache-2.0
import crypto from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { exactTime } from './clock.mjs';
import { exactJson } from './json.mjs';
import { schema } from './schema.mjs';
import { shaped } from './webhook-body.mjs';

const RETRIES = 8;
const RETRY_TOTAL_MS = 4 * 3_600_000;
const CONNECT_MS = 1_000;
const KEEP_DELIVERIES = 20_000;
const REORDER_MS = 150;

/** "orders/create" of ORDERS_CREATE: the schema's own description of a topic names it. */
const TOPIC_NAMES = new Map(schema.getType('WebhookSubscriptionTopic').getValues().map(
    ({ name, description }) => [name, /`([a-z_.]+\/[a-z_.]+|[a-z_.]+)`/.exec(description ?? '')?.[1]
        ?? name.toLowerCase().replace('_', '/')]));

export const topicName = (topic) => TOPIC_NAMES.get(topic);

/** Doubling waits that add up to four hours. */
const retryWaitMs = (attempt) => (RETRY_TOTAL_MS / (2 ** RETRIES - 1)) * 2 ** (attempt - 1);

export class Webhooks {
    constructor(shop) {
        this.shop = shop;
        this.agents = {
            'http:': new http.Agent({ keepAlive: true }), 'https:': new https.Agent({ keepAlive: true }),
        };
        this.restart();
    }

    restart() {
        this.generation = (this.generation ?? 0) + 1;
        this.deliveries = [];
        this.dropped = 0;
        this.debounced = 0;
        this.lastSaid = new Map();
        this.waiting = [];
        this.running = 0;
        this.timers = new Set();
        this.failures = new Map(); // subscription id -> {count} since the last success
    }

    stop() {
        for (const timer of this.timers) clearTimeout(timer);
        this.restart();
    }

    later(ms, action) {
        if (ms <= 0) {
            action();
            return;
        }
        const timer = setTimeout(() => {
            this.timers.delete(timer);
            action();
        }, ms);
        this.timers.add(timer);
    }

    /** Tells every subscription of `topic`; `body` is a function, called only when one listens. */
    publish(topic, body, resourceId, act) {
        if (!this.shop.config.webhooks) return;
        let written = null;
        for (const subscription of this.shop.store.all('subscription')) {
            if (topicName(subscription.topic) !== topic) continue;
            written ??= body();
            const own = shaped(this.shop, subscription, { topic, resourceId, body: written });
            if (own === null) continue;
            const text = exactJson(own);
            if (this.saidBefore(subscription, topic, resourceId, text)) continue;
            this.enqueue(subscription, topic, text, resourceId, act);
        }
    }

    /**
     * With includeFields Shopify leaves out what would repeat the last delivery word for word: a
     * reader who picks fields without updated_at does not hear of every change.
     */
    saidBefore(subscription, topic, resourceId, text) {
        if (subscription.includeFields.length === 0) return false;
        const key = `${subscription.id} ${topic} ${resourceId}`;
        const same = this.lastSaid.get(key) === text;
        this.lastSaid.set(key, text);
        if (same) this.debounced += 1;
        return same;
    }

    enqueue(subscription, topic, text, resourceId, act) {
        const delivery = {
            id: this.shop.uuid(), subscriptionId: subscription.id, topic, resourceId,
            uri: subscription.uri, name: subscription.name, text, bytes: Buffer.byteLength(text),
            apiVersion: subscription.apiVersion,
            triggeredAt: exactTime(act.at), eventId: act.eventId, attempts: 0, status: 'pending',
            lastStatus: null, lastError: null, deliveredAt: null,
        };
        this.list(delivery);
        this.startWithFault(delivery, this.shop.faults.forWebhook(topic));
    }

    /** Puts a delivery on the list that the control API shows; the oldest leave it. */
    list(delivery) {
        this.deliveries.push(delivery);
        if (this.deliveries.length <= KEEP_DELIVERIES) return;
        this.deliveries.shift();
        this.dropped += 1;
    }

    /** The same event once more, under the same webhook id. */
    sendCopy(delivery) {
        const copy = { ...delivery, attempts: 0, status: 'pending' };
        this.list(copy);
        this.send(copy);
    }

    startWithFault(delivery, fault) {
        switch (fault?.action) {
        case 'lose':
            this.end(delivery, 'lost');
            return;
        case 'double': {
            const copy = { ...delivery };
            this.send(delivery);
            this.later(fault.delay_ms ?? 20, () => this.sendCopy(copy));
            return;
        }
        case 'delay':
            this.later(fault.delay_ms ?? 1_000, () => this.send(delivery));
            return;
        case 'reorder':
            this.later(fault.delay_ms ?? REORDER_MS, () => this.send(delivery));
            return;
        default:
            this.send(delivery);
        }
    }

    send(delivery) {
        this.waiting.push(delivery);
        this.pump();
    }

    pump() {
        while (this.running < this.shop.config.webhook_concurrency && this.waiting.length > 0) {
            const delivery = this.waiting.shift();
            this.running += 1;
            const { generation } = this;
            delivery.attempts += 1;
            this.attempt(delivery).then((outcome) => {
                if (generation !== this.generation) return; // the shop was reset meanwhile
                this.running -= 1;
                this.settle(delivery, outcome);
                this.pump();
            });
        }
    }

    headers(delivery) {
        const digest = crypto.createHmac('sha256', this.shop.secrets.signing()).update(delivery.text)
            .digest('base64');
        const headers = {
            'Content-Type': 'application/json', 'User-Agent': 'Shopify-Captain-Hook',
            'Content-Length': delivery.bytes,
            'X-Shopify-Topic': delivery.topic, 'X-Shopify-Hmac-Sha256': digest,
            'X-Shopify-Shop-Domain': this.shop.domain, 'X-Shopify-API-Version': delivery.apiVersion,
            'X-Shopify-Webhook-Id': delivery.id, 'X-Shopify-Triggered-At': delivery.triggeredAt,
            'X-Shopify-Event-Id': delivery.eventId,
        };
        if (delivery.name) headers['X-Shopify-Name'] = delivery.name;
        return headers;
    }

    /** One POST; resolves to {status} or {error}, never rejects. */
    attempt(delivery) {
        return new Promise((resolve) => {
            const url = new URL(delivery.uri);
            const request = (url.protocol === 'https:' ? https : http).request(url, {
                method: 'POST', agent: this.agents[url.protocol], headers: this.headers(delivery),
            });
            const total = setTimeout(() => request.destroy(new Error('no answer within '
                + `${this.shop.config.webhook_timeout_ms} ms`)), this.shop.config.webhook_timeout_ms);
            const done = (outcome) => {
                clearTimeout(total);
                resolve(outcome);
            };
            request.on('socket', (socket) => limitConnect(socket, request));
            request.on('response', (response) => {
                response.resume();
                response.on('end', () => done({ status: response.statusCode }));
                response.on('error', (error) => done({ error: error.message }));
            });
            request.on('error', (error) => {
                clearTimeout(total);
                // the receiver closed an idle connection just as it was used again: not a failure
                if (request.reusedSocket && error.code === 'ECONNRESET') resolve(this.attempt(delivery));
                else done({ error: error.message });
            });
            request.end(delivery.text);
        });
    }

    settle(delivery, { status = null, error = null }) {
        delivery.lastStatus = status;
        delivery.lastError = error;
        const subscription = this.shop.store.get('subscription', delivery.subscriptionId);
        if (status !== null && status >= 200 && status < 300) {
            this.end(delivery, 'delivered');
            delivery.deliveredAt = exactTime(this.shop.clock.now());
            if (subscription) this.failuresOf(subscription.id).count = 0;
            return;
        }
        if (!subscription || delivery.attempts > RETRIES) {
            this.end(delivery, 'failed');
            if (subscription) this.giveUp(subscription);
            return;
        }
        delivery.status = 'retrying';
        this.failuresOf(subscription.id).count += 1;
        this.later(retryWaitMs(delivery.attempts) * this.shop.config.webhook_retry_scale,
            () => this.send(delivery));
    }

    /** Nothing more is sent: the body is not needed any longer. */
    end(delivery, status) {
        delivery.status = status;
        delivery.text = null;
    }

    failuresOf(id) {
        if (!this.failures.has(id)) this.failures.set(id, { count: 0 });
        return this.failures.get(id);
    }

    /** All retries of a delivery failed; without a success in between the subscription goes. */
    giveUp(subscription) {
        if (this.failuresOf(subscription.id).count < RETRIES) return;
        this.deleteSubscription(subscription, 'too many failures');
    }

    /** Shopify takes a subscription away; nobody is told. */
    deleteSubscription(subscription, reason) {
        const act = this.shop.act('shopify', 'webhook_subscription_deleted');
        this.shop.store.remove('subscription', subscription.id);
        this.failures.delete(subscription.id);
        act.finish({ kind: 'webhook_subscription', id: BigInt(subscription.id) },
            { topic: subscription.topic, uri: subscription.uri, subscription: null, reason });
    }

    /** Deliveries as the control API lists them. */
    shown({ topic, status } = {}) {
        return this.deliveries
            .filter((delivery) => (!topic || delivery.topic === topic)
                && (!status || delivery.status === status))
            .map((delivery) => ({
                id: delivery.id, topic: delivery.topic, resource_id: delivery.resourceId,
                subscription_id: BigInt(delivery.subscriptionId), uri: delivery.uri,
                attempts: delivery.attempts, status: delivery.status,
                last_status: delivery.lastStatus, last_error: delivery.lastError,
                triggered_at: delivery.triggeredAt, delivered_at: delivery.deliveredAt,
                event_id: delivery.eventId, bytes: delivery.bytes,
            }));
    }

    counts() {
        const counts = { pending: 0, retrying: 0, delivered: 0, failed: 0, lost: 0 };
        for (const { status } of this.deliveries) counts[status] += 1;
        return counts;
    }
}

function limitConnect(socket, request) {
    if (!socket.connecting) return;
    const timer = setTimeout(() => request.destroy(new Error(`no connection within ${CONNECT_MS} ms`)),
        CONNECT_MS);
    socket.once('connect', () => clearTimeout(timer));
    socket.once('close', () => clearTimeout(timer));
}
