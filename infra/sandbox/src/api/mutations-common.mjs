// mutations-common.mjs: what mutations share: @idempotent, required arguments, the effect ledger.
//
// SPDX-License-Identifier: Apache-2.0
import crypto from 'node:crypto';
import { graphql, schema } from '../schema.mjs';
import { canonicalJson } from '../json.mjs';
import { badRequest } from './connections.mjs';

export const userError = (field, message, code) => ({ field, message, ...(code ? { code } : {}) });

function keyOf(info) {
    const directive = graphql.getDirectiveValues(schema.getDirective('idempotent'),
        info.fieldNodes[0], info.variableValues);
    return directive?.key ?? null;
}

/**
 * Runs a mutation at most once per key.  `refuse(error)` makes the payload of a refused key out of
 * {code, message}.  Missing arguments are top-level errors and do not use up the key.
 */
export function idempotent(name, args, context, info, { refuse, precheck, run }) {
    const key = keyOf(info);
    if (key === null) {
        throw badRequest('The @idempotent directive is required for this mutation but was not '
            + 'provided.');
    }
    if (key.trim() === '') throw badRequest("The idempotency key can't be blank.");
    precheck?.();
    const { idempotency, config } = context.shop;
    const fingerprint = `${name} ${canonicalJson(args)}`;
    const known = idempotency.find(key, fingerprint);
    context.idempotencyKey = key;
    if (known?.refusal) return refuse(known.refusal);
    if (known) {
        context.replayed = true;
        const failed = known.answer.userErrors.length > 0;
        return failed && config.refused_key_says_previous_attempt_failed ? refuse({
            code: 'IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED',
            message: 'The previous attempt with this idempotency key failed.',
        }) : known.answer;
    }
    const answer = run();
    idempotency.remember(key, fingerprint, answer);
    return answer;
}

/** {done} by `act`, or {errors}: what the shop refuses becomes a user error. */
export function attempt(field, act, code) {
    try {
        return { done: act(), errors: [] };
    } catch (error) {
        if (error instanceof TypeError || error instanceof RangeError) throw error; // ours, not the caller's
        return { done: null, errors: [userError(field, error.message, code)] };
    }
}

/** changeFromQuantity must be present, though null is allowed: the schema cannot say that. */
export function requireChangeFrom(rows, typeName) {
    if (rows.every((row) => Object.hasOwn(row, 'changeFromQuantity'))) return;
    throw badRequest(`${typeName} must include the following argument: changeFromQuantity.`,
        'INVALID_FIELD_ARGUMENTS');
}

const digest = (args) => crypto.createHash('sha256').update(canonicalJson(args)).digest('hex')
    .slice(0, 32);

function note(context, root, args, before, result, errors) {
    const { history } = context.shop;
    const changed = history.lastSeq > before ? [before + 1, history.lastSeq] : null;
    history.recordEffect({
        root, idempotency_key: context.idempotencyKey ?? null, replayed: context.replayed ?? false,
        variables_digest: digest(args), request_id: context.requestId ?? null, result,
        user_errors: errors, history: changed,
    });
}

/** Wraps a mutation's resolver so that the ledger of effects sees it, whatever comes of it. */
export function recorded(root, resolve) {
    return (source, args, context, info) => {
        const before = context.shop.history.lastSeq;
        context.idempotencyKey = null;
        context.replayed = false;
        try {
            const payload = resolve(source, args, context, info);
            const errors = payload.userErrors ?? payload.orderCancelUserErrors ?? [];
            note(context, root, args, before, errors.length > 0 ? 'refused' : 'done', errors);
            return payload;
        } catch (error) {
            note(context, root, args, before, 'error', [{ message: error.message }]);
            throw error;
        }
    };
}
