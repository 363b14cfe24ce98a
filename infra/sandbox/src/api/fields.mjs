// fields.mjs: how a field gets its value.
//
// In this order: the resolver of its type, an own property of the object, and, for what the sandbox
// does not model, the most neutral value that the schema allows (null, an empty list, an empty
// connection, false, 0, "").  So every valid document executes.  Neutral values are counted by
// field and listed by GET /control/neutral, so that nobody mistakes them for facts.
//
// SPDX-License-Identifier: Apache-2.0
import { graphql, schema } from '../schema.mjs';
import { checkAccess } from './access.mjs';
import { connection } from './connections.mjs';
import { isConnection } from './cost.mjs';

const { isNonNullType, isListType, isLeafType, isEnumType, getNullableType, isAbstractType } = graphql;
const EPOCH = '1970-01-01T00:00:00Z';
const NEUTRAL_SCALARS = {
    Boolean: false, Int: 0, Float: 0, String: '', ID: '0', DateTime: EPOCH, Date: '1970-01-01',
    URL: 'https://example.com/', Money: '0.00', Decimal: '0.0', UnsignedInt64: '0', BigInt: '0',
    HTML: '', FormattedString: '', JSON: {}, Color: '#000000', StorefrontID: '0',
};

/** The neutral value of a type that must not be null. */
function neutralOf(type, args, info, context) {
    if (isListType(type)) return [];
    if (isConnection(type)) return connection([], args, info, context);
    if (isEnumType(type)) return type.getValues()[0].name;
    if (isLeafType(type)) return NEUTRAL_SCALARS[type.name] ?? '';
    const concrete = isAbstractType(type) ? schema.getPossibleTypes(type)[0] : type;
    return { __typename: concrete.name };
}

export function neutral(args, info, context) {
    const name = `${info.parentType.name}.${info.fieldName}`;
    context.shop.neutral.set(name, (context.shop.neutral.get(name) ?? 0) + 1);
    if (!isNonNullType(info.returnType)) {
        return isConnection(info.returnType) ? connection([], args, info, context) : null;
    }
    return neutralOf(getNullableType(info.returnType), args, info, context);
}

export function makeFieldResolver(resolvers) {
    return (source, args, context, info) => {
        if (context.shop.access.denied !== null) checkAccess(context.shop.access, info);
        const own = resolvers[info.parentType.name]?.[info.fieldName];
        if (own) return own(source, args, context, info);
        const value = source?.[info.fieldName];
        if (value !== undefined) return typeof value === 'function' ? value(args, context, info) : value;
        return neutral(args, info, context);
    };
}

export const resolveType = (value) => value.__typename;
