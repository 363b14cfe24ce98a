/*
 * json.c: jansson behind a narrow door; this layer alone knows it.
 *
 * Nothing changes a document after it was parsed, but for the order of an object's members: the
 * first ordered walk sorts them in place (walk.c).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json/json.h"

#include "json/value.h"

#include <stdlib.h>

struct json_doc { json_t *root; };

struct place { size_t line, column; };

/* True when brackets nest deeper than we ever need; the parser's recursion is bounded by this. */
static bool
is_too_deep(struct str s, struct place *at)
{
    size_t depth = 0, line = 1, line_start = 0;
    bool quoted = false;
    for (size_t i = 0; i < s.n; i++) {
        const char c = s.p[i];
        if (c == '\n') {
            line++;
            line_start = i + 1;
        }
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '[' || c == '{'))
            depth++;
        else if (!quoted && (c == ']' || c == '}') && depth > 0)
            depth--;
        if (depth > JSON_DEPTH_MAX) {
            *at = (struct place){ line, i - line_start + 1 };
            return true;
        }
    }
    return false;
}

/* jansson quotes the text it stumbled over; that is payload, and the place says enough. */
static enum err_class
syntax_error(const json_error_t *why, struct err *e)
{
    const char *near = strstr(why->text, " near ");
    const int n = near != NULL ? (int)(near - why->text) : (int)strlen(why->text);
    if (json_error_code(why) == json_error_out_of_memory)
        return err_set(e, ERR_RETRY, "ENOMEM", "JSON: out of memory");
    const char *what = why->text;
    if (json_error_code(why) == json_error_null_character)
        what = "a NUL character (\\u0000) is not allowed";
    else if (json_error_code(why) == json_error_end_of_input_expected)
        what = "text after the JSON value";
    return err_set(e, ERR_REJECT, "JSON", "line %d column %d: %.*s", why->line, why->column,
                   what == why->text ? n : (int)strlen(what), what);
}

enum err_class
json_parse(struct json_doc **ret, struct str text, struct err *e)
{
    struct place at;
    if (is_too_deep(text, &at))
        return err_set(e, ERR_REJECT, "JSON", "line %zu column %zu: nested deeper than %d", at.line,
                       at.column, JSON_DEPTH_MAX);

    json_error_t why;
    json_t *root = json_loadb(text.p != NULL ? text.p : "", text.n,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    if (root == NULL)
        return syntax_error(&why, e);
    struct json_doc *d = malloc(sizeof *d);
    if (d == NULL) {
        json_decref(root);
        return err_set(e, ERR_RETRY, "ENOMEM", "JSON: out of memory");
    }
    d->root = root;
    *ret = d;
    return ERR_NONE;
}

void
json_free(struct json_doc *d)
{
    if (d == NULL)
        return;
    json_decref(d->root);
    free(d);
}

const struct json_value *
json_root(const struct json_doc *d)
{
    return json_outer(d->root);
}

const struct json_value *
json_get(const struct json_value *v, const char *key)
{
    return json_outer(json_object_get(json_inner(v), key));
}

const struct json_value *
json_path(const struct json_value *v, const char *dotted)
{
    for (const char *at = dotted; v != NULL;) {
        const char *dot = strchrnul(at, '.');
        v = json_outer(json_object_getn(json_inner(v), at, (size_t)(dot - at)));
        if (*dot == '\0')
            break;
        at = dot + 1;
    }
    return v;
}

size_t
json_size(const struct json_value *v)
{
    return json_array_size(json_inner(v));
}

const struct json_value *
json_at(const struct json_value *v, size_t i)
{
    return json_outer(json_array_get(json_inner(v), i));
}

bool
json_is_null(const struct json_value *v)
{
    return v == NULL || json_typeof(json_inner(v)) == JSON_NULL;
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
    return (struct str){ json_string_value(json_inner(v)), json_string_length(json_inner(v)) };
}

bool
json_i64(const struct json_value *v, int64_t *ret)
{
    if (!json_is(v, JSON_INTEGER))
        return false;
    *ret = json_integer_value(json_inner(v));
    return true;
}

bool
json_bool(const struct json_value *v)
{
    return json_is(v, JSON_TRUE);
}
