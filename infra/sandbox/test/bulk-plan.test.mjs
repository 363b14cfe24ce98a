// bulk-plan.test.mjs: a planned export says what the engine itself would say.
//
// Breaks when a plan leaves out a field, answers another value, or forgets a child.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphql, schema } from '../src/schema.mjs';
import { Clock } from '../src/clock.mjs';
import { Shop } from '../src/shop.mjs';
import { makeFieldResolver, resolveType } from '../src/api/fields.mjs';
import { planBulk } from '../src/api/bulk-plan.mjs';
import { resolvers } from '../src/api/resolvers.mjs';
import { People } from '../src/people/people.mjs';
import { seedShop } from '../src/domain/seed.mjs';
import { documentText } from './lib/shop.mjs';

const shop = new Shop({ clock: new Clock(), domain: 'plan.myshopify.com', token: 't', webhookSecret: 's' });
seedShop(shop, { products: 20, variants_per_product: 3, orders: 5, locations: [{ name: 'Online' },
    { name: 'Store', fulfills_online_orders: false, pickup: true }] });
await new People(shop, { seed: 2, steps: 400 }).play();
shop.stop();

const all = () => ({ entries: null, start: 0, size: 1_000_000 });

/** The rows of an object as the engine answers it: connections taken out, depth first. */
function rowsOf(node, parentId, rows) {
    const children = [];
    const strip = (value) => {
        if (value === null || typeof value !== 'object') return value;
        if (Array.isArray(value)) return value.map(strip);
        return Object.fromEntries(Object.entries(value).flatMap(([key, entry]) => {
            if (!Array.isArray(entry?.edges)) return [[key, strip(entry)]];
            children.push(...entry.edges.map((edge) => edge.node));
            return [];
        }));
    };
    const own = strip(node);
    rows.push(parentId === null ? own : { ...own, __parentId: parentId });
    for (const child of children) rowsOf(child, own.id, rows);
}

function byEngine(document) {
    const { data, errors } = graphql.execute({ schema, document, rootValue: {}, typeResolver: resolveType,
        fieldResolver: makeFieldResolver(resolvers), contextValue: { shop, apiVersion: '2026-10',
            searchReports: [], replicaUs: null, bulk: true, bulkState: all() } });
    assert.equal(errors, undefined);
    const rows = [];
    for (const { node } of Object.values(data)[0].edges) rowsOf(node, null, rows);
    return JSON.parse(JSON.stringify(rows));
}

function byPlan(document) {
    const rows = [];
    const write = ({ source, plan }, parentId) => {
        const below = { id: null, nodes: [] };
        const row = JSON.parse(plan(source, below));
        rows.push(parentId === null ? row : { ...row, __parentId: parentId });
        for (const child of below.nodes) write(child, below.id);
    };
    for (const node of planBulk(shop, document, all()).slice()) write(node, null);
    return rows;
}

const MIXED = `{ orders { edges { node { customer { id } id ...Names alias: name
    refunds { id return { id } }
    lineItems { edges { node { product { id } id ... on LineItem { sku @skip(if: true) title } } } } } } } }
    fragment Names on Order { name tags customer { firstName } }`;

const DOCUMENTS = ['products', 'inventory', 'orders', 'variants', 'returns'].map((name) =>
    [name, documentText(`bulk-inner-${name}`)]);
for (const [name, text] of [...DOCUMENTS, ['aliases, fragments and an id that comes late', MIXED]]) {
    test(`planned like executed: ${name}`, () => {
        const document = graphql.parse(text);
        const planned = byPlan(document);
        assert.ok(planned.length > 20, `${planned.length} rows`);
        assert.deepEqual(planned, byEngine(document));
    });
}
