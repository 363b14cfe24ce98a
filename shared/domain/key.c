/*
 * key.c: Kafka keys and their parts; see key.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "domain/key.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

const char *
key_shop_id(struct str shop, int64_t id, char text[KEY_TEXT_SIZE])
{
    const int n = snprintf(text, KEY_TEXT_SIZE, "%.*s/%" PRId64, (int)shop.n, shop.p, id);

    assert(n > 0 && n < KEY_TEXT_SIZE);
    (void)n;
    return text;
}

static enum err_class
not_a_key(struct str key, struct err *e)
{
    return err_set(e, ERR_REJECT, "", "key \"%.*s\": expected <shop>/<number>",
                   (int)(key.n < KEY_TEXT_SIZE ? key.n : KEY_TEXT_SIZE),
                   key.p != NULL ? key.p : "");
}

enum err_class
key_split_shop_id(struct str key, struct str *shop, int64_t *id, struct err *e)
{
    const char *slash = key.n > 0 ? memchr(key.p, '/', key.n) : NULL;
    int64_t v = 0;

    if (slash == NULL || slash == key.p || slash + 1 == key.p + key.n)
        return not_a_key(key, e);
    for (const char *p = slash + 1; p < key.p + key.n; p++)
        if (*p < '0' || *p > '9' || __builtin_mul_overflow(v, 10, &v)
            || __builtin_add_overflow(v, *p - '0', &v))
            return not_a_key(key, e);
    *shop = (struct str){ key.p, (size_t)(slash - key.p) };
    *id = v;
    return ERR_NONE;
}

void
key_part_add(struct buf *ret, struct str part)
{
    for (size_t i = 0; i < part.n; i++) {
        if (part.p[i] == '/')
            buf_str_add(ret, STR("%2F"));
        else if (part.p[i] == '%')
            buf_str_add(ret, STR("%25"));
        else
            buf_char(ret, part.p[i]);
    }
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum err_class
key_part_decode(struct buf *ret, struct str part, struct err *e)
{
    for (size_t i = 0; i < part.n; i++) {
        if (part.p[i] != '%') {
            buf_char(ret, part.p[i]);
            continue;
        }
        const int hi = part.n - i > 2 ? hex_digit(part.p[i + 1]) : -1;
        const int lo = hi >= 0 ? hex_digit(part.p[i + 2]) : -1;
        if (lo < 0)
            return err_set(e, ERR_REJECT, "",
                           "key part \"%.*s\": '%%' without two hexadecimal digits",
                           (int)(part.n < KEY_TEXT_SIZE ? part.n : KEY_TEXT_SIZE), part.p);
        buf_char(ret, (char)(hi << 4 | lo));
        i += 2;
    }
    return ERR_NONE;
}
