// api-index.mjs: what our GraphQL documents may say, as one short text that services carry with them.
//
// Of the real schema it keeps the types that a document of ours selects from: every field that is not
// deprecated, its arguments, and its type where that has fields of its own. The two roots are kept
// only as far as documents use them: they alone would be longer than all the rest.
//
// SPDX-License-Identifier: Apache-2.0
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { graphql, schema } from './schema.mjs';

const project = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
export const INDEX_FILE = path.join(project, 'schemas/shopify/admin_2026-10.txt');

const HEAD = `# Admin API 2026-10: what documents may say. Written by infra/sandbox/api-index, never by hand.
# A type, "<" what it implements or is a member of; below it its fields with their arguments, and
# ": TYPE" where a field has fields of its own. Of QueryRoot and Mutation: what documents use.
`;

const byName = (a, b) => (a.name < b.name ? -1 : 1);

function documents() {
    const folders = [path.join(project, 'shared/shopify/graphql'),
        ...fs.readdirSync(path.join(project, 'services'))
            .map((service) => path.join(project, 'services', service, 'graphql'))];
    return folders.filter((folder) => fs.existsSync(folder)).flatMap((folder) => fs.readdirSync(folder)
        .filter((name) => name.endsWith('.graphql'))
        .map((name) => graphql.parse(fs.readFileSync(path.join(folder, name), 'utf8'))));
}

/** The types that documents select from, and the root fields they ask for. */
function reached(texts) {
    const types = new Set();
    const rootFields = new Set();
    const roots = [schema.getQueryType(), schema.getMutationType()];
    for (const text of texts) {
        const info = new graphql.TypeInfo(schema);
        graphql.visit(text, graphql.visitWithTypeInfo(info, {
            SelectionSet() { if (info.getParentType()) types.add(info.getParentType()); },
            Field() { if (roots.includes(info.getParentType())) rootFields.add(info.getFieldDef()); },
        }));
    }
    return { types, kept: (type, field) => !roots.includes(type) || rootFields.has(field) };
}

function fieldLine({ name, args, type }) {
    const named = graphql.getNamedType(type);
    const taken = args.length > 0 ? `(${args.map((arg) => arg.name).sort().join(' ')})` : '';
    return ` ${name}${taken}${graphql.isCompositeType(named) ? `: ${named.name}` : ''}`;
}

function typeLines(type, { types, kept }) {
    const above = [...types].filter((other) => graphql.isAbstractType(other) && other !== type
        && !graphql.isUnionType(type) && schema.isSubType(other, type)).sort(byName);
    const fields = Object.values(type.getFields?.() ?? {})
        .filter((field) => field.deprecationReason == null && kept(type, field)).sort(byName);
    const head = [type, ...above].map(({ name }) => name).join(' ').replace(' ', ' < ');
    return [head, ...fields.map(fieldLine)];
}

/** The whole index, from the documents as they stand in the tree. */
export function apiIndex(texts = documents()) {
    const found = reached(texts);
    const lines = [...found.types].sort(byName).flatMap((type) => typeLines(type, found));
    return `${HEAD}${lines.join('\n')}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    fs.mkdirSync(path.dirname(INDEX_FILE), { recursive: true });
    fs.writeFileSync(INDEX_FILE, apiIndex());
}
