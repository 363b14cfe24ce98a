/*
 * stock_write.c: decide, persist, send, record; see stock_write.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "stock_write.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/hash.h"
#include "base/log.h"
#include "call.h"
#include "domain/gid.h"
#include "first_push.h"
#include "json/emit.h"
#include "metrics/metrics.h"
#include "stock_answer.h"
#include "writer_documents.h"

enum { PRUNE_MAX = 5000 };
enum { ALONE_FROM = 2, REPEAT_SHIFT_MAX = 7, HOLD_EXTRA_MS = 2000, VARIABLES_MAX = 1 << 20 };
enum { COL_ITEM, COL_LOCATION, COL_QUANTITY, COL_FROM, COL_ATTEMPTS, COL_OBSERVED,
       COL_HELD };

static struct metric rows_total = METRIC(
    METRIC_COUNTER, "millrace_stock_rows_total",
    "Rows of stock writes by shop and outcome: done, stale, refused, observed (by mode or brake).");

/* The request that a call carries. */
struct stock_request {
    char key[UUID_TEXT_SIZE];
    struct str body;
    int attempts;
    struct arena *mem;
};

/* Rows of one call, as places in the result of decide_rows. */
struct group {
    int64_t location;
    int64_t items[STOCK_ROWS_MAX], quantities[STOCK_ROWS_MAX], froms[STOCK_ROWS_MAX];
    size_t n;
};

static void
count(const struct shop_state *s, const char *outcome, size_t n)
{
    char text[METRIC_LABELS_MAX];

    (void)snprintf(text, sizeof text, "shop=\"%s\",outcome=\"%s\"", s->conf->key, outcome);
    metric_add(&rows_total, text, (int64_t)n);
}

/* Until then an answer must have come, or it will not come. */
static struct time_us
answer_due(const struct shop_state *s)
{
    return writer_after_ms(s->conf->timeout_ms + HOLD_EXTRA_MS);
}

static void
emit_row(struct emit *j, const struct group *g, size_t i)
{
    char gid[GID_TEXT_SIZE];

    emit_object(j, NULL);
    emit_i64(j, "changeFromQuantity", g->froms[i]);
    emit_cstr(j, "inventoryItemId", gid_format("InventoryItem", g->items[i], gid));
    emit_cstr(j, "locationId", gid_format("Location", g->location, gid));
    emit_i64(j, "quantity", g->quantities[i]);
    emit_object_end(j);
}

static enum err_class
request_body(struct stock_request *r, const struct group *g, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf variables;
    struct emit j;
    const struct str cause = arena_printf(r->mem, "gid://millrace/StockWrite/%s", r->key);

    buf_init(&variables, VARIABLES_MAX);
    emit_init(&j, &variables);
    emit_object(&j, NULL);
    emit_cstr(&j, "idempotencyKey", r->key);
    emit_object(&j, "input");
    emit_cstr(&j, "name", "on_hand");
    emit_array(&j, "quantities");
    for (size_t i = 0; i < g->n; i++)
        emit_row(&j, g, i);
    emit_array_end(&j);
    emit_cstr(&j, "reason", "correction");
    emit_str(&j, "referenceDocumentUri", cause);
    emit_object_end(&j);
    emit_object_end(&j);
    TRY(buf_check(&variables, "stock write", e));
    return call_body(r->mem, &text_set_on_hand, buf_str(&variables), &r->body, e);
}

/* ---- the answer */

static enum err_class
record(struct writer *w, const struct stock_request *r, const char *outcome, struct str message,
       const struct stock_verdict *v, const struct answered *a, struct err *e)
{
    return pg_exec(w->db, e, NULL, &sql_answer_request, PG_CSTR(r->key), PG_CSTR(outcome),
                   PG_TEXT(message), PG_TIME(a->effect_at), PG_I64S(v->stale, v->n_stale),
                   PG_I64S(v->refused, v->n_refused), PG_TEXTS(v->reasons, v->n_refused),
                   PG_TIME(clock_now()));
}

static enum err_class
repeat_later(struct writer *w, const struct stock_request *r, int64_t at_least_ms, struct err *e)
{
    const int shift = r->attempts < REPEAT_SHIFT_MAX ? r->attempts : REPEAT_SHIFT_MAX;
    const int64_t ms = w->cfg->writer.repeat_ms << shift;

    return pg_exec(w->db, e, NULL, &sql_postpone_request, PG_CSTR(r->key),
                   PG_TIME(writer_after_ms(ms > at_least_ms ? ms : at_least_ms)));
}

static enum err_class
give_up_key(struct writer *w, struct shop_state *s, const struct stock_request *r,
            const struct answered *a, struct err *e)
{
    LOG_ERROR(MSG("Shopify knows another body under this key; its rows are read again"),
              KV("shop", s->conf->key), KV("request_key", (const char *)r->key));
    return pg_exec(w->db, e, NULL, &sql_expire_requests, PG_CSTR(s->conf->key),
                   PG_TIME(((struct time_us){ 1 })), PG_CSTR(r->key), PG_TIME(a->effect_at),
                   PG_TIME(writer_after_ms(s->conf->replica_lag_ms)), PG_TIME(clock_now()));
}

/* The call itself was refused, before any row was looked at: a bug of ours, or a limit. */
static enum err_class
all_refused(struct writer *w, const struct stock_request *r, const struct answered *a,
            struct err *e)
{
    CLEANUP(json_free) struct json_doc *request = NULL;
    struct stock_verdict v = { .meaning = STOCK_NOT_DONE };
    const struct str why = arena_str(r->mem, str_of(a->error.text));

    TRY(json_parse(&request, r->body, e));
    const struct json_value *rows = json_path(json_root(request), "variables.input.quantities");
    v.n_refused = json_size(rows);
    v.refused = ARENA_NEW(r->mem, int64_t, v.n_refused);
    v.reasons = ARENA_NEW(r->mem, struct str, v.n_refused);
    for (size_t i = 0; i < v.n_refused; i++) {
        v.refused[i] = gid_id(json_str(json_get(json_at(rows, i), "inventoryItemId")));
        v.reasons[i] = why;
    }
    return record(w, r, "refused", why, &v, a, e);
}

static enum err_class
on_verdict(struct writer *w, struct shop_state *s, const struct stock_request *r,
           const struct answered *a, struct err *e)
{
    struct stock_verdict v;
    const struct str none = { 0 };

    TRY(stock_answer_read(a->answer->data, r->body, r->mem, &v, e));
    count(s, "done", v.meaning == STOCK_DONE ? v.n_rows : 0);
    count(s, "stale", v.n_stale);
    count(s, "refused", v.n_refused);
    switch (v.meaning) {
    case STOCK_DONE:
        return record(w, r, "done", none, &v, a, e);
    case STOCK_NOT_DONE:
        return record(w, r, v.n_refused > 0 ? "refused" : "stale", v.message, &v, a, e);
    case STOCK_NEW_KEY:
        return record(w, r, "failed", v.message, &v, a, e);
    case STOCK_WRONG_KEY:
        return give_up_key(w, s, r, a, e);
    case STOCK_IN_WORK:
    case STOCK_UNKNOWN:
        break;
    }
    return repeat_later(w, r, a->answer->wait_ms, e);
}

static enum err_class
on_answer(struct writer *w, struct shop_state *s, void *what, const struct answered *a,
          struct err *e)
{
    const struct stock_request *r = what;

    if (a->error.class == ERR_NONE) {
        FAILPOINT("stock_before_record", e);
        TRY(on_verdict(w, s, r, a, e));
        FAILPOINT("stock_recorded", e);
        return ERR_NONE;
    }
    if (a->error.class == ERR_REJECT && !a->executed)
        return all_refused(w, r, a, e);
    return repeat_later(w, r, a->answer->wait_ms, e);
}

static enum err_class
send(struct writer *w, struct shop_state *s, struct stock_request *r, struct err *e)
{
    const struct call_spec spec = {
        .kind = CALL_STOCK_WRITE,
        .name = text_set_on_hand.name,
        .body = r->body,
        .mem = r->mem,
        .what = r,
        .partial_ok = true,
        .done = on_answer,
    };

    return call_start(w, s, &spec, e);
}

static struct stock_request *
request_new(void)
{
    struct arena *mem = arena_new();
    struct stock_request *r = ARENA_NEW(mem, struct stock_request, 1);

    r->mem = mem;
    return r;
}

/* ---- new requests */

/* Persists the group's request; *ret is sent after the commit. */
static enum err_class
hold(struct writer *w, struct shop_state *s, const struct group *g, struct stock_request **ret,
     struct err *e)
{
    struct stock_request *r = *ret = request_new();

    hash_uuid(r->key);
    TRY(request_body(r, g, e));
    return pg_send(w->db, e, &sql_hold_request, PG_CSTR(r->key), PG_CSTR(s->conf->key),
                   PG_I64(g->location), PG_TEXT(r->body), PG_I64S(g->items, g->n),
                   PG_I64S(g->quantities, g->n), PG_I64S(g->froms, g->n), PG_CSTR(w->owner),
                   PG_TIME(answer_due(s)), PG_TIME(clock_now()));
}

/* Takes the next rows from *i on that may share a call. */
static void
next_group(const struct pg_rows *rows, size_t *i, struct group *g)
{
    g->n = 0;
    g->location = pg_i64(rows, *i, COL_LOCATION);
    while (*i < pg_n(rows) && g->n < STOCK_ROWS_MAX
           && pg_i64(rows, *i, COL_LOCATION) == g->location) {
        const bool alone = pg_i64(rows, *i, COL_ATTEMPTS) >= ALONE_FROM;
        if (alone && g->n > 0)
            return;
        g->items[g->n] = pg_i64(rows, *i, COL_ITEM);
        g->quantities[g->n] = pg_i64(rows, *i, COL_QUANTITY);
        g->froms[g->n++] = pg_i64(rows, *i, COL_FROM);
        (*i)++;
        if (alone)
            return;
    }
}

/* More rows than calls may be in the air: they are due again at once. */
static enum err_class
put_back(struct writer *w, struct shop_state *s, const struct group *g, struct err *e)
{
    return pg_send(w->db, e, &sql_redue_rows, PG_CSTR(s->conf->key), PG_I64(g->location),
                   PG_I64S(g->items, g->n), PG_TIME(clock_now()));
}

struct held { struct stock_request *v[HTTP_MULTI_MAX]; size_t n; };

static void
held_free(struct held *h)
{
    for (size_t i = 0; i < h->n; i++)
        if (h->v[i] != NULL)
            arena_free(h->v[i]->mem);
}

/* What would be sent is reported, once per quantity. */
static enum err_class
observe_row(struct writer *w, struct shop_state *s, const struct pg_rows *rows, size_t i,
            struct err *e)
{
    const int64_t item = pg_i64(rows, i, COL_ITEM), quantity = pg_i64(rows, i, COL_QUANTITY);
    const int64_t from = pg_i64(rows, i, COL_FROM);

    if (!pg_is_null(rows, i, COL_OBSERVED) && pg_i64(rows, i, COL_OBSERVED) == quantity)
        return ERR_NONE;
    count(s, "observed", 1);
    return pg_send(w->db, e, &sql_observe_rows, PG_CSTR(s->conf->key),
                   PG_I64(pg_i64(rows, i, COL_LOCATION)), PG_I64S(&item, 1), PG_I64S(&quantity, 1),
                   PG_I64S(&from, 1), PG_TIME(clock_now()));
}

static enum err_class
observe_all(struct writer *w, struct shop_state *s, const struct pg_rows *rows, struct err *e)
{
    for (size_t i = 0; i < pg_n(rows); i++)
        TRY(observe_row(w, s, rows, i, e));
    return ERR_NONE;
}

/* Rows of a channel whose first push is held are only reported (first_push.h). */
static enum err_class
hold_all(struct writer *w, struct shop_state *s, const struct pg_rows *rows, size_t room,
         struct held *held, struct err *e)
{
    struct group g;

    for (size_t i = 0; i < pg_n(rows);) {
        if (pg_bool(rows, i, COL_HELD)) {
            first_push_held(s);
            TRY(observe_row(w, s, rows, i++, e));
            continue;
        }
        next_group(rows, &i, &g);
        if (held->n == room) {
            TRY(put_back(w, s, &g, e));
            continue;
        }
        struct stock_request *r = NULL;
        const enum err_class class = hold(w, s, &g, &r, e);
        held->v[held->n++] = r;
        TRY(class);
    }
    return ERR_NONE;
}

enum err_class
stock_write_new(struct writer *w, struct shop_state *s, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    CLEANUP_VALUE(held_free) struct held held = { .n = 0 };
    const size_t room = s->writes_stock ? call_room(w, s, CALL_STOCK_WRITE) : 1;

    if (room == 0)
        return ERR_NONE;
    TRY(pg_begin(w->db, e));
    TRY(pg_exec(w->db, e, &rows, &sql_decide_rows, PG_CSTR(s->conf->key),
                PG_I64((int64_t)(room * STOCK_ROWS_MAX)), PG_TIME(clock_now())));
    if (s->writes_stock)
        TRY(hold_all(w, s, rows, room, &held, e));
    else
        TRY(observe_all(w, s, rows, e));
    TRY(pg_commit(w->db, e));
    FAILPOINT("stock_before_send", e);
    for (size_t i = 0; i < held.n; i++)
        TRY(send(w, s, TAKE(held.v[i]), e));
    return ERR_NONE;
}

/* ---- old requests */

enum err_class
stock_write_repeat(struct writer *w, struct shop_state *s, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    const size_t room = call_room(w, s, CALL_STOCK_WRITE);

    if (room == 0 || !s->writes_stock)
        return ERR_NONE;
    TRY(pg_exec(w->db, e, &rows, &sql_take_requests, PG_CSTR(s->conf->key), PG_CSTR(w->owner),
                PG_I64((int64_t)room), PG_TIME(answer_due(s)), PG_TIME(clock_now())));
    for (size_t i = 0; i < pg_n(rows); i++) {
        struct stock_request *r = request_new();
        (void)snprintf(r->key, sizeof r->key, "%.*s", (int)pg_text(rows, i, 0).n,
                       pg_text(rows, i, 0).p);
        r->body = arena_str(r->mem, pg_text(rows, i, 1));
        r->attempts = (int)pg_i64(rows, i, 2);
        LOG_INFO(MSG("stock write repeated under its key"), KV("shop", s->conf->key),
                 KV("request_key", (const char *)r->key), KV("attempt", r->attempts));
        TRY(send(w, s, r, e));
    }
    return ERR_NONE;
}

enum err_class
stock_write_expire(struct writer *w, struct shop_state *s, struct err *e)
{
    const struct time_us effect = { shopify_now(s->api).v + US_PER_S };

    LOG_WARN(MSG("stock writes without answer are too old to repeat; their rows are read again"),
             KV("shop", s->conf->key));
    return pg_exec(w->db, e, NULL, &sql_expire_requests, PG_CSTR(s->conf->key),
                   PG_TIME(writer_after_ms(-w->cfg->writer.key_life_ms)), PG_NULL(),
                   PG_TIME(effect), PG_TIME(writer_after_ms(s->conf->replica_lag_ms)),
                   PG_TIME(clock_now()));
}

enum err_class
stock_write_prune(struct writer *w, struct shop_state *s, struct err *e)
{
    return pg_exec(w->db, e, NULL, &sql_prune_requests, PG_CSTR(s->conf->key),
                   PG_TIME(writer_after_ms(-2 * w->cfg->writer.key_life_ms)), PG_I64(PRUNE_MAX));
}
