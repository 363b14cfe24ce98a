// variables.mjs: variables held to their types, with Shopify's INVALID_VARIABLE answer.
//
// graphql coerces them as well, but reports one fault at a time in its own words; Shopify lists all
// problems with their paths and repeats the value.
//
// SPDX-License-Identifier: Apache-2.0
import { graphql, schema } from '../schema.mjs';

const { isNonNullType, isListType, isInputObjectType, isEnumType } = graphql;
const MAX_INPUT_ARRAY = 250;

function scalarProblem(type, value) {
    try {
        type.parseValue(value);
        return null;
    } catch (error) {
        return `Could not coerce value ${JSON.stringify(value)} to ${type.name}`;
    }
}

function objectProblems(type, value, path, problems) {
    if (typeof value !== 'object' || Array.isArray(value)) {
        problems.push({ path, explanation: `Expected ${JSON.stringify(value)} to be a key-value object` });
        return;
    }
    const fields = type.getFields();
    for (const key of Object.keys(value)) {
        if (!fields[key]) {
            problems.push({ path: [...path, key],
                explanation: `Field is not defined on ${type.name}` });
        }
    }
    for (const field of Object.values(fields)) {
        const given = Object.hasOwn(value, field.name);
        if (!given && field.defaultValue !== undefined) continue;
        if (given || isNonNullType(field.type)) {
            check(field.type, value[field.name] ?? null, [...path, field.name], problems);
        }
    }
}

function check(type, value, path, problems) {
    if (isNonNullType(type)) {
        if (value === null) problems.push({ path, explanation: 'Expected value to not be null' });
        else check(type.ofType, value, path, problems);
        return;
    }
    if (value === null) return;
    if (isListType(type)) {
        const list = Array.isArray(value) ? value : [value];
        list.forEach((entry, index) => check(type.ofType, entry, [...path, index], problems));
    } else if (isInputObjectType(type)) {
        objectProblems(type, value, path, problems);
    } else if (isEnumType(type)) {
        const names = type.getValues().map(({ name }) => name);
        if (!names.includes(value)) {
            problems.push({ path, explanation: `Expected ${JSON.stringify(value)} to be one of: `
                + names.join(', ') });
        }
    } else if (type.name === 'ID' && typeof value === 'string' && !value.startsWith('gid://')) {
        const explanation = `Invalid global id '${value}'`;
        problems.push({ path, explanation, message: explanation });
    } else {
        const explanation = scalarProblem(type, value);
        if (explanation) problems.push({ path, explanation });
    }
}

function longestArray(value) {
    if (value === null || typeof value !== 'object') return 0;
    const own = Array.isArray(value) ? value.length : 0;
    return Math.max(own, ...Object.values(value).map(longestArray));
}

/** The first variable that is at fault, as a GraphQL error; null when all are right. */
export function variableError(operation, given) {
    for (const definition of operation.variableDefinitions ?? []) {
        const name = definition.variable.name.value;
        const type = graphql.typeFromAST(schema, definition.type);
        const present = given[name] !== undefined;
        if (!type || (!present && definition.defaultValue)) continue;
        const value = given[name] ?? null;
        const problems = [];
        check(type, value, [], problems);
        if (problems.length > 0) return invalidVariable(definition, type, value, problems);
        if (longestArray(value) > MAX_INPUT_ARRAY) return tooLong(longestArray(value));
    }
    return null;
}

function invalidVariable(definition, type, value, problems) {
    const details = problems.filter(({ path }) => path.length > 0)
        .map(({ path, explanation }) => `${path.join('.')} (${explanation})`).join(', ');
    const { line, column } = definition.loc
        ? graphql.getLocation(definition.loc.source, definition.loc.start) : { line: 1, column: 1 };
    return {
        message: `Variable $${definition.variable.name.value} of type ${type} was provided invalid value`
            + (details ? ` for ${details}` : ''),
        locations: [{ line, column }],
        extensions: { code: 'INVALID_VARIABLE', value, problems },
    };
}

function tooLong(length) {
    return {
        message: `The input array size of ${length} is greater than the maximum allowed of `
            + `${MAX_INPUT_ARRAY}.`,
        extensions: { code: 'MAX_INPUT_SIZE_EXCEEDED' },
    };
}
