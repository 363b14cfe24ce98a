// config.mjs: what can be tuned while the shop runs (POST /control/config), with its limits.
//
// An unknown key or a value out of range is refused: a typo that silently keeps a default would
// make a test prove nothing.
//
// SPDX-License-Identifier: Apache-2.0

const number = (initial, low, high) => ({ initial, low, high, type: 'number' });
const flag = (initial) => ({ initial, type: 'boolean' });

export const OPTIONS = {
    fo_delay_ms: number(300, 0, 600_000),
    search_lag_ms: number(0, 0, 60_000),
    replica_lag_ms: number(0, 0, 60_000),
    replica_lag_probability: number(1, 0, 1),
    replica_lag_seed: number(1, 0, 4_294_967_295),
    webhooks: flag(true),
    webhook_retry_scale: number(1, 0, 1),
    webhook_timeout_ms: number(5_000, 50, 60_000),
    webhook_concurrency: number(32, 1, 512),
    order_age_limit_days: number(60, 1, 100_000),
    bucket_maximum: number(2_000, 1, 1_000_000),
    bucket_restore_rate: number(100, 0, 1_000_000),
    query_cost_limit: number(1_000, 1, 1_000_000),
    bulk_delay_ms: number(100, 0, 600_000),
    bulk_slice_ms: number(0, 0, 60_000),
    bulk_limit: number(5, 1, 100),
    bulk_url_expires_ms: number(604_800_000, 0, 604_800_000),
    bulk_redirect: flag(false),
    bulk_gzip: flag(false),
    job_delay_ms: number(50, 0, 600_000),
    auto_archive: flag(true),
    returns_touch_order: flag(true),
    risk_delay_ms: number(0, 0, 600_000),
    risk_touches_order: flag(true),
    refused_key_says_previous_attempt_failed: flag(false),
    timezone_offset_minutes: number(-300, -720, 840),
};

export function defaultConfig() {
    return Object.fromEntries(Object.entries(OPTIONS).map(([key, { initial }]) => [key, initial]));
}

function nearest(key) {
    const shared = (name) => [...new Set(key)].filter((letter) => name.includes(letter)).length;
    return Object.keys(OPTIONS).sort((a, b) => shared(b) - shared(a))[0];
}

/** Changes `config` by `changes`, all or nothing. */
export function applyConfig(config, changes) {
    for (const [key, value] of Object.entries(changes)) {
        const option = OPTIONS[key];
        if (!option) throw new Error(`unknown option '${key}'; did you mean '${nearest(key)}'?`);
        if (typeof value !== option.type) throw new Error(`${key} must be a ${option.type}`);
        if (option.type === 'number' && (value < option.low || value > option.high)) {
            throw new Error(`${key} must lie from ${option.low} to ${option.high}`);
        }
    }
    Object.assign(config, changes);
}
