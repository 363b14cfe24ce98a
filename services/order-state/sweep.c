/*
 * sweep.c: small transactions of their own, sooner while there is something to do; see sweep.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sweep.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "metrics/metrics.h"
#include "order_state_sql.h"

static struct metric swept_total =
    METRIC(METRIC_COUNTER, "millrace_orders_swept_total",
           "Orders with fulfilments whose origin was settled later than they arrived.");
static struct metric orders_by_state =
    METRIC(METRIC_GAUGE, "millrace_orders",
           "Orders by state. Placeholders are orders that only parcels have named so far.");

struct sweep
sweep_new(const struct order_state_conf *conf)
{
    return (struct sweep){ .conf = conf, .pace_ms = conf->sweep_ms };
}

static enum err_class
sweep(const struct order_state_conf *conf, struct pg *db, int64_t *settled, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;

    TRY(pg_begin(db, e));
    TRY(pg_exec(db, e, &rows, &sql_sweep_orders, PG_I32((int32_t)conf->sweep_max),
                PG_TIME(clock_now())));
    FAILPOINT("orders_swept", e);
    TRY(pg_commit(db, e));
    TRY(pg_exec(db, e, NULL, &sql_heal_order_exceptions, PG_TIME(clock_now())));
    *settled = pg_i64(rows, 0, 0);
    metric_add(&swept_total, "", *settled);
    return ERR_NONE;
}

static enum err_class
count_states(struct pg *db, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    char labels[METRIC_LABELS_MAX];

    TRY(pg_exec(db, e, &rows, &sql_count_orders));
    for (size_t i = 0; i < pg_n(rows); i++) {
        const struct str state = pg_text(rows, i, 0);
        (void)snprintf(labels, sizeof labels, "state=\"%.*s\"", (int)state.n, state.p);
        metric_set(&orders_by_state, labels, pg_i64(rows, i, 1));
    }
    return ERR_NONE;
}

static enum err_class
turn(struct sweep *s, int64_t now_ms, struct pg *db, struct err *e)
{
    int64_t settled = 0;

    if (now_ms >= s->next_ms) {
        TRY(sweep(s->conf, db, &settled, e));
        const int64_t slower = s->pace_ms * 2;
        s->pace_ms = settled > 0                       ? s->conf->sweep_ms
                     : slower < s->conf->sweep_idle_ms ? slower
                                                       : s->conf->sweep_idle_ms;
        s->next_ms = now_ms + s->pace_ms;
    }
    if (now_ms >= s->count_ms) {
        s->count_ms = now_ms + s->conf->count_ms;
        TRY(count_states(db, e));
    }
    return ERR_NONE;
}

enum err_class
sweep_turn(struct sweep *s, struct pg *db, struct err *e)
{
    const int64_t now_ms = clock_monotonic_ms();

    if ((now_ms < s->next_ms && now_ms < s->count_ms) || !pg_healthy(db))
        return ERR_NONE;
    const enum err_class class = turn(s, now_ms, db, e);
    if (class == ERR_NONE)
        return ERR_NONE;
    pg_rollback(db);
    s->next_ms = now_ms + s->conf->sweep_ms;
    return class == ERR_FATAL ? class : ERR_NONE;
}
