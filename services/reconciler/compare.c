/*
 * compare.c: see compare.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "compare.h"

#include <string.h>

#include "base/clock.h"
#include "metrics/metrics.h"
#include "reconciler_sql.h"

static struct metric compared_total =
    METRIC(METRIC_COUNTER, "millrace_reconciled_total",
           "Objects compared with Shopify, by shop, kind and sweep.");
static struct metric found_total =
    METRIC(METRIC_COUNTER, "millrace_drift_found_total",
           "Objects that differed from Shopify, by shop, kind and sweep; `millrace drift` names "
           "them.");

enum err_class
compare_flush(struct comparison *c, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *verdict = NULL;

    if (c->n == 0)
        return ERR_NONE;
    if (strcmp(c->sweep, "full") == 0)
        TRY(pg_send(c->db, e, &sql_mark_seen, PG_CSTR(c->shop), PG_CSTR(c->kind),
                    PG_I64S(c->ids, c->n)));
    TRY(pg_exec(c->db, e, &verdict, &sql_compare, PG_CSTR(c->shop), PG_CSTR(c->sweep),
                PG_CSTR(c->kind), PG_I64S(c->ids, c->n), PG_I64S(c->owners, c->n),
                PG_TIMES(c->updated, c->n), PG_TEXTS(c->words, c->n), PG_TIME(c->horizon),
                PG_TIME(clock_now())));
    c->compared += pg_i64(verdict, 0, 0);
    c->different += pg_i64(verdict, 0, 1);
    metric_add(&compared_total, c->labels, pg_i64(verdict, 0, 0));
    metric_add(&found_total, c->labels, pg_i64(verdict, 0, 1));
    c->n = 0;
    return ERR_NONE;
}

enum err_class
compare_add(struct comparison *c, const struct seen_object *o, struct err *e)
{
    c->ids[c->n] = o->id;
    c->owners[c->n] = o->owner;
    c->updated[c->n] = o->updated_at;
    c->words[c->n] = o->words;
    return ++c->n == BATCH_MAX ? compare_flush(c, e) : ERR_NONE;
}

enum err_class
compare_deleted(const struct comparison *c, const int64_t *ids, const struct time_us *at, size_t n,
                int64_t *different, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;

    TRY(pg_exec(c->db, e, &rows, &sql_deleted, PG_CSTR(c->shop), PG_CSTR(c->kind), PG_I64S(ids, n),
                PG_TIMES(at, n), PG_TIME(clock_now())));
    *different += pg_i64(rows, 0, 0);
    metric_add(&found_total, c->labels, pg_i64(rows, 0, 0));
    return ERR_NONE;
}
