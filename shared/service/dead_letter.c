/*
 * dead_letter.c: a record that cannot be applied, kept as a row with everything needed to judge and
 * retry it.
 *
 * Key and payload are kept as bytes.  What is kept as text (headers, the reason) may come from
 * anybody, so it is made valid first: a dead letter that the database refused would block its
 * partition for ever.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "base/utf8.h"
#include "json/emit.h"
#include "service/stream_internal.h"
#include "service_sql.h"

enum { HEADERS_JSON_MAX = 1 << 20, LETTER_HEADERS_MAX = 256 };

/* A copy in valid UTF-8 without NUL; what is not becomes a question mark. */
static struct str
cleaned(struct arena *mem, struct str s)
{
    char *text = ARENA_NEW(mem, char, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n;) {
        uint32_t cp = 0;
        const size_t size = utf8_next((struct str){ s.p + i, s.n - i }, &cp);
        if (size == 0 || cp == 0) {
            text[n++] = '?';
            i += size > 0 ? size : 1;
            continue;
        }
        memcpy(text + n, s.p + i, size);
        n += size;
        i += size;
    }
    return (struct str){ text, n };
}

struct field {
    const char *name;
    struct str value;
};

static int
by_name(const void *a, const void *b)
{
    return strcmp(((const struct field *)a)->name, ((const struct field *)b)->name);
}

/* {"ce_id":"...",...}: of headers with the same name one is kept. */
static struct str
headers_json(struct arena *mem, const struct kafka_record *r, struct buf *out)
{
    const size_t n = r->n_headers < LETTER_HEADERS_MAX ? r->n_headers : LETTER_HEADERS_MAX;
    struct field *v = ARENA_NEW(mem, struct field, n + 1);
    struct emit j;

    for (size_t i = 0; i < n; i++)
        v[i] = (struct field){ cleaned(mem, str_of(r->headers[i].name)).p,
                               cleaned(mem, r->headers[i].value) };
    qsort(v, n, sizeof *v, by_name);
    emit_init(&j, out);
    emit_object(&j, NULL);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || strcmp(v[i - 1].name, v[i].name) != 0)
            emit_str(&j, v[i].name, v[i].value);
    emit_object_end(&j);
    return out->failed ? STR("{}") : arena_str(mem, buf_str(out));
}

enum err_class
dead_letter_send(struct stream *st, const struct kafka_record *r, const struct err *why,
                 struct time_us now, struct err *e)
{
    struct buf json;
    buf_init(&json, HEADERS_JSON_MAX);
    const struct str headers = headers_json(st->mem, r, &json);
    buf_fini(&json);
    return pg_send(st->db, e, &sql_write_dead_letter, PG_CSTR(st->group), PG_CSTR(r->topic),
                   PG_I32(r->partition), PG_I64(r->offset), PG_BYTEA(r->key), PG_BYTEA(r->value),
                   PG_TEXT(headers), PG_TEXT(cleaned(st->mem, str_of(why->code))),
                   PG_TEXT(cleaned(st->mem, str_of(why->text))), PG_TIME(now));
}
