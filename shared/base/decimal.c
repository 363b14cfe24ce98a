/*
 * decimal.c: exact decimals by digits; every step is checked for overflow.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/decimal.h"

#include "base/digits.h"

enum { FRACTION_DIGITS = 6, SHOWN_MAX = 40 };

/* Digits are gathered as a negative number, which reaches one further than the positive ones. */
static bool
push_digit(int64_t *negative, char c)
{
    return !__builtin_mul_overflow(*negative, 10, negative) &&
           !__builtin_sub_overflow(*negative, c - '0', negative);
}

static bool
is_digit(struct str s, size_t at)
{
    return at < s.n && s.p[at] >= '0' && s.p[at] <= '9';
}

/* NULL when all is well, else what is wrong. */
static const char *
parse(struct str s, int64_t *ret)
{
    static const char *const syntax = "is not a decimal number, want digits and a point (19.99)";
    static const char *const range = "is out of range, want at most 13 digits before the point";
    const bool minus = s.n > 0 && s.p[0] == '-';
    size_t at = minus, fraction = 0;
    int64_t v = 0;

    if (!is_digit(s, at))
        return syntax;
    for (; is_digit(s, at); at++)
        if (!push_digit(&v, s.p[at]))
            return range;
    if (at < s.n && s.p[at] == '.') {
        if (!is_digit(s, ++at))
            return syntax;
        for (; is_digit(s, at); at++, fraction++) {
            if (fraction >= FRACTION_DIGITS && s.p[at] != '0')
                return "has more than six fraction digits";
            if (fraction < FRACTION_DIGITS && !push_digit(&v, s.p[at]))
                return range;
        }
    }
    if (at != s.n)
        return syntax;
    for (; fraction < FRACTION_DIGITS; fraction++)
        if (!push_digit(&v, '0'))
            return range;
    if (!minus && v == INT64_MIN)
        return range;
    *ret = minus ? v : -v;
    return NULL;
}

enum err_class
decimal_parse(struct str text, struct decimal *ret, struct err *e)
{
    int64_t micro;
    const char *wrong = parse(text, &micro);
    if (wrong != NULL)
        return err_set(e, ERR_REJECT, NULL, "\"%.*s\" %s",
                       (int)(text.n < SHOWN_MAX ? text.n : SHOWN_MAX), text.p ? text.p : "", wrong);
    ret->micro = micro;
    return ERR_NONE;
}

const char *
decimal_format(struct decimal d, char text[DECIMAL_TEXT_SIZE])
{
    const uint64_t size = d.micro < 0 ? 0 - (uint64_t)d.micro : (uint64_t)d.micro;
    char *p = text;
    if (d.micro < 0)
        *p++ = '-';
    p = digits_put(p, size / DECIMAL_ONE, 1);
    *p++ = '.';
    p = digits_put(p, size % DECIMAL_ONE, FRACTION_DIGITS);
    for (int cut = 0; cut < FRACTION_DIGITS - 2 && p[-1] == '0'; cut++)
        p--;
    *p = '\0';
    return text;
}
