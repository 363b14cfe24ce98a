// wording.mjs: refusals of a document in Shopify's words.
//
// graphql finds the faults; the messages, codes and paths that Shopify answers with differ from
// its own.  Clients match on them, so the known ones are translated; a fault without a translation
// keeps graphql's words.
//
// SPDX-License-Identifier: Apache-2.0
import { graphql } from '../schema.mjs';

const bare = (type) => type.replace(/[[\]!]/g, '');

const RULES = [
    [/^Cannot query field "(.+?)" on type "(.+?)"/, ([, field, type]) => ({
        message: `Field '${field}' doesn't exist on type '${type}'`,
        extensions: { code: 'undefinedField', typeName: type, fieldName: field },
    })],
    [/^Field "(.+?)" of type "(.+?)" must have a selection of subfields/, ([, field, type]) => ({
        message: `Field must have selections (field '${field}' returns ${bare(type)} but has no `
            + `selections. Did you mean '${field} { ... }'?)`,
        extensions: { code: 'selectionMismatch', nodeName: `field '${field}'`, typeName: bare(type) },
    })],
    [/^Field "(.+?)" must not have a selection since type "(.+?)" has no subfields/,
        ([, field, type]) => ({
            message: `Selections can't be made on scalars (field '${field}' returns ${bare(type)} but `
                + 'has selections)',
            extensions: { code: 'selectionMismatch', nodeName: `field '${field}'`, typeName: bare(type) },
        })],
    [/^Unknown argument "(.+?)" on field "(?:.+?)\.(.+?)"/, ([, argument, field]) => ({
        message: `Field '${field}' doesn't accept argument '${argument}'`,
        extensions: {
            code: 'argumentNotAccepted', name: field, typeName: 'Field', argumentName: argument,
        },
    })],
    [/^Field "(.+?)" argument "(.+?)" of type/, ([, field, argument]) => ({
        message: `Field '${field}' is missing required arguments: ${argument}`,
        extensions: {
            code: 'missingRequiredArguments', className: 'Field', name: field, arguments: argument,
        },
    })],
    [/^Variable "\$(.+?)" is never used(?: in operation "(.+?)")?/, ([, name, operation]) => ({
        message: `Variable $${name} is declared by ${operation ?? 'anonymous query'} but not used`,
        extensions: { code: 'variableNotUsed', variableName: name },
    })],
    [/^Variable "\$(.+?)" is not defined(?: by operation "(.+?)")?/, ([, name, operation]) => ({
        message: `Variable $${name} is used by ${operation ?? 'anonymous query'} but not declared`,
        extensions: { code: 'variableNotDefined', variableName: name },
    })],
    [/^Unknown fragment "(.+?)"/, ([, name]) => ({
        message: `Fragment ${name} was used, but not defined`,
        extensions: { code: 'useAndDefineFragment', fragmentName: name },
    })],
    [/^Fragment "(.+?)" is never used/, ([, name]) => ({
        message: `Fragment ${name} was defined, but not used`,
        extensions: { code: 'useAndDefineFragment', fragmentName: name },
    })],
    [/^Unknown directive "@(.+?)"/, ([, name]) => ({
        message: `Directive @${name} is not defined`,
        extensions: { code: 'undefinedDirective', directiveName: name },
    })],
    [/^Variable "\$(.+?)" of type "(.+?)" used in position expecting type "(.+?)"/,
        ([, name, given, wanted]) => ({
            message: `Type mismatch on variable $${name} (${given} / ${wanted})`,
            extensions: { code: 'variableMismatch', variableName: name, typeName: given },
        })],
];

/** Response keys from the operation down to the node at fault. */
function pathOf(document, target) {
    if (!target) return undefined;
    let found;
    const stack = [];
    graphql.visit(document, {
        enter(node) {
            if (node.kind === 'OperationDefinition') {
                stack.push(node.name ? `${node.operation} ${node.name.value}` : node.operation);
            } else if (node.kind === 'FragmentDefinition') stack.push(`fragment ${node.name.value}`);
            else if (node.kind === 'Field') stack.push((node.alias ?? node.name).value);
            else if (node.kind === 'InlineFragment' && node.typeCondition) {
                stack.push(`... on ${node.typeCondition.name.value}`);
            } else if (node.kind === 'Argument') stack.push(node.name.value);
            if (node === target) {
                found = [...stack];
                return graphql.BREAK;
            }
            return undefined;
        },
        leave(node) {
            if (['OperationDefinition', 'FragmentDefinition', 'Field', 'Argument'].includes(node.kind)
                || (node.kind === 'InlineFragment' && node.typeCondition)) stack.pop();
        },
    });
    return found;
}

/** The field whose argument a value is, and the argument: where Shopify points for a bad literal. */
function argumentOf(document, target) {
    let found = null;
    graphql.visit(document, { Field(field) {
        const argument = field.arguments.find(({ value }) => value === target);
        if (argument) found = { field, argument };
    } });
    return found;
}

/** A literal that does not fit its argument, in Shopify's words; null for any other fault. */
function badLiteral(document, error) {
    const [, type] = /^Expected value of type "(.+?)", found /.exec(error.message) ?? [];
    const owner = type && argumentOf(document, error.nodes?.[0]);
    if (!owner) return null;
    const { field, argument } = owner;
    const { line, column } = graphql.getLocation(field.loc.source, field.loc.start);
    return {
        message: `Argument '${argument.name.value}' on Field '${field.name.value}' has an invalid value `
            + `(${graphql.print(argument.value)}). Expected type '${type}'.`,
        locations: [{ line, column }], path: pathOf(document, argument),
        extensions: { code: 'argumentLiteralsIncompatible', typeName: 'Field',
            argumentName: argument.name.value },
    };
}

export function validationError(document, error) {
    const literal = badLiteral(document, error);
    if (literal) return literal;
    for (const [pattern, translate] of RULES) {
        const match = pattern.exec(error.message);
        if (!match) continue;
        const { message, extensions } = translate(match);
        return {
            message, locations: error.locations, path: pathOf(document, error.nodes?.[0]), extensions,
        };
    }
    return { message: error.message, locations: error.locations,
        path: pathOf(document, error.nodes?.[0]), extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } };
}

/** A syntax error; at the end of the text Shopify points at the last token. */
export function syntaxError(error, text) {
    let { line, column } = error.locations?.[0] ?? { line: 1, column: 1 };
    let what = 'unexpected end of file';
    if (/<EOF>/.test(error.message)) {
        const end = text.trimEnd();
        const last = /([A-Za-z0-9_]+|[^\s])$/.exec(end)?.index ?? 0;
        const before = end.slice(0, last).split('\n');
        line = before.length;
        column = before.at(-1).length + 1;
    } else {
        const token = /(?:found|Unexpected) ([^.]+)\.?$/.exec(error.message)?.[1] ?? 'token';
        what = `unexpected ${token.replace(/^Name "(.*)"$/, 'IDENTIFIER ("$1")')}`;
    }
    return {
        message: `syntax error, ${what} at [${line}, ${column}]`, locations: [{ line, column }],
        extensions: { code: 'PARSE_ERROR' },
    };
}
