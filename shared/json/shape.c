/*
 * shape.c: one recursive decoder serves every table.
 *
 * An error is born where it happened (": expected integer") and gains its path on the way out, so
 * that nothing is built while all goes well.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json/shape.h"

#include "base/clock.h"
#include "json/leaf.h"
#include "json/shape_scan.h"

#include <assert.h>

enum { SHOWN_MAX = 60, NUMBER_TEXT_MAX = 64 };

const struct shape shape_str_element = { "string", sizeof(struct str), SHAPE_CLOSED, 0, NULL };

static enum err_class decode(const struct shape *s, const struct json_value *v, struct arena *mem,
                             char *out, int depth, struct err *e);

static enum err_class
expected(enum jkind k, struct err *e)
{
    static const char *const names[] = {
        [J_I64] = "integer",          [J_BOOL] = "boolean",
        [J_STR] = "string",           [J_TIME] = "time string",
        [J_DECIMAL] = "decimal string", [J_NUMBER] = "number",
        [J_ID] = "id (positive integer, as number, text or gid)",
        [J_OBJ] = "object",           [J_ARR] = "array",
        [J_RAW] = "any value but null",
    };
    return err_set(e, ERR_REJECT, "SHAPE", ": expected %s", names[k]);
}

static bool
to_id(const struct json_value *v, int64_t *ret)
{
    int64_t id;
    if (!json_i64(v, &id) && !(json_is_string(v) && leaf_id(json_str(v), &id)))
        return false;
    *ret = id;
    return id > 0;
}

static enum err_class
decode_text(const struct jfield *f, struct str text, void *at, struct err *e)
{
    return leaf_text(f->kind, text, at, e) == ERR_NONE ? ERR_NONE : err_wrap(e, ": ");
}

static enum err_class
decode_number(const struct json_value *v, struct arena *mem, struct str *at, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf whole;
    int64_t i;

    buf_init(&whole, NUMBER_TEXT_MAX);
    if (json_i64(v, &i))
        buf_i64(&whole, i);
    return leaf_number(whole.n > 0 ? buf_str(&whole) : json_fraction(v), mem, at)
               ? ERR_NONE
               : expected(J_NUMBER, e);
}

static enum err_class
decode_item(const struct shape *s, const struct json_value *v, struct arena *mem, char *out,
            int depth, struct err *e)
{
    if (s != &shape_str_element)
        return decode(s, v, mem, out, depth, e);
    if (!json_is_string(v))
        return expected(J_STR, e);
    *(struct str *)(void *)out = json_str(v);
    return ERR_NONE;
}

static enum err_class
decode_array(const struct jfield *f, const struct json_value *v, struct arena *mem, void *at,
             int depth, struct err *e)
{
    struct jarray *a = at;
    const size_t n = json_size(v);
    if (!json_is_array(v))
        return expected(J_ARR, e);
    if (n > SHAPE_ARRAY_MAX)
        return err_set(e, ERR_REJECT, "SHAPE", ": %zu items, at most %d are allowed", n,
                       SHAPE_ARRAY_MAX);
    char *items = arena_alloc(mem, n, f->sub->size);
    for (size_t i = 0; i < n; i++)
        if (decode_item(f->sub, json_at(v, i), mem, items + i * f->sub->size, depth, e) != ERR_NONE)
            return err_wrap(e, "[%zu]", i);
    *a = (struct jarray){ n > 0 ? items : NULL, n };
    return ERR_NONE;
}

static enum err_class
decode_field(const struct jfield *f, const struct json_value *v, struct arena *mem, char *out,
             int depth, struct err *e)
{
    void *at = out + f->offset;
    switch (f->kind) {
    case J_I64:
        return json_i64(v, at) ? ERR_NONE : expected(f->kind, e);
    case J_ID:
        return to_id(v, at) ? ERR_NONE : expected(f->kind, e);
    case J_BOOL:
        *(bool *)at = json_bool(v);
        return json_is_bool(v) ? ERR_NONE : expected(f->kind, e);
    case J_STR:
    case J_TIME:
    case J_DECIMAL:
        return json_is_string(v) ? decode_text(f, json_str(v), at, e) : expected(f->kind, e);
    case J_NUMBER:
        return decode_number(v, mem, at, e);
    case J_OBJ:
        return decode(f->sub, v, mem, at, depth + 1, e);
    case J_ARR:
        return decode_array(f, v, mem, at, depth + 1, e);
    case J_RAW:
        *(const struct json_value **)at = v;
        return json_is_null(v) ? expected(f->kind, e) : ERR_NONE;
    case J_HAS:
        *(bool *)at = true;
        return ERR_NONE;
    }
    assert(false); /* a kind without a decoder */
    return ERR_FATAL;
}

static bool
is_known(const struct shape *s, struct str key)
{
    for (size_t i = 0; i < s->n; i++)
        if (str_is(key, s->fields[i].key))
            return true;
    return false;
}

static _Thread_local struct { shape_unknown_fn *fn; void *ctx; struct str text; } forgiving;

void
shape_forgive(shape_unknown_fn *fn, void *ctx)
{
    forgiving.fn = fn;
    forgiving.ctx = ctx;
}

void
shape_reading(struct str text)
{
    forgiving.text = text;
}

static enum err_class
judge_unknown(const struct shape *s, const struct json_value *v, struct err *e)
{
    void *iter = NULL;
    struct str key;
    const struct json_value *unused;
    while (json_next(v, &iter, &key, &unused))
        if (!is_known(s, key) && forgiving.fn != NULL)
            forgiving.fn(forgiving.ctx, forgiving.text, key);
        else if (!is_known(s, key))
            return err_set(e, ERR_REJECT, "SHAPE", ".%.*s: unknown key",
                           (int)(key.n < SHOWN_MAX ? key.n : SHOWN_MAX), key.p);
    return ERR_NONE;
}

static enum err_class
decode(const struct shape *s, const struct json_value *v, struct arena *mem, char *out, int depth,
       struct err *e)
{
    assert(depth < SHAPE_DEPTH_MAX); /* tables are static: a deeper one is our bug */

    memset(out, 0, s->size);
    if (!json_is_object(v))
        return expected(J_OBJ, e);
    for (size_t i = 0; i < s->n; i++) {
        const struct jfield *f = &s->fields[i];
        const struct json_value *member = json_get(v, f->key);

        if (member == NULL && (f->flags & J_OPTIONAL))
            continue;
        if (member == NULL)
            return err_set(e, ERR_REJECT, "SHAPE", ".%s: missing", f->key);
        if (json_is_null(member) && (f->flags & J_NULL_OK))
            continue;
        if (decode_field(f, member, mem, out, depth, e) != ERR_NONE)
            return err_wrap(e, ".%s", f->key);
    }
    return s->mode == SHAPE_CLOSED ? judge_unknown(s, v, e) : ERR_NONE;
}

/* SHAPE() names a shape after its C type; people read errors about an order, not a struct. */
static const char *
shown_name(const struct shape *s)
{
    return strncmp(s->name, "struct ", 7) == 0 ? s->name + 7 : s->name;
}

enum err_class
shape_decode(const struct shape *s, const struct json_value *v, struct arena *mem, void *out,
             struct err *e)
{
    if (decode_item(s, v, mem, out, 0, e) != ERR_NONE)
        return err_wrap(e, "%s", shown_name(s));
    return ERR_NONE;
}
