/*
 * compute.c: take marks, compute in the next statement, commit; see compute.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "compute.h"

#include "base/clock.h"
#include "base/failpoint.h"
#include "metrics/metrics.h"
#include "outbound_producer_sql.h"

static struct metric items_total = METRIC(
    METRIC_COUNTER, "millrace_items_computed_total",
    "Items whose promise was computed because a figure or a policy changed.");
static struct metric promises_total = METRIC(
    METRIC_COUNTER, "millrace_promises_changed_total",
    "Promises that moved, or that a read of Shopify waited for: each becomes a record on atp.");
static struct metric wait_us = METRIC(
    METRIC_HISTOGRAM_US, "millrace_dirty_wait_seconds",
    "From the change that marked an item to the commit of its new promise.");

/* The second statement sees all that the marks stand for; the first could not. */
static enum err_class
compute_items(struct pg *db, struct arena *mem, const struct pg_rows *taken, struct time_us now,
              int64_t *changed, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *counts = NULL;
    const size_t n = pg_n(taken);
    int64_t *ids = ARENA_NEW(mem, int64_t, n);
    struct str *reasons = ARENA_NEW(mem, struct str, n);

    for (size_t i = 0; i < n; i++) {
        ids[i] = pg_i64(taken, i, 0);
        reasons[i] = pg_text(taken, i, 1);
    }
    TRY(pg_exec(db, e, &counts, &sql_compute, PG_I64S(ids, n), PG_TEXTS(reasons, n),
                PG_TIME(now)));
    *changed = pg_i64(counts, 0, 1) + pg_i64(counts, 0, 2);
    return ERR_NONE;
}

enum err_class
compute_dirty(struct pg *db, struct arena *mem, int64_t batch, size_t *items, int64_t *changed,
              struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *taken = NULL;
    const struct time_us now = clock_now();

    *items = 0;
    *changed = 0;
    TRY(pg_begin(db, e));
    TRY(pg_exec(db, e, &taken, &sql_take_dirty, PG_I64(batch)));
    if (pg_n(taken) > 0)
        TRY(compute_items(db, mem, taken, now, changed, e));
    FAILPOINT("outbound_computed", e);
    TRY(pg_commit(db, e));

    *items = pg_n(taken);
    metric_add(&items_total, "", (int64_t)*items);
    metric_add(&promises_total, "", *changed);
    const struct time_us after = clock_now();
    for (size_t i = 0; i < *items; i++)
        metric_observe_us(&wait_us, "", after.v - pg_time(taken, i, 2).v);
    return ERR_NONE;
}

enum err_class
wake_judgements(struct pg *db, int64_t batch, struct err *e)
{
    return pg_exec(db, e, NULL, &sql_wake_judgements, PG_I64(batch), PG_TIME(clock_now()));
}
