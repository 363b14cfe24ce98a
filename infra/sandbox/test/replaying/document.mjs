// document.mjs: writes a request document out of what was asked for and what came back.
//
// Many recordings keep the variables and the answer but not the document.  The answer's shape
// names every field that was selected, and the schema says which arguments the variables fit, so
// the document can be written again; only aliases cannot be guessed.  Costs of such a document are
// not compared.
//
// SPDX-License-Identifier: Apache-2.0
import { graphql, schema } from '../../src/schema.mjs';

const { getNamedType, isAbstractType, isCompositeType, isNonNullType } = graphql;
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

export class NoDocument extends Error {}

/** One value that has every key which any of the list's elements has. */
function merged(value) {
    if (!Array.isArray(value)) return value;
    const all = {};
    for (const entry of value.flat(Infinity)) {
        if (!isObject(entry)) continue;
        for (const [key, inner] of Object.entries(entry)) {
            all[key] = key in all && isObject(all[key]) && isObject(inner)
                ? { ...all[key], ...inner } : all[key] ?? inner;
        }
    }
    return Object.keys(all).length > 0 ? all : null;
}

function innerArguments(field, value) {
    const given = [];
    for (const { name, type, defaultValue } of field.args) {
        if (name === 'names') {
            const names = (Array.isArray(value) ? value : []).map((entry) => entry.name);
            given.push(`names: ${JSON.stringify(names)}`);
        } else if (name === 'first' && /Connection$/.test(getNamedType(field.type).name)) {
            given.push('first: 50');
        } else if (isNonNullType(type) && defaultValue === undefined) {
            throw new NoDocument(`the argument ${name} of ${field.name} is not known`);
        }
    }
    return given.length > 0 ? `(${given.join(', ')})` : '';
}

function abstractSelection(type, value) {
    const own = type.getFields?.() ?? {};
    const here = Object.keys(value).filter((key) => key === '__typename' || own[key]);
    const rest = Object.keys(value).filter((key) => !here.includes(key));
    const concrete = value.__typename ? schema.getType(value.__typename)
        : schema.getPossibleTypes(type).find((each) => rest.every((key) => each.getFields()[key]));
    if (!concrete) throw new NoDocument(`no type of ${type.name} has ${rest.join(', ')}`);
    const pick = (keys) => Object.fromEntries(keys.map((key) => [key, value[key]]));
    const lines = here.length > 0 ? fields(type, pick(here)) : [];
    if (rest.length > 0) lines.push(`... on ${concrete.name} ${selection(concrete, pick(rest))}`);
    return `{ ${lines.join(' ')} }`;
}

function fields(type, value) {
    return Object.entries(value).map(([key, inner]) => {
        if (key === '__typename') return key;
        const field = type.getFields()[key];
        if (!field) throw new NoDocument(`'${key}' is an alias or is no longer a field of ${type.name}`);
        const named = getNamedType(field.type);
        const below = isCompositeType(named) ? ` ${selection(named, inner)}` : '';
        return `${key}${innerArguments(field, inner)}${below}`;
    });
}

/** A selection set that gives `value`; what was null is asked for its type only. */
export function selection(type, value) {
    const whole = merged(value);
    if (whole === null || Object.keys(whole).length === 0) return '{ __typename }';
    return isAbstractType(type) ? abstractSelection(type, whole) : `{ ${fields(type, whole).join(' ')} }`;
}

function rootArguments(root, field, variables, used) {
    const given = [];
    for (const { name, type, defaultValue } of field.args) {
        const variable = [name, name === 'id' ? `${root}Id` : name].find((key) => key in variables);
        if (variable) {
            used.set(variable, type);
            given.push(`${name}: $${variable}`);
        } else if (isNonNullType(type) && defaultValue === undefined) {
            throw new NoDocument(`the argument ${name} of ${root} is not among the variables`);
        }
    }
    return given.length > 0 ? `(${given.join(', ')})` : '';
}

const refusedForDirective = (answer) =>
    (answer.errors ?? []).some(({ message }) => message.includes('@idempotent'));

function directive(root, field, variables, answer, used) {
    if (!/idempotency key is required/i.test(field.description ?? '')) return '';
    if (refusedForDirective(answer)) return '';
    if (!variables.idempotencyKey) return ' @idempotent(key: "written again")';
    used.set('idempotencyKey', new graphql.GraphQLNonNull(graphql.GraphQLString));
    return ' @idempotent(key: $idempotencyKey)';
}

/** The document of a pair that has none, or NoDocument with the reason. */
export function documentOf({ variables, answer }) {
    const roots = Object.keys(answer.data ?? {});
    if (roots.length === 0) throw new NoDocument('the answer names no root field');
    const mutation = roots.every((root) => schema.getMutationType().getFields()[root]);
    const type = mutation ? schema.getMutationType() : schema.getQueryType();
    const used = new Map();
    const lines = roots.map((root) => {
        const field = type.getFields()[root];
        if (!field) throw new NoDocument(`'${root}' is an alias or no root field`);
        const given = rootArguments(root, field, variables ?? {}, used);
        const once = directive(root, field, variables ?? {}, answer, used);
        return `${root}${given}${once} ${selection(getNamedType(field.type), answer.data[root])}`;
    });
    const declared = [...used].map(([name, kind]) => `$${name}: ${kind}`).join(', ');
    return `${mutation ? 'mutation' : 'query'} Again${declared ? `(${declared})` : ''} `
        + `{ ${lines.join(' ')} }`;
}
