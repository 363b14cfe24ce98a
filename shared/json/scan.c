/*
 * scan.c: numbers, words, and the way through objects and arrays; strings are in scan_string.c.
 *
 * A key that stands twice in one object is two truths, so keys are compared with those before them.
 * A filter of 256 bits says "new" for most without a look; an object with more keys than that is
 * sorted once at its end instead, so that no text makes the search slow.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json/scan.h"

#include "json/judge.h"

#include <stdlib.h>

/* Beyond this many digits before the point, or in the exponent, a number may be larger than JSON
 * readers agree on; the library decides. */
enum { SAFE_DIGITS = 200, SAFE_EXPONENT_DIGITS = 2 };

void
scan_init(struct scan *s, struct str text, struct arena *mem)
{
    s->p = text.p != NULL ? text.p : "";
    s->end = s->p + text.n;
    s->mem = mem;
    s->depth = 0;
    s->keys = s->few_keys;
    s->n_keys = 0;
    s->max_keys = SCAN_KEYS;
}

char
scan_peek(struct scan *s)
{
    while (s->p < s->end) {
        const char c = *s->p;
        if (c != ' ' && c != '\n' && c != '\t' && c != '\r')
            return c;
        s->p++;
    }
    return '\0';
}

bool
scan_at_end(struct scan *s)
{
    (void)scan_peek(s);
    return s->p == s->end;
}

static bool
word(struct scan *s, struct str w)
{
    if ((size_t)(s->end - s->p) < w.n || memcmp(s->p, w.p, w.n) != 0)
        return false;
    s->p += w.n;
    return true;
}

bool
scan_null(struct scan *s)
{
    return scan_peek(s) == 'n' && word(s, STR("null"));
}

bool
scan_bool(struct scan *s, bool *ret)
{
    *ret = scan_peek(s) == 't';
    return *ret ? word(s, STR("true")) : word(s, STR("false"));
}

static size_t
digits(struct scan *s)
{
    const char *from = s->p;
    while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
        s->p++;
    return (size_t)(s->p - from);
}

/* Gathered as a negative number, which reaches one further than the positive ones. */
static bool
to_i64(struct str text, int64_t *ret)
{
    const bool minus = text.p[0] == '-';
    int64_t v = 0;
    for (size_t i = minus; i < text.n; i++)
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, text.p[i] - '0', &v))
            return false;
    if (!minus && v == INT64_MIN)
        return false;
    *ret = minus ? v : -v;
    return true;
}

/* The fraction and the exponent of a number whose whole part had `n` digits. */
static bool
fraction(struct scan *s, const char *from, size_t n)
{
    size_t exponent = 0;
    if (*s->p == '.') {
        s->p++;
        if (digits(s) == 0)
            return false;
    }
    if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
        s->p++;
        if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
            s->p++;
        exponent = digits(s);
        if (exponent == 0)
            return false;
    }
    return (n <= SAFE_DIGITS && exponent <= SAFE_EXPONENT_DIGITS) ||
           judge_is_number((struct str){ from, (size_t)(s->p - from) });
}

bool
scan_number(struct scan *s, struct scan_number *ret)
{
    (void)scan_peek(s);
    const char *from = s->p;
    if (s->p < s->end && *s->p == '-')
        s->p++;
    const char *first = s->p;
    const size_t n = digits(s);
    if (n == 0 || (n > 1 && *first == '0'))
        return false;
    ret->whole = s->p == s->end || (*s->p != '.' && *s->p != 'e' && *s->p != 'E');
    if (!ret->whole && !fraction(s, from, n))
        return false;
    ret->text = (struct str){ from, (size_t)(s->p - from) };
    return !ret->whole || to_i64(ret->text, &ret->i);
}

/* --- keys --------------------------------------------------------------------------------- */

static unsigned
hash(struct str key)
{
    uint64_t head = 0, tail = 0;
    const size_t n = key.n < sizeof head ? key.n : sizeof head;
    memcpy(&head, key.p, n);
    memcpy(&tail, key.p + key.n - n, n);
    const uint64_t h = (head ^ (tail << 7 | tail >> 57) ^ key.n) * UINT64_C(0x9e3779b97f4a7c15);
    return (unsigned)(h >> 56);
}

static void
remember(struct scan *s, struct str key)
{
    if (s->n_keys == s->max_keys) {
        struct str *more = ARENA_NEW(s->mem, struct str, s->max_keys * 2);
        memcpy(more, s->keys, s->n_keys * sizeof *more);
        s->keys = more;
        s->max_keys *= 2;
    }
    s->keys[s->n_keys++] = key;
}

/* False when the key is known to stand in this object already. */
static bool
is_new_key(struct scan *s, struct scan_inside *in, struct str key)
{
    const unsigned h = hash(key);
    uint64_t *bits = &in->filter[h / 64];
    const uint64_t bit = UINT64_C(1) << h % 64;
    const bool look = (*bits & bit) != 0 && s->n_keys - in->first_key <= SCAN_FILTER_KEYS;
    for (size_t i = in->first_key; look && i < s->n_keys; i++)
        if (str_eq(s->keys[i], key))
            return false;
    *bits |= bit;
    remember(s, key);
    return true;
}

static int
by_text(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* What the filter could not say of an object with many keys. */
static bool
are_keys_unique(struct scan *s, const struct scan_inside *in)
{
    struct str *v = s->keys + in->first_key;
    const size_t n = s->n_keys - in->first_key;
    if (n <= SCAN_FILTER_KEYS)
        return true;
    qsort(v, n, sizeof *v, by_text);
    for (size_t i = 1; i < n; i++)
        if (str_eq(v[i - 1], v[i]))
            return false;
    return true;
}

/* --- objects and arrays ------------------------------------------------------------------- */

bool
scan_enter(struct scan *s, char bracket, struct scan_inside *in)
{
    if (scan_peek(s) != bracket || ++s->depth > JSON_DEPTH_MAX)
        return false;
    s->p++;
    *in = (struct scan_inside){ .first_key = s->n_keys };
    return true;
}

/* A comma, or the closing bracket, or neither. */
static enum scan_step
advance(struct scan *s, struct scan_inside *in, char close)
{
    const char c = scan_peek(s);
    if (c == close) {
        s->p++;
        s->depth--;
        return SCAN_OVER;
    }
    if (!in->begun) {
        in->begun = true;
        return SCAN_MORE;
    }
    if (c != ',')
        return SCAN_BAD;
    s->p++;
    return SCAN_MORE;
}

enum scan_step
scan_item(struct scan *s, struct scan_inside *in)
{
    return advance(s, in, ']');
}

enum scan_step
scan_member(struct scan *s, struct scan_inside *in, struct str *key)
{
    const enum scan_step step = advance(s, in, '}');
    if (step == SCAN_OVER) {
        const bool unique = are_keys_unique(s, in);
        s->n_keys = in->first_key;
        return unique ? SCAN_OVER : SCAN_BAD;
    }
    if (step == SCAN_BAD || !scan_string(s, key) || !is_new_key(s, in, *key) || scan_peek(s) != ':')
        return SCAN_BAD;
    s->p++;
    return SCAN_MORE;
}

static bool
skip_object(struct scan *s)
{
    struct scan_inside in;
    struct str key;
    if (!scan_enter(s, '{', &in))
        return false;
    for (;;) {
        const enum scan_step step = scan_member(s, &in, &key);
        if (step != SCAN_MORE)
            return step == SCAN_OVER;
        if (!scan_skip(s))
            return false;
    }
}

static bool
skip_array(struct scan *s)
{
    struct scan_inside in;
    if (!scan_enter(s, '[', &in))
        return false;
    for (;;) {
        const enum scan_step step = scan_item(s, &in);
        if (step != SCAN_MORE)
            return step == SCAN_OVER;
        if (!scan_skip(s))
            return false;
    }
}

bool
scan_skip(struct scan *s)
{
    struct scan_number unused;
    bool truth;
    switch (scan_peek(s)) {
    case '{':
        return skip_object(s);
    case '[':
        return skip_array(s);
    case '"':
        return scan_string(s, NULL);
    case 't':
    case 'f':
        return scan_bool(s, &truth);
    case 'n':
        return scan_null(s);
    default:
        return scan_number(s, &unused);
    }
}
