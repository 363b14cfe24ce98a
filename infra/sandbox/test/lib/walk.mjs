// walk.mjs: holds an answer to the schema and the document that asked for it.
//
// Every selected field is there and nothing else; what must not be null is not, unless an error
// says so; enums and scalars have values that the schema (or Shopify's format) allows.  The sandbox
// executes with a forgiving engine; this is written apart from it, so that it cannot forgive the
// same things.
//
// SPDX-License-Identifier: Apache-2.0
import { graphql, schema } from '../../src/schema.mjs';

const { isNonNullType, isListType, isEnumType, isScalarType, isAbstractType } = graphql;

const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
const SCALARS = {
    ID: (value) => typeof value === 'string' && value !== '',
    String: (value) => typeof value === 'string',
    Int: (value) => Number.isInteger(value) && Math.abs(value) <= 2_147_483_648,
    Float: (value) => typeof value === 'number',
    Boolean: (value) => typeof value === 'boolean',
    DateTime: (value) => DATE_TIME.test(value),
    UnsignedInt64: (value) => typeof value === 'string' && /^\d+$/.test(value),
    Money: (value) => typeof value === 'string' && /^-?\d+\.\d\d$/.test(value),
    Decimal: (value) => typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value),
    URL: (value) => typeof value === 'string' && /^https?:\/\//.test(value),
};

class Walker {
    constructor(fragments, variables, errors) {
        this.fragments = fragments;
        this.variables = variables;
        this.errorPaths = errors.map(({ path }) => JSON.stringify(path ?? []));
        this.problems = [];
    }

    report(path, what) {
        this.problems.push(`${path.join('.')}: ${what}`);
    }

    skipped(node) {
        return (node.directives ?? []).some(({ name, arguments: args }) => {
            const given = args.find((argument) => argument.name.value === 'if')?.value;
            const value = given?.kind === 'Variable' ? this.variables[given.name.value] : given?.value;
            return (name.value === 'skip' && value) || (name.value === 'include' && !value);
        });
    }

    collect(selectionSets, type, found = new Map()) {
        for (const selectionSet of selectionSets) {
            for (const node of selectionSet.selections) {
                if (this.skipped(node)) continue;
                if (node.kind === 'Field') {
                    const key = (node.alias ?? node.name).value;
                    found.set(key, [...found.get(key) ?? [], node]);
                    continue;
                }
                const fragment = node.kind === 'FragmentSpread' ? this.fragments[node.name.value] : node;
                const condition = fragment.typeCondition?.name.value;
                if (condition && !this.fits(condition, type)) continue;
                this.collect([fragment.selectionSet], type, found);
            }
        }
        return found;
    }

    fits(condition, type) {
        const wanted = schema.getType(condition);
        return wanted === type || (isAbstractType(wanted) && schema.isSubType(wanted, type));
    }

    /** The concrete type of an object: by __typename, by its gid, or the one that has its keys. */
    concrete(type, value, selectionSets, path) {
        if (!isAbstractType(type)) return type;
        const possible = schema.getPossibleTypes(type);
        const named = value.__typename ?? /^gid:\/\/shopify\/(\w+)\//.exec(value.id ?? '')?.[1];
        const exact = possible.find(({ name }) => name === named);
        if (exact) return exact;
        const keys = JSON.stringify(Object.keys(value).sort());
        const fitting = possible.find((candidate) =>
            JSON.stringify([...this.collect(selectionSets, candidate).keys()].sort()) === keys);
        if (!fitting) this.report(path, `is no ${type.name}`);
        return fitting ?? possible[0];
    }

    value(type, value, selectionSets, path) {
        if (isNonNullType(type)) {
            if (value === null || value === undefined) this.report(path, `must not be null (${type})`);
            else this.value(type.ofType, value, selectionSets, path);
        } else if (value === null) {
            return;
        } else if (isListType(type)) {
            if (!Array.isArray(value)) this.report(path, 'must be a list');
            else value.forEach((entry, i) => this.value(type.ofType, entry, selectionSets, [...path, i]));
        } else if (isEnumType(type)) {
            if (!type.getValue(value)) this.report(path, `'${value}' is not in enum ${type.name}`);
        } else if (isScalarType(type)) {
            if (SCALARS[type.name] && !SCALARS[type.name](value)) {
                this.report(path, `${JSON.stringify(value)} is no ${type.name}`);
            }
        } else if (typeof value !== 'object' || Array.isArray(value)) {
            this.report(path, 'must be an object');
        } else this.object(type, value, selectionSets, path);
    }

    object(type, value, selectionSets, path) {
        const concrete = this.concrete(type, value, selectionSets, path);
        const fields = this.collect(selectionSets, concrete);
        for (const key of Object.keys(value)) {
            if (!fields.has(key)) this.report([...path, key], `was not asked for on ${concrete.name}`);
        }
        for (const [key, nodes] of fields) this.field(concrete, nodes, value, key, [...path, key]);
    }

    field(type, nodes, value, key, path) {
        if (!Object.hasOwn(value, key)) {
            this.report(path, 'is missing');
            return;
        }
        const [{ name: { value: name } }] = nodes;
        if (name === '__typename') {
            if (value[key] !== type.name) this.report(path, `is not ${type.name}`);
            return;
        }
        if (value[key] === null && this.errorPaths.includes(JSON.stringify(path))) return;
        const sets = nodes.map(({ selectionSet }) => selectionSet).filter(Boolean);
        this.value(type.getFields()[name].type, value[key], sets, path);
    }
}

function definitionsOf(document) {
    const fragments = {};
    let operation = null;
    for (const definition of document.definitions) {
        if (definition.kind === 'FragmentDefinition') fragments[definition.name.value] = definition;
        else operation = definition;
    }
    return { fragments, operation };
}

/** Problems of an answer; an empty list when it is what Shopify could have said. */
export function walk(text, variables, answer) {
    if (answer.data === undefined || answer.data === null) return [];
    const { fragments, operation } = definitionsOf(graphql.parse(text));
    const all = { ...variables };
    for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
        if (all[variable.name.value] === undefined && defaultValue) {
            all[variable.name.value] = graphql.valueFromASTUntyped(defaultValue);
        }
    }
    const walker = new Walker(fragments, all, answer.errors ?? []);
    const root = operation.operation === 'mutation' ? schema.getMutationType() : schema.getQueryType();
    walker.object(root, answer.data, [operation.selectionSet], []);
    return walker.problems;
}

