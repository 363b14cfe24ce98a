// app-routes.mjs: what Shopify does to the app: subscriptions it deletes, secrets it rotates.
//
// SPDX-License-Identifier: Apache-2.0
import { accessOf } from '../api/access.mjs';
import { exactTime } from '../clock.mjs';

/** Subscriptions by {id}, {topic} or {all: true}. */
function chosen(shop, { id, topic, all }) {
    const wanted = id === undefined ? null : String(id).split('/').pop();
    if (wanted === null && topic === undefined && all !== true) {
        throw new Error('name subscriptions by "id", "topic" or "all": true');
    }
    const found = [...shop.store.all('subscription')].filter((subscription) => all
        || subscription.id === wanted || subscription.topic === topic);
    if (found.length === 0) throw new Error('no such subscription');
    return found;
}

function deleteSubscriptions({ shop, body }) {
    const found = chosen(shop, body);
    for (const subscription of found) {
        shop.webhooks.deleteSubscription(subscription, body.reason ?? 'taken away');
    }
    return { deleted: found.map(({ id, topic }) => ({ id: BigInt(id), topic })) };
}

/** Deliveries of a subscription come in another version from now on, as after an app's upgrade. */
function setVersion({ shop, body }) {
    if (!/^(20\d\d-\d\d|unstable)$/.test(body.api_version ?? '')) {
        throw new Error('api_version must look like "2026-07"');
    }
    const found = chosen(shop, body);
    for (const { id } of found) {
        shop.store.edit('subscription', id, (next) => { next.apiVersion = body.api_version; });
    }
    return { changed: found.map(({ id }) => BigInt(id)) };
}

function uninstall({ shop }) {
    const act = shop.act('merchant', 'app_uninstalled');
    act.send('app/uninstalled', () => ({
        id: 64000000001n, name: shop.name, domain: shop.domain, myshopify_domain: shop.domain,
        email: `owner@${shop.domain}`, currency: shop.currency, iana_timezone: 'America/New_York',
    }), null);
    act.finish({ kind: 'shop', id: 64000000001n }, {});
    return { at: exactTime(act.at) };
}

/** Another set of granted scopes; the app is told, as when a merchant approves new ones. */
export function setScopes(shop, scopes) {
    if (!Array.isArray(scopes) || !scopes.every((scope) => /^(read|write)_[a-z_]+$/.test(scope))) {
        throw new Error('scopes must be a list like ["read_orders", "write_inventory"]');
    }
    const previous = shop.access.scopes;
    shop.access = accessOf(scopes);
    const act = shop.act('merchant', 'app_scopes_changed');
    act.send('app/scopes_update', () => ({
        id: 64000000001n, previous, current: scopes, updated_at: shop.restTime(act.at),
    }), null);
    act.finish({ kind: 'shop', id: 64000000001n }, { scopes });
}

export const APP_ROUTES = [
    ['POST', '/control/uninstall', uninstall],
    ['POST', '/control/webhooks/delete', deleteSubscriptions],
    ['POST', '/control/webhooks/version', setVersion],
    ['GET', '/control/secret', ({ shop }) => shop.secrets.shown()],
    ['POST', '/control/secret', ({ shop, body }) => shop.secrets.rotate(body)],
];
