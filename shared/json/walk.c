/*
 * walk.c: members in key order, and canonical JSON from a document.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json/json.h"

#include "json/text.h"
#include "json/value.h"

#include <assert.h>
#include <stdlib.h>

/* Memory for a few keys: a process without it is better restarted. */
static void
must(bool ok)
{
    if (!ok)
        abort();
}

static bool
is_sorted(json_t *o)
{
    const char *last = NULL;
    for (void *it = json_object_iter(o); it != NULL; it = json_object_iter_next(o, it)) {
        const char *key = json_object_iter_key(it);
        if (last != NULL && strcmp(last, key) > 0)
            return false;
        last = key;
    }
    return true;
}

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* jansson walks in order of insertion: take all members out and insert them sorted. */
static void
sort_members(json_t *o)
{
    const size_t size = json_object_size(o);
    if (size < 2 || is_sorted(o))
        return;
    CLEANUP(free) const char **keys = calloc(size, sizeof *keys);
    must(keys != NULL);
    size_t n = 0;
    for (void *it = json_object_iter(o); it != NULL; it = json_object_iter_next(o, it))
        keys[n++] = json_object_iter_key(it);
    assert(n == size);
    qsort(keys, n, sizeof *keys, by_text);

    json_t *sorted = json_object();
    must(sorted != NULL);
    for (size_t i = 0; i < n; i++)
        must(json_object_set_nocheck(sorted, keys[i], json_object_get(o, keys[i])) == 0);
    json_object_clear(o);
    must(json_object_update(o, sorted) == 0);
    json_decref(sorted);
}

bool
json_next(const struct json_value *v, void **iter, struct str *key, const struct json_value **ret)
{
    if (!json_is_object(v))
        return false;
    json_t *o = json_inner(v);
    if (*iter == NULL)
        sort_members(o);
    void *next = *iter == NULL ? json_object_iter(o) : json_object_iter_next(o, *iter);
    if (next == NULL)
        return false;
    *iter = next;
    *key = str_of(json_object_iter_key(next));
    *ret = json_outer(json_object_iter_value(next));
    return true;
}

/* The shortest text that reads back as the same number, found without touching it. */
static void
dump_real(json_t *v, struct buf *out)
{
    char text[64];
    for (size_t digits = 15;; digits++) {
        const size_t n = json_dumpb(v, text, sizeof text,
                                    JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits));
        assert(n > 0 && n <= sizeof text);
        json_t *again = json_loadb(text, n, JSON_DECODE_ANY, NULL);
        const bool same = json_equal(v, again);
        json_decref(again);
        if (same || digits == 17) {
            buf_add(out, text, n);
            return;
        }
    }
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
    switch (json_typeof(json_inner(v))) {
    case JSON_OBJECT:
        dump_object(v, ret);
        break;
    case JSON_ARRAY:
        dump_array(v, ret);
        break;
    case JSON_STRING:
        json_text(ret, json_str(v));
        break;
    case JSON_INTEGER:
        buf_i64(ret, json_integer_value(json_inner(v)));
        break;
    case JSON_REAL:
        dump_real(json_inner(v), ret);
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
