// faults.mjs: what goes wrong on demand.
//
// A queue of rules.  A rule matches requests by root field, URL or webhook topic, and acts a number
// of times or with a probability that is repeatable by seed.  Rules are tried in order; the first
// that matches and fires wins.
//
// SPDX-License-Identifier: Apache-2.0
import { Random } from './random.mjs';

const API_ACTIONS = ['status', 'throttled', 'html', 'truncated', 'timeout_after_effect', 'drop',
    'drop_after_effect', 'stale', 'delay', 'internal_error', 'expired_token'];
const BULK_ACTIONS = ['bulk_fail', 'bulk_wrong_count', 'bulk_long_line', 'bulk_shuffle'];
const FILE_ACTIONS = ['gzip_bomb', 'stall'];
const WEBHOOK_ACTIONS = ['lose', 'delay', 'double', 'reorder'];
const ACTIONS = [...new Set([...API_ACTIONS, ...BULK_ACTIONS, ...FILE_ACTIONS, ...WEBHOOK_ACTIONS])];
const KEYS = ['match', 'action', 'status', 'retry_after', 'count', 'probability', 'seed',
    'delay_ms', 'lag_ms', 'timeout_ms', 'rows', 'error_code', 'bytes', 'count_delta'];
const MATCH_KEYS = ['root', 'url', 'topic', 'operation'];

function check(rule) {
    for (const key of Object.keys(rule)) {
        if (!KEYS.includes(key)) throw new Error(`a fault has no '${key}'; known: ${KEYS.join(', ')}`);
    }
    for (const key of Object.keys(rule.match ?? {})) {
        if (!MATCH_KEYS.includes(key)) {
            throw new Error(`a fault cannot match '${key}'; known: ${MATCH_KEYS.join(', ')}`);
        }
    }
    if (!ACTIONS.includes(rule.action)) {
        throw new Error(`unknown fault action '${rule.action}'; known: ${ACTIONS.join(', ')}`);
    }
    if (rule.action === 'status' && !Number.isInteger(rule.status)) {
        throw new Error('action "status" needs "status": an HTTP status code');
    }
}

export class Faults {
    constructor() {
        this.clear();
    }

    clear() {
        this.rules = [];
        this.nextId = 1;
    }

    add(wanted) {
        const given = { ...wanted, action: String(wanted.action).replace(/-/g, '_') };
        check(given);
        const rule = {
            ...given, id: this.nextId, fired: 0, match: given.match ?? {},
            left: given.count ?? (given.probability === undefined ? 1 : Infinity),
            random: new Random(given.seed ?? this.nextId),
        };
        this.nextId += 1;
        this.rules.push(rule);
        return rule.id;
    }

    /** The rules as the control API lists them. */
    list() {
        return this.rules.map(({ random, left, ...rule }) =>
            ({ ...rule, left: Number.isFinite(left) ? left : null }));
    }

    matches(rule, { roots = [], url = '', topic = null, operation = null }) {
        const { match } = rule;
        if (match.root !== undefined && !roots.includes(match.root)) return false;
        if (match.url !== undefined && !url.includes(match.url)) return false;
        if (match.topic !== undefined && match.topic !== topic) return false;
        if (match.operation !== undefined && match.operation !== operation) return false;
        return true;
    }

    fire(actions, subject) {
        for (const rule of this.rules) {
            if (rule.left <= 0 || !actions.includes(rule.action)) continue;
            if (!this.matches(rule, subject)) continue;
            if (rule.probability !== undefined && !rule.random.chance(rule.probability)) continue;
            rule.left -= 1;
            rule.fired += 1;
            return rule;
        }
        return null;
    }

    /** Rules that match "topic" never meet API requests, and the other way round. */
    forRequest(subject) {
        return this.rules.length === 0 ? null : this.fire(API_ACTIONS, subject);
    }

    /** Rules for the download of a bulk file, which is no API request of its own kind. */
    forFile(subject) {
        return this.rules.length === 0 ? null : this.fire([...API_ACTIONS, ...FILE_ACTIONS], subject);
    }

    forBulk() {
        return this.rules.length === 0 ? null : this.fire(BULK_ACTIONS, {});
    }

    forWebhook(topic) {
        if (this.rules.length === 0) return null;
        const rules = this.rules.filter(({ match }) => match.topic !== undefined);
        return rules.length === 0 ? null : this.fire(WEBHOOK_ACTIONS, { topic });
    }
}
