/*
 * sweep.c: everything, by bulk operations: what is open, with lines, and what is here but no longer
 * there.
 *
 * A sweep that fails, or whose process ends, changes nothing: the next one begins anew.  Only a
 * file that was read to its end, and held as many objects as Shopify counted, says what is gone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "reconciler_documents.h"
#include "reconciler_sql.h"
#include "shop.h"

enum { RUN_COST = 10, LOOK_MS = 2000, BUSY_MS = 30000, TRY_AGAIN_MS = 600000, KEEP_EVERY = 200 };
enum { HOLD_MS = 60000, HOLD_EVERY_MS = 4000, GONE_BATCH = 5000 };

struct part {
    const struct text_file *doc;
    size_t kind;
};
static const struct part parts[] = {
    { &text_sweep_orders, ORDERS },
    { &text_sweep_products, PRODUCTS },
};
enum { PARTS = sizeof(parts) / sizeof(parts[0]) };

struct reading_file {
    struct watch *w;
    struct comparison outer, inner; /* inner: fulfilment orders beside their orders */
    int64_t roots;
};

static enum err_class
take_inner(struct reading_file *r, const struct json_value *node, struct err *e)
{
    const struct json_value *nodes = json_path(node, "fulfillmentOrders.nodes");
    struct seen_object o;

    for (size_t i = 0; i < json_size(nodes); i++) {
        TRY(fulfillment_order_words(json_at(nodes, i), true, r->w->mem, &o, e));
        r->w->ours_failed = true;
        TRY(compare_add(&r->inner, &o, e));
        r->w->ours_failed = false;
    }
    return ERR_NONE;
}

/* A file may take long: the process shows that it is alive, and the shop stays ours. */
static enum err_class
stay(struct watch *w, struct err *e)
{
    service_beat(w->svc);
    w->ours_failed = true;
    if (clock_monotonic_ms() >= w->lease_due_ms) {
        w->lease_due_ms = clock_monotonic_ms() + HOLD_EVERY_MS;
        TRY(lease_hold(w->svc, w->db, &w->lease, HOLD_MS, e));
    }
    w->ours_failed = false;
    if (service_stopping(w->svc) || !lease_is_held(&w->lease))
        return err_set(e, ERR_RETRY, "", "the sweep is left to the next owner");
    return ERR_NONE;
}

/* Called for every piece of the file that arrives. */
static enum err_class
tick(void *ctx, struct err *e)
{
    return stay(((struct reading_file *)ctx)->w, e);
}

static enum err_class
keep(struct reading_file *r, struct err *e)
{
    struct watch *w = r->w;

    w->ours_failed = true;
    TRY(compare_flush(&r->outer, e));
    TRY(compare_flush(&r->inner, e));
    arena_reset(w->mem);
    return stay(w, e);
}

static enum err_class
take_root(void *ctx, const struct json_value *node, struct err *e)
{
    struct reading_file *r = ctx;
    struct watch *w = r->w;
    struct seen_object o;

    TRY(kinds[parts[w->part].kind].words(node, true, w->mem, &o, e));
    w->ours_failed = true;
    TRY(compare_add(&r->outer, &o, e));
    w->ours_failed = false;
    TRY(take_inner(r, node, e));
    return ++r->roots % KEEP_EVERY == 0 ? keep(r, e) : ERR_NONE;
}

/* The kinds that parts are about are told by the order of either. */
bool
sweep_begin(struct watch *w)
{
    const int64_t now_ms = clock_monotonic_ms();

    w->part = 0;
    w->parts_end = PARTS;
    if (now_ms >= w->sweep_due_ms) {
        w->sweep_due_ms = now_ms + w->cfg->sweep_ms;
        return true;
    }
    while (w->part < PARTS && !w->surplus[parts[w->part].kind].wanted)
        w->part++;
    w->parts_end = w->part + 1;
    return w->part < PARTS;
}

static enum err_class
submit(struct watch *w, struct err *e)
{
    if (!trouble_may_call(&w->trouble, w->api, PACE_BACKFILL, RUN_COST))
        return ERR_NONE;
    TRY(pg_send(w->db, e, &sql_forget_seen, PG_CSTR(w->shop->key)));
    TRY(pg_flush(w->db, e));
    w->ours_failed = false;
    const struct text_file *doc = parts[w->part].kind == ORDERS && w->no_returns
                                      ? &w->lean_sweep
                                      : parts[w->part].doc;
    const enum err_class class = bulk_run(w->api, doc, w->operation, &w->full_began, e);
    if (class == ERR_RETRY && strcmp(e->code, BULK_BUSY) == 0) {
        w->full_due_ms = clock_monotonic_ms() + BUSY_MS; /* comparisons go on meanwhile */
        return ERR_NONE;
    }
    TRY(watch_settle(w, class, LOOK_MS, e));
    if (class == ERR_NONE) {
        w->full = FULL_POLL;
        w->full_due_ms = clock_monotonic_ms() + LOOK_MS / 10;
    }
    return ERR_NONE;
}

/* A later sweep shows it all the same; whatever called for this one waits for it. */
static void
give_up(struct watch *w, const char *why)
{
    for (size_t k = 0; k < KINDS; k++)
        w->surplus[k].wanted = false;
    LOG_WARN(MSG("full sweep given up; the next one begins anew"), KV("shop", w->shop->key),
             KV("why", why));
    w->full = FULL_NONE;
    w->sweep_due_ms = clock_monotonic_ms() + TRY_AGAIN_MS;
}

static enum err_class
look(struct watch *w, struct err *e)
{
    w->ours_failed = false;
    const enum err_class class = bulk_poll(w->api, w->operation, &w->status, e);
    TRY(watch_settle(w, class, LOOK_MS, e));
    if (class != ERR_NONE)
        return ERR_NONE;
    w->full_due_ms = clock_monotonic_ms() + LOOK_MS;
    if (w->status.state == BULK_FAILED || w->status.state == BULK_DENIED)
        give_up(w, w->status.error);
    if (w->status.state != BULK_DONE)
        return ERR_NONE;
    w->full_due_ms = 0;
    w->full = FULL_READ;
    return ERR_NONE;
}

/* What is here and was not met is gone there. Batches keep each statement short; *gone adds up. */
static enum err_class
look_for_gone(struct watch *w, const struct comparison *c, int64_t *gone, struct err *e)
{
    int64_t after = 0;

    for (bool more = true; more;) {
        CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
        TRY(stay(w, e));
        w->ours_failed = true;
        TRY(pg_begin(w->db, e));
        TRY(lease_check(w->db, &w->lease, e)); /* a new owner forgets what was seen */
        TRY(pg_exec(w->db, e, &rows, &sql_gone, PG_CSTR(w->shop->key), PG_CSTR(c->kind),
                    PG_I64(after), PG_I32(GONE_BATCH), PG_TIME(c->horizon), PG_TIME(clock_now())));
        TRY(pg_commit(w->db, e));
        more = !pg_is_null(rows, 0, 0);
        after = pg_i64(rows, 0, 0);
        *gone += pg_i64(rows, 0, 1);
    }
    return ERR_NONE;
}

static void
part_is_over(struct watch *w, int64_t gone)
{
    struct surplus *s = &w->surplus[parts[w->part].kind];

    if (gone > 0)
        s->not_before_ms = 0;
    s->wanted = false;
    s->swept = true;
    w->part++;
    w->full = w->part == w->parts_end ? FULL_NONE : FULL_RUN;
}

/* The whole file was read. */
static enum err_class
conclude(struct reading_file *r, struct err *e)
{
    struct watch *w = r->w;
    int64_t gone = 0;

    w->ours_failed = true;
    TRY(compare_flush(&r->outer, e));
    TRY(look_for_gone(w, &r->outer, &gone, e));
    r->outer.different += gone;
    TRY(watch_record(w, &r->outer, w->full_began, e));
    if (parts[w->part].kind == ORDERS)
        TRY(watch_record(w, &r->inner, w->full_began, e));
    arena_reset(w->mem);
    part_is_over(w, gone);
    TRY(pg_send(w->db, e, &sql_forget_seen, PG_CSTR(w->shop->key)));
    return pg_flush(w->db, e);
}

static enum err_class
read_file(struct watch *w, struct err *e)
{
    struct reading_file r = {
        .w = w,
        .outer = watch_comparison(w, SWEEP_FULL, parts[w->part].kind, w->full_began),
        .inner = watch_comparison(w, SWEEP_FULL, FULFILLMENT_ORDERS, w->full_began),
    };

    w->ours_failed = false;
    const enum err_class class = bulk_read(w->api, &w->status, take_root, tick, &r, e);
    TRY(watch_settle(w, class, LOOK_MS, e));
    if (class != ERR_NONE) {
        give_up(w, e->text);
        return ERR_NONE;
    }
    return conclude(&r, e);
}

enum err_class
sweep_turn(struct watch *w, struct err *e)
{
    switch (w->full) {
    case FULL_RUN:
        return submit(w, e);
    case FULL_POLL:
        return look(w, e);
    case FULL_READ:
        return read_file(w, e);
    case FULL_NONE:
        break;
    }
    return ERR_NONE;
}
