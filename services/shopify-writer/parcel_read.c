/*
 * parcel_read.c: see parcel_read.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "parcel_read.h"

#include "base/clock.h"
#include "base/log.h"
#include "call.h"
#include "domain/gid.h"
#include "json/emit.h"
#include "parcel_write.h"
#include "writer_documents.h"

enum { HOLD_EXTRA_MS = 2000, VARIABLES_MAX = 16 << 10, REFUSED_LATER_MS = 60000 };
enum { ORDERS_FEW = 20, LINES_FEW = 50, ORDERS_MANY = 50, LINES_MANY = 250 };

struct asking { struct job *jobs; size_t n; bool whole; struct arena *mem; };

static enum err_class
ask_body(const struct asking *q, struct str *ret, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf variables;
    char gid[GID_TEXT_SIZE];
    struct emit j;

    buf_init(&variables, VARIABLES_MAX);
    emit_init(&j, &variables);
    emit_object(&j, NULL);
    emit_array(&j, "ids");
    for (size_t i = 0; i < q->n; i++)
        emit_cstr(&j, NULL, gid_format("Order", q->jobs[i].order, gid));
    emit_array_end(&j);
    emit_i64(&j, "lines", q->whole ? LINES_MANY : LINES_FEW);
    emit_i64(&j, "orders", q->whole ? ORDERS_MANY : ORDERS_FEW);
    emit_bool(&j, "whole", q->whole);
    emit_object_end(&j);
    TRY(buf_check(&variables, "orders to fulfil", e));
    return call_body(q->mem, &text_orders_to_fulfil, buf_str(&variables), ret, e);
}

/* Nothing came of the look: another one later. */
static enum err_class
ask_later(struct writer *w, struct shop_state *s, const struct asking *q, int64_t ms,
          struct err *e)
{
    int64_t *orders = ARENA_NEW(q->mem, int64_t, q->n);
    struct str *names = ARENA_NEW(q->mem, struct str, q->n);

    for (size_t i = 0; i < q->n; i++) {
        orders[i] = q->jobs[i].order;
        names[i] = q->jobs[i].parcel;
    }
    return pg_exec(w->db, e, NULL, &sql_retry_parcels, PG_CSTR(s->conf->key),
                   PG_I64S(orders, q->n), PG_TEXTS(names, q->n), PG_TIME(writer_after_ms(ms)));
}

static enum err_class
on_answer(struct writer *w, struct shop_state *s, void *what, const struct answered *a,
          struct err *e)
{
    struct asking *q = what;
    struct order_view *views = ARENA_NEW(q->mem, struct order_view, q->n);
    const struct json_value *nodes = json_get(a->answer->data, "nodes");
    struct err why = a->error;

    if (why.class == ERR_NONE && json_size(nodes) != q->n)
        (void)(err_set(&why, ERR_REJECT, "", "%zu nodes for %zu ids", json_size(nodes), q->n)
               == ERR_NONE);
    for (size_t i = 0; i < q->n && why.class == ERR_NONE; i++)
        (void)(order_view_read(json_at(nodes, i), q->whole, q->mem, &views[i], &why) == ERR_NONE);
    if (why.class == ERR_NONE)
        return parcels_act(w, s, q->jobs, views, q->n, a->answer->began, q->mem, e);
    if (why.class == ERR_REJECT)
        LOG_ERROR(MSG("orders could not be read for their parcels; tried again later"),
                  KV("shop", s->conf->key), KV("error", (const char *)why.text));
    return ask_later(w, s, q, why.class == ERR_RETRY ? a->answer->wait_ms : REFUSED_LATER_MS, e);
}

/* Takes over q's arena. */
static enum err_class
ask(struct writer *w, struct shop_state *s, struct asking *q, struct err *e)
{
    CLEANUP(arena_free) struct arena *mem = q->mem;
    struct str body;

    TRY(ask_body(q, &body, e));
    const struct call_spec spec = {
        .kind = CALL_PARCEL_READ,
        .name = text_orders_to_fulfil.name,
        .body = body,
        .mem = TAKE(mem),
        .what = q,
        .done = on_answer,
    };
    return call_start(w, s, &spec, e);
}

static struct asking *
asking_new(size_t n, bool whole)
{
    struct arena *mem = arena_new();
    struct asking *q = ARENA_NEW(mem, struct asking, 1);

    *q = (struct asking){ ARENA_NEW(mem, struct job, n), 0, whole, mem };
    return q;
}

/* Most parcels need small pages only; one that may be there already needs to see what it holds. */
static enum err_class
ask_for(struct writer *w, struct shop_state *s, const struct pg_rows *rows, bool whole,
        struct err *e)
{
    struct asking *q = asking_new(pg_n(rows), whole);

    for (size_t i = 0; i < pg_n(rows); i++) {
        struct job *j = &q->jobs[q->n];
        struct err why = { 0 };
        if (job_read(rows, i, q->mem, j, &why) != ERR_NONE) {
            LOG_ERROR(MSG("a stored parcel cannot be read; report this bug"),
                      KV("shop", s->conf->key), KV("order", pg_i64(rows, i, 0)),
                      KV("error", (const char *)why.text));
            continue;
        }
        q->n += j->intent == whole;
    }
    if (q->n > 0)
        return ask(w, s, q, e);
    arena_free(q->mem);
    return ERR_NONE;
}

static enum err_class
observe(struct writer *w, struct shop_state *s, struct err *e)
{
    return pg_exec(w->db, e, NULL, &sql_observe_parcels, PG_CSTR(s->conf->key),
                   PG_I64(PARCELS_MAX), PG_TIME(clock_now()));
}

enum err_class
parcel_read(struct writer *w, struct shop_state *s, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    size_t room = call_room(w, s, CALL_PARCEL_WRITE);

    if (!s->writes_parcels)
        return observe(w, s, e);
    if (call_room(w, s, CALL_PARCEL_READ) == 0 || room == 0)
        return ERR_NONE;
    room = room < PARCELS_MAX ? room : PARCELS_MAX;
    TRY(pg_exec(w->db, e, &rows, &sql_take_parcels, PG_CSTR(s->conf->key), PG_I64((int64_t)room),
                PG_TIME(writer_after_ms(s->conf->timeout_ms + HOLD_EXTRA_MS)),
                PG_TIME(clock_now())));
    if (pg_n(rows) == 0)
        return ERR_NONE;
    TRY(ask_for(w, s, rows, false, e));
    return ask_for(w, s, rows, true, e);
}

enum err_class
parcel_read_whole(struct writer *w, struct shop_state *s, const struct job *j, struct err *e)
{
    struct asking *q = asking_new(1, true);

    q->jobs[0] = job_copy(j, q->mem);
    q->n = 1;
    return ask(w, s, q, e);
}
