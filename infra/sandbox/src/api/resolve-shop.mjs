// resolve-shop.mjs: the shop itself, the app's installation, subscriptions and bulk operations.
//
// SPDX-License-Identifier: Apache-2.0
import { ownGid, times } from './lookup.mjs';
import { connection } from './connections.mjs';
import { gid } from '../ids.mjs';
import { graphqlTime } from '../clock.mjs';

export const API_VERSIONS = ['2026-01', '2026-04', '2026-07', '2026-10'];

export const apiVersion = (handle) => ({
    __typename: 'ApiVersion', handle, supported: API_VERSIONS.includes(handle),
    displayName: handle === API_VERSIONS.at(-1) ? `${handle} (Latest)` : handle,
});

export function shopObject(shop) {
    const offset = shop.config.timezone_offset_minutes;
    return {
        __typename: 'Shop', id: gid('Shop', '64000000001'), name: shop.name,
        myshopifyDomain: shop.domain, url: `https://${shop.domain}`, currencyCode: shop.currency,
        primaryDomain: {
            __typename: 'Domain', id: gid('Domain', '90000000001'), host: shop.domain,
            sslEnabled: true, url: `https://${shop.domain}`,
        },
        email: `owner@${shop.domain}`, contactEmail: `owner@${shop.domain}`, shopOwnerName: 'Sandbox',
        createdAt: graphqlTime(shop.createdAt), updatedAt: graphqlTime(shop.createdAt),
        ianaTimezone: 'America/New_York', timezoneAbbreviation: 'EST',
        timezoneOffset: `${offset < 0 ? '-' : '+'}${String(Math.abs(offset) / 60 | 0).padStart(2, '0')}`
            + String(Math.abs(offset) % 60).padStart(2, '0'),
        timezoneOffsetMinutes: offset, weightUnit: 'GRAMS', unitSystem: 'METRIC_SYSTEM',
        taxesIncluded: false, taxShipping: false, setupRequired: false, description: null,
        enabledPresentmentCurrencies: [shop.currency], orderNumberFormatPrefix: '#',
        orderNumberFormatSuffix: '', shipsToCountries: ['CA', 'US'],
        plan: {
            __typename: 'ShopPlan', displayName: 'Sandbox', publicDisplayName: 'Sandbox',
            shopifyPlus: false, partnerDevelopment: true,
        },
    };
}

export function installation(source, args, { shop }) {
    return {
        __typename: 'AppInstallation', id: gid('AppInstallation', '66000000001'),
        accessScopes: shop.access.scopes.map((handle) =>
            ({ __typename: 'AccessScope', handle, description: handle.replace(/_/g, ' ') })),
        launchUrl: 'https://example.com/', uninstallUrl: null,
    };
}

export function webhookSubscriptions(source, args, context, info) {
    const wanted = (subscription) =>
        (!args.topics || args.topics.length === 0 || args.topics.includes(subscription.topic))
        && (!args.uri || args.uri === subscription.uri)
        && (!args.callbackUrl || args.callbackUrl === subscription.uri)
        && (!args.format || args.format === subscription.format);
    const entries = [...context.shop.store.all('subscription')].filter(wanted)
        .map((node) => ({ id: node.id, value: args.sortKey === 'ID' ? 0 : node.createdAt, node }));
    return connection(entries, args, info, context);
}

export function bulkOperations(source, args, context, info) {
    const status = /status:(\w+)/.exec(args.query ?? '')?.[1];
    const entries = [...context.shop.store.all('bulk')]
        .filter((bulk) => !status || bulk.status === status.toUpperCase())
        .map((node) => ({
            id: node.id, node,
            value: (args.sortKey === 'COMPLETED_AT' ? node.completedAt : node.createdAt) ?? 0,
        }));
    // by creation the latest comes first, and `reverse` gives the oldest
    const latestFirst = (args.sortKey ?? 'CREATED_AT') === 'CREATED_AT';
    return connection(entries, { ...args, reverse: latestFirst !== (args.reverse ?? false) }, info, context);
}

const SUBSCRIPTION = {
    ...times('createdAt', 'updatedAt'), id: ownGid('WebhookSubscription'),
    legacyResourceId: ({ id }) => id, callbackUrl: ({ uri }) => uri, metafields: () => [],
    apiVersion: ({ apiVersion: handle }) => apiVersion(handle),
    endpoint: ({ uri }) => ({ __typename: 'WebhookHttpEndpoint', callbackUrl: uri }),
};

const BULK = {
    ...times('createdAt', 'completedAt'), id: ownGid('BulkOperation'), type: () => 'QUERY',
    objectCount: ({ objectCount }) => String(objectCount),
    rootObjectCount: ({ rootObjectCount }) => String(rootObjectCount),
    fileSize: ({ fileSize }) => (fileSize === null ? null : String(fileSize)),
};

export const shopTypes = {
    WebhookSubscription: SUBSCRIPTION, BulkOperation: BULK,
    Job: { query: () => ({ __typename: 'QueryRoot' }) },
};
