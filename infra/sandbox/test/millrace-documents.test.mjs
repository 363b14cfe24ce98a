// millrace-documents.test.mjs: every document that our services send is one that Shopify would take.
//
// Breaks when a document asks for a field that the schema does not have or has deprecated, costs
// more than one query may, or, as the inner query of a bulk operation, breaks a rule of those.
//
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { costOf } from '../src/api/cost.mjs';
import { validateBulkQuery } from '../src/domain/bulk-rules.mjs';
import { graphql, schema } from '../src/schema.mjs';

const MAX_COST = 1000;
const LARGEST_PAGE = 250;
const project = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const shared = path.join(project, 'shared/shopify/graphql');

function readFolder(folder) {
    if (!fs.existsSync(folder)) return [];
    return fs.readdirSync(folder).filter((name) => name.endsWith('.graphql')).map((name) => {
        const text = fs.readFileSync(path.join(folder, name), 'utf8');
        return { name, text, document: graphql.parse(text) };
    });
}

const fragmentsOf = (files) => Object.fromEntries(files.flatMap(({ document }) => document.definitions)
    .filter(({ kind }) => kind === 'FragmentDefinition')
    .map((definition) => [definition.name.value, definition]));

const folders = [shared, ...fs.readdirSync(path.join(project, 'services'))
    .map((service) => path.join(project, 'services', service, 'graphql'))];
const common = readFolder(shared);

/** The document with the fragments that it spreads, at any depth, as our services compose it. */
function compose({ document }, fragments) {
    const wanted = new Map();
    const visit = (node) => graphql.visit(node, { FragmentSpread({ name: { value } }) {
        if (wanted.has(value)) return;
        assert.ok(fragments[value], `there is no fragment ${value}`);
        wanted.set(value, fragments[value]);
        visit(fragments[value]);
    } });
    visit(document);
    return { kind: 'Document', definitions: [...document.definitions, ...wanted.values()] };
}

function checkFile(file, fragments) {
    const document = compose(file, fragments);
    const text = graphql.print(document);
    assert.deepEqual(graphql.validate(schema, document).map(String), []);
    assert.deepEqual(graphql.validate(schema, document, [graphql.NoDeprecatedCustomRule]).map(String), []);
    if (/^bulk_(?!run|poll|cancel)/.test(file.name)) {
        assert.deepEqual(validateBulkQuery(text), []);
        return;
    }
    const operation = document.definitions.find(({ kind }) => kind === 'OperationDefinition');
    const cost = costOf({ operation, fragments, variables: { first: LARGEST_PAGE } });
    assert.ok(cost <= MAX_COST, `costs ${cost} points, more than the ${MAX_COST} of one query`);
}

for (const folder of folders) {
    const own = readFolder(folder);
    const fragments = { ...fragmentsOf(common), ...fragmentsOf(own) };
    for (const file of own) {
        if (file.document.definitions[0].kind === 'FragmentDefinition') continue;
        test(path.relative(project, path.join(folder, file.name)), () => checkFile(file, fragments));
    }
}

test('every fragment is used', () => {
    const spread = new Set();
    for (const folder of folders) {
        for (const { document } of readFolder(folder)) {
            graphql.visit(document, { FragmentSpread: ({ name }) => { spread.add(name.value); } });
        }
    }
    const idle = Object.keys(fragmentsOf(common)).filter((name) => !spread.has(name));
    assert.deepEqual(idle, []);
});
