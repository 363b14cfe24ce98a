/*
 * utf8.c: a decoder that accepts exactly what RFC 3629 allows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/utf8.h"

size_t
utf8_next(struct str s, uint32_t *cp)
{
    if (s.n == 0)
        return 0;
    const unsigned char *p = (const unsigned char *)s.p;
    if (p[0] < 0x80) {
        *cp = p[0];
        return 1;
    }
    const size_t len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || s.n < len)
        return 0;

    uint32_t v = p[0] & (0x7fU >> len);
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        v = v << 6 | (p[i] & 0x3fU);
    }
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    if (v < least[len] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
        return 0;
    *cp = v;
    return len;
}

bool
utf8_valid(struct str s)
{
    uint32_t cp;
    for (size_t at = 0, n; at < s.n; at += n) {
        n = utf8_next((struct str){ s.p + at, s.n - at }, &cp);
        if (n == 0)
            return false;
    }
    return true;
}
