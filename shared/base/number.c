/*
 * number.c: see decimal_of_number(). A number's text is read as a decimal; an exponent moves the
 * point.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/decimal.h"

enum { PLACES = 6, EXPONENT_MAX = 100 };

struct digits { int64_t v; int places; bool negative, good; };

/* Digits before the exponent; digits beyond what an int64 holds behind the point are cut. */
static struct digits
mantissa(struct str s, size_t *at)
{
    struct digits d = { .good = true };
    bool point = false;

    if (s.n > 0 && s.p[0] == '-') {
        d.negative = true;
        ++*at;
    }
    for (; *at < s.n && s.p[*at] != 'e' && s.p[*at] != 'E'; ++*at) {
        const char c = s.p[*at];
        if (c == '.') {
            d.good = d.good && !point;
            point = true;
        } else if (c < '0' || c > '9') {
            d.good = false;
        } else if (d.v < INT64_MAX / 100) {
            d.v = d.v * 10 + (c - '0');
            d.places += point;
        } else if (!point) {
            d.good = false;
        }
    }
    return d;
}

/* What follows the 'e', from `at` on; 0 when there is none. */
static int
exponent(struct str s, size_t at)
{
    int v = 0;

    if (++at >= s.n)
        return 0;
    const bool negative = s.p[at] == '-';
    at += s.p[at] == '-' || s.p[at] == '+';
    for (; at < s.n && s.p[at] >= '0' && s.p[at] <= '9' && v < EXPONENT_MAX; at++)
        v = v * 10 + (s.p[at] - '0');
    return negative ? -v : v;
}

/* Millionths of d * 10^exp. */
static bool
to_micro(struct digits d, int exp, int64_t *ret)
{
    int64_t v = d.v;

    for (int shift = PLACES - d.places + exp; shift != 0; shift += shift > 0 ? -1 : 1) {
        if (shift < 0)
            v /= 10;
        else if (__builtin_mul_overflow(v, 10, &v))
            return false;
        if (v == 0)
            break;
    }
    *ret = d.negative ? -v : v;
    return d.good;
}

bool
decimal_of_number(struct str text, struct decimal *ret)
{
    size_t at = 0;

    if (text.n == 0 || (text.p[0] != '-' && (text.p[0] < '0' || text.p[0] > '9')))
        return false;
    const struct digits d = mantissa(text, &at);
    return to_micro(d, exponent(text, at), &ret->micro);
}
