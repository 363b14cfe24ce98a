/*
 * digits.h: numbers as text without a format string: facts are full of times, ids and amounts, and
 * printf would cost more than all the rest of writing them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_DIGITS_H
#define BASE_DIGITS_H

#include "base/types.h"

enum { DIGITS_MAX = 20 };

/* Writes v with at least `least` digits (at most DIGITS_MAX) and returns what is behind them. */
static inline char *
digits_put(char *to, uint64_t v, size_t least)
{
    char reversed[DIGITS_MAX];
    size_t n = 0;
    for (; v > 0 || n < least; v /= 10)
        reversed[n++] = (char)('0' + v % 10);
    for (size_t i = 0; i < n; i++)
        to[i] = reversed[n - 1 - i];
    return to + n;
}

static inline char *
digits_put_i64(char *to, int64_t v)
{
    if (v < 0)
        *to++ = '-';
    return digits_put(to, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 1);
}

#endif
