// search.mjs: Shopify's search syntax.
//
// Terms are `field:value` or `field:>=value`, joined by AND (a space means AND), OR, NOT or "-",
// grouped by parentheses; a value may be quoted and may list alternatives with commas.  An unknown
// field does not fail: the term is ignored, everything matches, and a warning says so in
// extensions.search - a trap of the real API that is kept here on purpose.  Another one: an
// unquoted time ends at its second colon, the rest is read as a field of its own.
//
// SPDX-License-Identifier: Apache-2.0
import { parseTime, toSecond } from '../clock.mjs';

const WORD = /[^\s():"']/;
const COMPARISONS = ['>=', '<=', '>', '<', ''];

export class SearchError extends Error {}

function readQuoted(text, at) {
    const quote = text[at];
    let value = '';
    let i = at + 1;
    while (i < text.length && text[i] !== quote) {
        if (text[i] === '\\') i += 1;
        value += text[i] ?? '';
        i += 1;
    }
    return [value, i + 1];
}

function readBare(text, at) {
    let i = at;
    while (i < text.length && WORD.test(text[i])) i += 1;
    return [text.slice(at, i), i];
}

const readValue = (text, at) => ('"\''.includes(text[at] ?? ' ') && text[at] !== undefined
    ? [...readQuoted(text, at), true] : [...readBare(text, at), false]);

function readTerm(text, at) {
    const [first, end, quoted] = readValue(text, at);
    if (quoted || text[end] !== ':') return [{ type: 'term', field: 'default', op: '', value: first },
        Math.max(end, at + 1)];
    const op = COMPARISONS.find((sign) => text.startsWith(sign, end + 1));
    const [value, last, exact] = readValue(text, end + 1 + op.length);
    return [{ type: 'term', field: first, op, value, quoted: exact }, last];
}

function tokenize(text) {
    const tokens = [];
    let i = 0;
    while (i < text.length) {
        const char = text[i];
        if (/\s/.test(char) || char === ':') i += 1;
        else if (char === '(' || char === ')') {
            tokens.push({ type: char });
            i += 1;
        } else if (char === '-' && /[^\s)]/.test(text[i + 1] ?? ' ')) {
            tokens.push({ type: 'NOT' });
            i += 1;
        } else {
            const word = /^(AND|OR|NOT)(?=[\s(])/.exec(text.slice(i));
            if (word) {
                tokens.push({ type: word[1] });
                i += word[1].length;
            } else {
                const [term, end] = readTerm(text, i);
                tokens.push(term);
                i = end;
            }
        }
    }
    return tokens;
}

/** A tree of {type: 'and'|'or', parts}, {type: 'not', part} and terms; null for no condition. */
export function parseSearch(text) {
    const tokens = tokenize(text);
    let at = 0;
    function primary() {
        const token = tokens[at];
        at += 1;
        if (token === undefined || token.type === ')') return null;
        if (token.type === 'NOT') return { type: 'not', part: primary() };
        if (token.type !== '(') return token.type === 'term' ? token : primary();
        const inner = either();
        if (tokens[at]?.type === ')') at += 1;
        return inner;
    }
    function all() {
        const parts = [];
        while (at < tokens.length && tokens[at].type !== 'OR' && tokens[at].type !== ')') {
            if (tokens[at].type === 'AND') at += 1;
            else parts.push(primary());
        }
        const found = parts.filter(Boolean);
        return found.length > 1 ? { type: 'and', parts: found } : found[0] ?? null;
    }
    function either() {
        const parts = [all()];
        while (tokens[at]?.type === 'OR') {
            at += 1;
            parts.push(all());
        }
        const found = parts.filter(Boolean);
        return found.length > 1 ? { type: 'or', parts: found } : found[0] ?? null;
    }
    return tokens.length === 0 ? null : either();
}

// ---- what a term means for a kind of object

const list = (value) => value.split(',').map((part) => part.trim()).filter(Boolean);
const plain = (value) => String(value ?? '').toLowerCase();

/** A field compared as text, one of a comma-separated list; "*" at the end is a prefix. */
export const textField = (get) => ({ value }) => {
    const wanted = list(value).map(plain);
    const whole = new Set(wanted.filter((want) => !want.endsWith('*')));
    const prefixes = wanted.filter((want) => want.endsWith('*')).map((want) => want.slice(0, -1));
    const matches = (part) => {
        const have = plain(part);
        return whole.has(have) || (have !== '' && prefixes.some((prefix) => have.startsWith(prefix)));
    };
    return (object) => {
        const actual = get(object);
        return Array.isArray(actual) ? actual.some(matches) : matches(actual);
    };
};

export const flagField = (get) => ({ value }) => {
    const wanted = value === 'true';
    return (object) => Boolean(get(object)) === wanted;
};

export const idField = (get) => ({ op, value }) => {
    const wanted = list(value).map((id) => id.split('/').pop().replace(/\?.*$/, ''));
    if (op === '') return (object) => wanted.includes(get(object));
    if (!/^\d+$/.test(wanted[0])) return () => false;
    const limit = BigInt(wanted[0]);
    return (object) => compare(op, BigInt(get(object)), limit);
};

function compare(op, a, b) {
    switch (op) {
    case '>=': return a >= b;
    case '<=': return a <= b;
    case '>': return a > b;
    case '<': return a < b;
    default: return a === b;
    }
}

/** Microseconds that a term means. Without a zone it is the shop's local time. */
function momentOf(value, context) {
    const zoned = /[zZ]$|[+-]\d{2}:?\d{2}$/.test(value);
    const text = value === 'now' ? new Date(context.now / 1000).toISOString() : value;
    const parsed = parseTime(/^\d{4}-\d{2}-\d{2}T\d{2}$/.test(text) ? `${text}:00` : text);
    if (Number.isNaN(parsed)) throw new SearchError(`Invalid timestamp: '${value}'`);
    return zoned || value === 'now' ? parsed : parsed - context.offsetMinutes * 60_000_000;
}

/** A moment, compared in whole seconds. */
export const timeField = (get) => ({ op, value }, context) => {
    const second = toSecond(momentOf(value, context));
    return (object) => {
        const moment = get(object);
        return moment !== null && compare(op, toSecond(moment), second);
    };
};

function compileTerm(term, fields, context) {
    const make = fields[term.field];
    if (make) return make(term, context);
    context.warnings.push({
        field: term.field, message: 'Invalid search field for this query.', code: 'invalid_field',
    });
    return null;
}

/** A predicate for the tree, or null when nothing restricts. Ignored terms restrict nothing. */
function compile(tree, fields, context) {
    if (tree === null) return null;
    if (tree.type === 'term') return compileTerm(tree, fields, context);
    if (tree.type === 'not') {
        const inner = compile(tree.part, fields, context);
        return inner && ((object) => !inner(object));
    }
    const parts = tree.parts.map((part) => compile(part, fields, context)).filter(Boolean);
    if (parts.length === 0) return null;
    return tree.type === 'and' ? (object) => parts.every((part) => part(object))
        : (object) => parts.some((part) => part(object));
}

// stamps of the last change, or of an earlier one
const STAMPS = ['updated_at', 'created_at'];
const BOUNDS = ['>=', '>', ''];

/** What changed last before this moment cannot match: a bound from terms that must all hold. */
function changedSince(tree, fields, context) {
    const terms = tree?.type === 'and' ? tree.parts : [tree];
    const bounds = terms.filter((term) => term?.type === 'term' && fields[term.field]
        && STAMPS.includes(term.field) && BOUNDS.includes(term.op));
    return Math.max(-Infinity, ...bounds.map(({ value }) => toSecond(momentOf(value, context))));
}

const RANGES = { '>=': 'range_gte', '<=': 'range_lte', '>': 'range_gt', '<': 'range_lt',
    '': 'match_all' };

/** The tree as Shopify shows it under extensions.search[].parsed. */
function shown(tree) {
    if (tree === null) return {};
    if (tree.type === 'term') return { field: tree.field, [RANGES[tree.op]]: tree.value };
    if (tree.type === 'not') return { not: shown(tree.part) };
    return { [tree.type]: tree.parts.map(shown) };
}

/**
 * {test, since, report}: the predicate for `text` (null: no restriction), the moment before which
 * the last change of nothing that matches lies and, when a term was ignored, what extensions.search
 * says about it.
 */
export function search(text, fields, { now, offsetMinutes, path, debug }) {
    const tree = parseSearch(text);
    const warnings = [];
    const test = compile(tree, fields, { now, offsetMinutes, warnings });
    const report = warnings.length > 0 || debug
        ? { path, query: text, parsed: shown(tree), ...(warnings.length > 0 ? { warnings } : {}) }
        : null;
    return { test, since: changedSince(tree, fields, { now, offsetMinutes }), report };
}
