/*
 * walk.c: members in key order, and canonical JSON from a document.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json/json.h"

#include "json/judge.h"
#include "json/text.h"
#include "json/value.h"

#include <stdlib.h>

static int
by_key(const void *a, const void *b, void *members)
{
    const struct json_member *m = members;
    return str_cmp(m[*(const uint32_t *)a].key, m[*(const uint32_t *)b].key);
}

/* Members stay where they are, because values of them are known by their address. */
static void
sort(const struct json_value *v)
{
    uint32_t *order = value_order(v);
    if (v->n < 2 || order[0] != order[1])
        return; /* done by an earlier walk */
    for (uint32_t i = 0; i < v->n; i++)
        order[i] = i;
    qsort_r(order, v->n, sizeof *order, by_key, v->members);
}

bool
json_next(const struct json_value *v, void **iter, struct str *key, const struct json_value **ret)
{
    if (!json_is_object(v) || v->n == 0)
        return false;
    if (*iter == NULL)
        sort(v);
    uint32_t *next = *iter == NULL ? value_order(v) : (uint32_t *)*iter + 1;
    if (next == value_order(v) + v->n)
        return false;
    *iter = next;
    *key = v->members[*next].key;
    *ret = &v->members[*next].value;
    return true;
}

static void
dump_object(const struct json_value *v, struct buf *out)
{
    void *iter = NULL;
    struct str key;
    const struct json_value *member;
    bool comma = false;
    buf_char(out, '{');
    while (json_next(v, &iter, &key, &member)) {
        if (comma)
            buf_char(out, ',');
        comma = true;
        json_text(out, key);
        buf_char(out, ':');
        json_dump(member, out);
    }
    buf_char(out, '}');
}

static void
dump_array(const struct json_value *v, struct buf *out)
{
    buf_char(out, '[');
    for (size_t i = 0; i < json_size(v); i++) {
        if (i > 0)
            buf_char(out, ',');
        json_dump(json_at(v, i), out);
    }
    buf_char(out, ']');
}

/* The recursion is bounded by JSON_DEPTH_MAX, which the parser enforced. */
void
json_dump(const struct json_value *v, struct buf *ret)
{
    if (v == NULL) {
        buf_str_add(ret, STR("null"));
        return;
    }
    switch (v->type) {
    case JSON_OBJECT:
        dump_object(v, ret);
        break;
    case JSON_ARRAY:
        dump_array(v, ret);
        break;
    case JSON_STRING:
        json_text(ret, json_str(v));
        break;
    case JSON_WHOLE:
        buf_i64(ret, v->i);
        break;
    case JSON_FRACTION:
        judge_fraction(json_fraction(v), ret);
        break;
    case JSON_TRUE:
        buf_str_add(ret, STR("true"));
        break;
    case JSON_FALSE:
        buf_str_add(ret, STR("false"));
        break;
    case JSON_NULL:
        buf_str_add(ret, STR("null"));
        break;
    }
}
