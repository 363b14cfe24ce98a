/*
 * left_out.c: a row of a bulk result that was cut becomes a dead letter, so that people learn of it
 * even if the object can be read by its id.
 *
 * The letter has the form of a webhook that names the object: sent again, it makes the publisher
 * read what the object is by then.  It stands in no topic: its partition is -1, and its place is
 * made of the object's name, so that a load that begins anew does not tell it twice.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "domain/key.h"
#include "json/emit.h"
#include "publishing/worker.h"
#include "publishing_sql.h"
#include "shopify/bulk_cut.h"

enum { LETTER_MAX = 64 << 10 };

/* The topic of a webhook that makes this publisher read an object. */
static const char *
topic_of(const struct publishing_spec *spec)
{
    const struct webhook_rule *r = spec->rules;

    while (r->topic != NULL && r->act != WEBHOOK_BODY && r->act != WEBHOOK_HINT)
        r++;
    return r->topic;
}

static void
write_payload(struct buf *out, struct str row_id, int64_t id, const struct json_value *cut)
{
    int64_t bytes = 0;
    struct emit j;

    (void)json_i64(json_get(cut, "bytes"), &bytes);
    emit_init(&j, out);
    emit_object(&j, NULL);
    emit_str(&j, "admin_graphql_api_id", row_id);
    emit_str(&j, "begins", json_str(json_get(cut, "begins")));
    emit_i64(&j, "bytes", bytes);
    emit_i64(&j, "id", id);
    emit_str(&j, "sha256", json_str(json_get(cut, "sha256")));
    emit_object_end(&j);
}

static struct str
headers_of(struct worker *w, const struct feed_work *f)
{
    CLEANUP_VALUE(buf_fini) struct buf text;
    struct emit j;

    buf_init(&text, LETTER_MAX);
    emit_init(&j, &text);
    emit_object(&j, NULL);
    emit_cstr(&j, "bulk_operation", f->load.operation);
    emit_cstr(&j, "x-shopify-topic", topic_of(w->spec));
    emit_object_end(&j);
    return arena_str(w->reading.mem, buf_str(&text));
}

static enum err_class
keep(struct worker *w, const struct feed_work *f, int64_t id, struct str payload, struct str why,
     struct err *e)
{
    char key[KEY_TEXT_SIZE];
    struct arena *mem = w->reading.mem;
    const struct str place = arena_printf(mem, "%s/%s/%" PRId64, w->shop->key, f->feed->stream, id);

    TRY(pg_send(w->desk->db, e, &sql_keep_left_out,
                PG_CSTR(service_group(w->desk->svc, w->spec->name)),
                PG_CSTR(service_topic(w->desk->svc, "shopify-webhooks")),
                PG_I64((int64_t)(hash_u64(place) & INT64_MAX)),
                PG_BYTEA(str_of(key_shop_id(str_of(w->shop->key), id, key))), PG_BYTEA(payload),
                PG_TEXT(headers_of(w, f)), PG_CSTR("LINE"), PG_TEXT(why), PG_TIME(clock_now())));
    return pg_flush(w->desk->db, e);
}

enum err_class
left_out_keep(struct worker *w, const struct feed_work *f, int64_t id,
              const struct json_value *row, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf payload;
    const struct json_value *cut = json_get(row, BULK_CUT);
    const struct str row_id = json_str(json_get(row, "id"));
    const struct str because = json_str(json_get(cut, "why"));

    buf_init(&payload, LETTER_MAX);
    write_payload(&payload, row_id, id, cut);
    TRY(buf_check(&payload, "a dead letter", e));
    const struct str why = arena_printf(
        w->reading.mem, "the row of %.*s in a bulk result cannot be taken: %.*s; %s/%" PRId64
        " is read by its id", (int)row_id.n, row_id.p, (int)because.n, because.p, f->feed->type,
        id);
    LOG_ERROR(MSG("a row of a bulk result cannot be taken; its object is read by its id"),
              KV("shop", w->shop->key), KV("stream", f->feed->stream), KV("error", why.p));
    w->desk->failed = true; /* what fails now is ours */
    TRY(keep(w, f, id, buf_str(&payload), why, e));
    w->desk->failed = false;
    return ERR_NONE;
}
