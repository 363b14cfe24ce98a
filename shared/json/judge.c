/*
 * judge.c: jansson behind a narrow door; this file alone knows it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json/judge.h"

#include "json/json.h"

#include <assert.h>
#include <jansson.h>

struct place {
    size_t line, column;
};

/* True when brackets nest deeper than we ever need; the library's recursion is bounded by this. */
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

static json_t *
load(struct str text, json_error_t *why)
{
    return json_loadb(text.p != NULL ? text.p : "", text.n,
                      JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, why);
}

enum err_class
judge_explain(struct str text, struct err *e)
{
    struct place at;
    if (is_too_deep(text, &at))
        return err_set(e, ERR_REJECT, "JSON", "line %zu column %zu: nested deeper than %d", at.line,
                       at.column, JSON_DEPTH_MAX);

    json_error_t why;
    json_t *root = load(text, &why);
    if (root == NULL)
        return syntax_error(&why, e);
    json_decref(root); /* the library overlooks a NUL behind a number; nothing else is known */
    return err_set(e, ERR_REJECT, "JSON", "a NUL byte is not allowed");
}

bool
judge_is_number(struct str text)
{
    json_t *v = load(text, NULL);
    json_decref(v);
    return v != NULL;
}

bool
judge_same(struct str a, struct str b)
{
    struct place unused;
    if (is_too_deep(a, &unused) || is_too_deep(b, &unused))
        return false;
    json_t *x = load(a, NULL), *y = load(b, NULL);
    const bool same = json_equal(x, y); /* false for NULL */
    json_decref(x);
    json_decref(y);
    return same;
}

void
judge_fraction(struct str text, struct buf *out)
{
    char shortest[64];
    json_t *v = load(text, NULL);
    assert(v != NULL); /* the scanner took it */
    for (size_t digits = 15;; digits++) {
        const size_t n =
            json_dumpb(v, shortest, sizeof shortest, JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits));
        assert(n > 0 && n <= sizeof shortest);
        json_t *again = json_loadb(shortest, n, JSON_DECODE_ANY, NULL);
        const bool same = json_equal(v, again);
        json_decref(again);
        if (same || digits == 17) {
            buf_add(out, shortest, n);
            break;
        }
    }
    json_decref(v);
}
