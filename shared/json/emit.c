/*
 * emit.c: a stack of what is open, and for each level whether a comma is due and the last key.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json/emit.h"

#include "base/clock.h"
#include "json/text.h"

#include <assert.h>

/* Stands in last_key for "this level is an array". */
static const char in_array[] = "";

void
emit_init(struct emit *j, struct buf *out)
{
    *j = (struct emit){ .out = out };
    j->last_key[0] = in_array; /* the top holds values without keys, too */
}

/* Keys are nearly always as plain as our source. */
static void
write_key(struct buf *out, struct str key)
{
    char *p = text_skip_plain(key.p, key.p + key.n) == key.p + key.n ? buf_extend(out, key.n + 3)
                                                                     : NULL;
    if (p != NULL) {
        p[0] = '"';
        memcpy(p + 1, key.p, key.n);
        memcpy(p + 1 + key.n, "\":", 2);
        return;
    }
    json_text(out, key);
    buf_char(out, ':');
}

static void
begin(struct emit *j, const char *key)
{
    const int d = j->depth;
    assert((key == NULL) == (j->last_key[d] == in_array)); /* members have keys, items have none */
    assert(key == NULL || j->last_key[d] == NULL || strcmp(j->last_key[d], key) < 0);
    assert(d > 0 || !j->comma[0]); /* one value at the top */

    if (j->comma[d])
        buf_char(j->out, ',');
    j->comma[d] = true;
    if (key == NULL)
        return;
    j->last_key[d] = key;
    write_key(j->out, str_of(key));
}

static void
open(struct emit *j, const char *key, char bracket, const char *last_key)
{
    begin(j, key);
    assert(j->depth + 1 < EMIT_DEPTH_MAX);
    j->depth++;
    j->comma[j->depth] = false;
    j->last_key[j->depth] = last_key;
    buf_char(j->out, bracket);
}

static void
close(struct emit *j, char bracket, bool array)
{
    assert(j->depth > 0);
    assert((j->last_key[j->depth] == in_array) == array);
    j->depth--;
    buf_char(j->out, bracket);
}

void
emit_object(struct emit *j, const char *key)
{
    open(j, key, '{', NULL);
}

void
emit_object_end(struct emit *j)
{
    close(j, '}', false);
}

void
emit_array(struct emit *j, const char *key)
{
    open(j, key, '[', in_array);
}

void
emit_array_end(struct emit *j)
{
    close(j, ']', true);
}

void
emit_str(struct emit *j, const char *key, struct str s)
{
    if (s.p == NULL) {
        emit_null(j, key);
        return;
    }
    begin(j, key);
    json_text(j->out, s);
}

void
emit_cstr(struct emit *j, const char *key, const char *z)
{
    emit_str(j, key, str_of(z));
}

void
emit_i64(struct emit *j, const char *key, int64_t v)
{
    begin(j, key);
    buf_i64(j->out, v);
}

void
emit_id(struct emit *j, const char *key, int64_t v)
{
    if (v == 0)
        emit_null(j, key);
    else
        emit_i64(j, key, v);
}

void
emit_bool(struct emit *j, const char *key, bool v)
{
    emit_raw(j, key, v ? STR("true") : STR("false"));
}

void
emit_null(struct emit *j, const char *key)
{
    emit_raw(j, key, STR("null"));
}

void
emit_time(struct emit *j, const char *key, struct time_us t)
{
    char text[TIME_TEXT_SIZE];
    emit_cstr(j, key, t.v != 0 ? time_format(t, text) : NULL);
}

void
emit_decimal(struct emit *j, const char *key, struct decimal d)
{
    char text[DECIMAL_TEXT_SIZE];
    emit_cstr(j, key, decimal_format(d, text));
}

void
emit_raw(struct emit *j, const char *key, struct str json)
{
    begin(j, key);
    buf_str_add(j->out, json.p != NULL ? json : STR("null"));
}
