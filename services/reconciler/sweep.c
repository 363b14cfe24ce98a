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
enum { HOLD_MS = 60000, HOLD_EVERY_MS = 4000 };

enum { ORDERS, FULFILLMENT_ORDERS, PRODUCTS };

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

static enum err_class
submit(struct watch *w, struct err *e)
{
    if (!trouble_may_call(&w->trouble, w->api, PACE_BACKFILL, RUN_COST))
        return ERR_NONE;
    TRY(pg_send(w->db, e, &sql_forget_seen, PG_CSTR(w->shop->key)));
    TRY(pg_flush(w->db, e));
    w->ours_failed = false;
    const enum err_class class =
        bulk_run(w->api, parts[w->part].doc, w->operation, &w->full_began, e);
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

/* A later sweep shows it all the same. */
static void
give_up(struct watch *w, const char *why)
{
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

/* The whole file was read: what is here and was not in it is gone there. */
static enum err_class
conclude(struct reading_file *r, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *gone = NULL;
    struct watch *w = r->w;

    w->ours_failed = true;
    TRY(compare_flush(&r->outer, e));
    TRY(pg_begin(w->db, e));
    TRY(lease_check(w->db, &w->lease, e)); /* a new owner forgets what was seen */
    TRY(pg_exec(w->db, e, &gone, &sql_gone, PG_CSTR(w->shop->key), PG_CSTR(r->outer.kind),
                PG_TIME(r->outer.horizon), PG_TIME(clock_now())));
    TRY(pg_commit(w->db, e));
    r->outer.different += pg_i64(gone, 0, 0);
    TRY(watch_record(w, &r->outer, w->full_began, e));
    if (parts[w->part].kind == ORDERS)
        TRY(watch_record(w, &r->inner, w->full_began, e));
    arena_reset(w->mem);
    w->part++;
    w->full = w->part == PARTS ? FULL_NONE : FULL_RUN;
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
