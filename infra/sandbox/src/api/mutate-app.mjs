// mutate-app.mjs: webhook subscriptions and bulk operations.
//
// SPDX-License-Identifier: Apache-2.0
import { idOf } from '../ids.mjs';
import { validateBulkQuery } from '../domain/bulk-rules.mjs';
import { topicName } from '../webhooks.mjs';
import { userError } from './mutations-common.mjs';

const ADDRESS = ['webhookSubscription', 'callbackUrl'];
const PUBSUB = /^pubsub:\/\/[^:/]+:[^:/]+$/;
const NEAR = /^(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[::1\])/;

function addressErrors(uri) {
    if (!uri || uri.trim() === '') return [userError(ADDRESS, "Address can't be blank")];
    const protocol = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1].toLowerCase();
    let url;
    try {
        url = new URL(uri);
    } catch {
        return [userError(ADDRESS, 'Address is invalid')];
    }
    // plain HTTP is refused as at Shopify, except to a near machine: that is what a sandbox is for
    if (protocol === 'http' && !NEAR.test(url.hostname)) {
        return [userError(ADDRESS, 'Address protocol http:// is not supported')];
    }
    if (protocol !== 'http' && protocol !== 'https') {
        const refused = userError(ADDRESS, `Address protocol ${protocol}:// is not supported`);
        return protocol === 'pubsub' && !PUBSUB.test(uri) ? [refused, userError(ADDRESS, 'Address is not '
            + 'a valid GCP pub/sub format. Format should be pubsub://project:topic')] : [refused];
    }
    return [];
}

function otherErrors(input) {
    const errors = [];
    if (input.filter && !/^[^:\s]+:/.test(input.filter)) {
        errors.push(userError(['webhookSubscription'], 'The specified filter is invalid, please '
            + 'ensure you specify the field(s) you wish to filter on.'));
    }
    if (input.name && !/^[A-Za-z0-9_-]{1,50}$/.test(input.name)) {
        errors.push(userError(['webhookSubscription', 'name'], 'Name is invalid'));
    }
    return errors;
}

const taken = (shop, topic, uri, id) => shop.store.first('subscription', (other) =>
    other.topic === topic && other.uri === uri && other.id !== id) !== null;

/** A topic tells of objects; without the right to read them there is no subscription. */
const TOPIC_SCOPES = [[/^(ORDERS|REFUNDS|ORDER_TRANSACTIONS)_/, 'read_orders'],
    [/^(RETURNS|REVERSE)_/, 'read_returns'], [/^PRODUCTS_/, 'read_products'],
    [/^INVENTORY_/, 'read_inventory'], [/^LOCATIONS_/, 'read_locations']];

function scopeErrors(shop, topic) {
    const [, scope] = TOPIC_SCOPES.find(([pattern]) => pattern.test(topic)) ?? [];
    const { scopes } = shop.access;
    if (!scope || scopes.includes(scope) || scopes.includes(scope.replace('read_', 'write_'))) return [];
    return [userError(['webhookSubscription'], 'You do not have permission to create or update webhooks '
        + `with ${topicName(topic)} topic.`)];
}

const TAKEN = userError(ADDRESS, 'Address for this topic has already been taken');

function fieldsOf(input) {
    const fields = {};
    const uri = input.uri ?? input.callbackUrl;
    if (uri !== undefined) fields.uri = uri;
    for (const name of ['format', 'includeFields', 'metafieldNamespaces', 'filter', 'name']) {
        if (input[name] !== undefined) fields[name] = input[name];
    }
    return fields;
}

const state = (subscription) => ({
    id: BigInt(subscription.id), topic: subscription.topic, uri: subscription.uri,
    format: subscription.format, filter: subscription.filter, name: subscription.name,
    include_fields: subscription.includeFields, api_version: subscription.apiVersion,
    metafield_namespaces: subscription.metafieldNamespaces,
});

function finish(act, subscription, gone = false) {
    act.finish({ kind: 'webhook_subscription', id: BigInt(subscription.id) }, {
        topic: subscription.topic, uri: subscription.uri,
        subscription: gone ? null : state(subscription),
    });
}

function webhookSubscriptionCreate(source, { topic, webhookSubscription: input }, context) {
    const { shop } = context;
    const uri = input.uri ?? input.callbackUrl;
    const errors = [...addressErrors(uri), ...otherErrors(input), ...scopeErrors(shop, topic)];
    if (errors.length === 0 && taken(shop, topic, uri, null)) errors.push(TAKEN);
    const answer = { __typename: 'WebhookSubscriptionCreatePayload' };
    if (errors.length > 0) return { ...answer, webhookSubscription: null, userErrors: errors };
    const act = shop.act('app', 'webhook_subscription_created');
    const id = shop.ids.next('WebhookSubscription');
    const made = shop.store.add('subscription', id, {
        __typename: 'WebhookSubscription', id, topic, uri, format: 'JSON', includeFields: [],
        metafieldNamespaces: [], filter: null, name: null, apiVersion: context.apiVersion,
        createdAt: act.at, updatedAt: act.at, ...fieldsOf(input),
    });
    finish(act, made);
    return { ...answer, webhookSubscription: made, userErrors: [] };
}

const UNKNOWN = [userError(['id'], 'Webhook subscription does not exist')];
const found = (shop, gidText) => shop.store.get('subscription', idOf(gidText, 'WebhookSubscription'));

function webhookSubscriptionUpdate(source, { id, webhookSubscription: input }, { shop }) {
    const answer = { __typename: 'WebhookSubscriptionUpdatePayload', webhookSubscription: null };
    const old = found(shop, id);
    if (!old) return { ...answer, userErrors: UNKNOWN };
    const changes = fieldsOf(input);
    const errors = [...changes.uri === undefined ? [] : addressErrors(changes.uri),
        ...otherErrors(input)];
    if (errors.length === 0 && taken(shop, old.topic, changes.uri ?? old.uri, old.id)) {
        errors.push(TAKEN);
    }
    if (errors.length > 0) return { ...answer, userErrors: errors };
    const act = shop.act('app', 'webhook_subscription_updated');
    const next = shop.store.edit('subscription', old.id, (subscription) => {
        Object.assign(subscription, changes, { updatedAt: act.at });
    });
    finish(act, next);
    return { ...answer, webhookSubscription: next, userErrors: [] };
}

function webhookSubscriptionDelete(source, { id }, { shop }) {
    const answer = { __typename: 'WebhookSubscriptionDeletePayload' };
    const old = found(shop, id);
    if (!old) return { ...answer, deletedWebhookSubscriptionId: null, userErrors: UNKNOWN };
    const act = shop.act('app', 'webhook_subscription_deleted');
    shop.store.remove('subscription', old.id);
    finish(act, old, true);
    return { ...answer, deletedWebhookSubscriptionId: id, userErrors: [] };
}

function bulkOperationRunQuery(source, { query, groupObjects }, { shop }) {
    const answer = { __typename: 'BulkOperationRunQueryPayload', bulkOperation: null };
    const messages = validateBulkQuery(query);
    if (messages.length > 0) {
        return { ...answer, userErrors: messages.map((message) =>
            userError(['query'], message, 'INVALID')) };
    }
    const busy = shop.bulk.busy();
    if (busy) return { ...answer, userErrors: [userError(null, busy, 'OPERATION_IN_PROGRESS')] };
    return { ...answer, bulkOperation: shop.bulk.start(query, groupObjects), userErrors: [] };
}

function bulkOperationCancel(source, { id }, { shop }) {
    const answer = { __typename: 'BulkOperationCancelPayload', bulkOperation: null };
    const operation = shop.store.get('bulk', idOf(id, 'BulkOperation'));
    if (!operation) {
        return { ...answer, userErrors: [userError(['id'], 'Bulk operation does not exist')] };
    }
    if (!shop.bulk.isActive(operation)) {
        return { ...answer, userErrors: [userError(null, 'A bulk operation cannot be canceled when '
            + `it is ${operation.status.toLowerCase()}`)] };
    }
    return { ...answer, bulkOperation: shop.bulk.cancel(operation.id), userErrors: [] };
}

export const appMutations = {
    webhookSubscriptionCreate, webhookSubscriptionUpdate, webhookSubscriptionDelete,
    bulkOperationRunQuery, bulkOperationCancel,
};
