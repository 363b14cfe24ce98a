/*
 * json.c: a document is its text, once copied, and the nodes that point into it.
 *
 * Nothing changes a document after it was parsed; the first ordered walk of an object only notes
 * the order of its keys (walk.c).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json/json.h"

#include "json/judge.h"
#include "json/value.h"

struct json_doc { struct arena *mem; const struct json_value *root; };

enum err_class
json_read(const struct json_value **ret, struct str text, struct arena *mem, struct err *e)
{
    struct scan s;
    struct json_value *root = ARENA_NEW(mem, struct json_value, 1);

    if (text.n > UINT32_MAX)
        return err_set(e, ERR_REJECT, "JSON", "larger than 4 GB");
    scan_init(&s, text, mem);
    if (!value_build(&s, root) || !scan_at_end(&s))
        return judge_explain(text, e);
    *ret = root;
    return ERR_NONE;
}

enum err_class
json_parse(struct json_doc **ret, struct str text, struct err *e)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();
    struct json_doc *d = ARENA_NEW(mem, struct json_doc, 1);

    TRY(json_read(&d->root, text.n > 0 ? arena_str(mem, text) : text, mem, e));
    d->mem = TAKE(mem);
    *ret = d;
    return ERR_NONE;
}

void
json_free(struct json_doc *d)
{
    if (d != NULL)
        arena_free(d->mem); /* d itself lies in there */
}

const struct json_value *
json_root(const struct json_doc *d)
{
    return d->root;
}

static const struct json_value *
get(const struct json_value *v, struct str key)
{
    if (!json_is(v, JSON_OBJECT))
        return NULL;
    for (uint32_t i = 0; i < v->n; i++)
        if (str_eq(v->members[i].key, key))
            return &v->members[i].value;
    return NULL;
}

const struct json_value *
json_get(const struct json_value *v, const char *key)
{
    return get(v, str_of(key));
}

const struct json_value *
json_path(const struct json_value *v, const char *dotted)
{
    for (const char *at = dotted; v != NULL;) {
        const char *dot = strchrnul(at, '.');
        v = get(v, (struct str){ at, (size_t)(dot - at) });
        if (*dot == '\0')
            break;
        at = dot + 1;
    }
    return v;
}

size_t
json_size(const struct json_value *v)
{
    return json_is(v, JSON_ARRAY) ? v->n : 0;
}

const struct json_value *
json_at(const struct json_value *v, size_t i)
{
    return i < json_size(v) ? &v->items[i] : NULL;
}

bool
json_is_null(const struct json_value *v)
{
    return v == NULL || v->type == JSON_NULL;
}

bool
json_is_object(const struct json_value *v)
{
    return json_is(v, JSON_OBJECT);
}

bool
json_is_array(const struct json_value *v)
{
    return json_is(v, JSON_ARRAY);
}

bool
json_is_string(const struct json_value *v)
{
    return json_is(v, JSON_STRING);
}

bool
json_is_bool(const struct json_value *v)
{
    return json_is(v, JSON_TRUE) || json_is(v, JSON_FALSE);
}

struct str
json_str(const struct json_value *v)
{
    if (!json_is(v, JSON_STRING))
        return (struct str){ NULL, 0 };
    return (struct str){ v->text, v->n };
}

struct str
json_fraction(const struct json_value *v)
{
    if (!json_is(v, JSON_FRACTION))
        return (struct str){ NULL, 0 };
    return (struct str){ v->text, v->n };
}

bool
json_i64(const struct json_value *v, int64_t *ret)
{
    if (!json_is(v, JSON_WHOLE))
        return false;
    *ret = v->i;
    return true;
}

bool
json_bool(const struct json_value *v)
{
    return json_is(v, JSON_TRUE);
}
