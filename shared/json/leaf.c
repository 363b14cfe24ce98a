/*
 * leaf.c: ids, texts and numbers; see leaf.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json/leaf.h"

#include "base/clock.h"

static bool
digits_to_id(struct str s, int64_t *ret)
{
    int64_t v = 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9' || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, s.p[i] - '0', &v))
            return false;
    *ret = v;
    return s.n > 0;
}

static struct str
id_part(struct str s)
{
    if (s.n < 6 || memcmp(s.p, "gid://", 6) != 0)
        return s;
    const char *query = memchr(s.p, '?', s.n);
    const char *end = query != NULL ? query : s.p + s.n;
    const char *slash = memrchr(s.p, '/', (size_t)(end - s.p));
    return (struct str){ slash + 1, (size_t)(end - slash - 1) };
}

bool
leaf_id(struct str text, int64_t *ret)
{
    return digits_to_id(id_part(text), ret);
}

enum err_class
leaf_text(enum jkind kind, struct str text, void *at, struct err *e)
{
    if (kind == J_TIME)
        return time_parse(text, at, e);
    if (kind == J_DECIMAL)
        return decimal_parse(text, at, e);
    *(struct str *)at = text;
    return ERR_NONE;
}

/* Amounts travel as strings; what comes as a number becomes one here, never a float. */
bool
leaf_number(struct str text, struct arena *mem, struct str *ret)
{
    char shown[DECIMAL_TEXT_SIZE];
    struct decimal d;

    if (!decimal_of_number(text, &d))
        return false;
    *ret = arena_str(mem, str_of(decimal_format(d, shown)));
    return true;
}
