/*
 * number.c: see number.h. A number's text is read as a decimal; an exponent moves the point.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/number.h"

enum { NUMBER_TEXT_MAX = 64, PLACES = 6 };

struct digits { int64_t v; int places; bool negative, good; };

/* Digits before the exponent; digits beyond the sixth place are cut. */
static struct digits
mantissa(const char **p)
{
    struct digits d = { .good = true };
    bool point = false;

    if (**p == '-') {
        d.negative = true;
        ++*p;
    }
    for (; **p != '\0' && **p != 'e' && **p != 'E'; ++*p) {
        if (**p == '.') {
            d.good = d.good && !point;
            point = true;
        } else if (**p < '0' || **p > '9') {
            d.good = false;
        } else if (d.v < INT64_MAX / 100) {
            d.v = d.v * 10 + (**p - '0');
            d.places += point;
        } else if (!point) {
            d.good = false;
        }
    }
    return d;
}

static int
exponent(const char *p)
{
    int v = 0;

    if (*p == '\0')
        return 0;
    const bool negative = *++p == '-';
    p += *p == '-' || *p == '+';
    for (; *p >= '0' && *p <= '9' && v < 100; p++)
        v = v * 10 + (*p - '0');
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
number_decimal(const struct json_value *v, struct decimal *ret)
{
    CLEANUP_VALUE(buf_fini) struct buf text;

    if (json_is_null(v) || json_is_object(v) || json_is_array(v) || json_is_string(v))
        return false;
    buf_init(&text, NUMBER_TEXT_MAX);
    json_dump(v, &text);
    const char *p = buf_cstr(&text);
    if (*p != '-' && (*p < '0' || *p > '9'))
        return false;
    const struct digits d = mantissa(&p);
    return to_micro(d, exponent(p), &ret->micro);
}

int64_t
number_floor(const struct json_value *v, int64_t otherwise)
{
    struct decimal d;

    if (!number_decimal(v, &d))
        return otherwise;
    const int64_t whole = d.micro / DECIMAL_ONE;
    return d.micro % DECIMAL_ONE < 0 ? whole - 1 : whole;
}
