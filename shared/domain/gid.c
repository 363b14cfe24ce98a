/*
 * gid.c: take Shopify's global ids apart and put them together; see gid.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "domain/gid.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

static const char prefix[] = "gid://shopify/";

/* Splits gid into its type and its number; false when it is none. */
static bool
gid_split(struct str gid, struct str *type, int64_t *id)
{
    const size_t n = sizeof(prefix) - 1;
    size_t i = n;
    int64_t v = 0;

    if (gid.p == NULL || gid.n <= n || memcmp(gid.p, prefix, n) != 0)
        return false;
    while (i < gid.n && gid.p[i] != '/')
        i++;
    *type = (struct str){ gid.p + n, i - n };
    if (type->n == 0 || ++i >= gid.n)
        return false;
    const size_t digits = i;
    for (; i < gid.n && gid.p[i] >= '0' && gid.p[i] <= '9'; i++)
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, gid.p[i] - '0', &v))
            return false;
    if (i == digits || v == 0 || (i < gid.n && gid.p[i] != '?'))
        return false;
    *id = v;
    return true;
}

enum err_class
gid_parse(struct str gid, const char *type, int64_t *ret, struct err *e)
{
    struct str found = { 0 };
    int64_t id = 0;

    if (!gid_split(gid, &found, &id) || !str_is(found, type))
        return err_set(e, ERR_REJECT, "", "\"%.*s\": expected gid://shopify/%s/<number>",
                       (int)(gid.n < GID_TEXT_SIZE ? gid.n : GID_TEXT_SIZE),
                       gid.p != NULL ? gid.p : "", type);
    *ret = id;
    return ERR_NONE;
}

struct str
gid_type(struct str gid)
{
    struct str type = { 0 };
    int64_t id = 0;

    return gid_split(gid, &type, &id) ? type : (struct str){ 0 };
}

int64_t
gid_id(struct str gid)
{
    struct str type = { 0 };
    int64_t id = 0;

    return gid_split(gid, &type, &id) ? id : 0;
}

const char *
gid_format(const char *type, int64_t id, char text[GID_TEXT_SIZE])
{
    const int n = snprintf(text, GID_TEXT_SIZE, "%s%s/%" PRId64, prefix, type, id);

    assert(n > 0 && n < GID_TEXT_SIZE);
    (void)n;
    return text;
}
