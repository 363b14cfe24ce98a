/*
 * apply.c: decode, one statement for all, verdicts back; see apply.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "apply.h"

#include <stdio.h>

#include "base/failpoint.h"
#include "facts.h"
#include "hops.h"
#include "metrics/metrics.h"
#include "order_state_sql.h"
#include "reread.h"

enum { COL_N, COL_OUTCOME, COL_TIE, COL_REASON };

static struct metric facts_total = METRIC(
    METRIC_COUNTER, "millrace_order_facts_total",
    "Facts about orders by kind and outcome. Refused ones block their order: see the exceptions.");

/* A tombstone: of an order it says that it is no more; of its other topics nothing. */
static void
collect_gone(const struct apply *a, struct facts *all, struct batch *b, size_t i)
{
    const struct kafka_record *r = &b->records[i];
    const char *topic = stream_topic(a->stream, r);

    if (!facts_is_order_topic(topic) || !facts_add_gone(all, i, topic, r, b->mem))
        b->outcome[i] = OUTCOME_DUPLICATE;
}

static struct facts
collect(const struct apply *a, struct batch *b)
{
    struct facts all = facts_new(b->mem, b->n);

    for (size_t i = 0; i < b->n; i++) {
        const struct kafka_record *r = &b->records[i];
        struct err why = { 0 };
        if (r->value.p == NULL)
            collect_gone(a, &all, b, i);
        else if (facts_add(&all, i, stream_topic(a->stream, r), r, b->mem, &why) != ERR_NONE)
            batch_reject(b, i, &why);
    }
    return all;
}

static void
count(struct str kind, struct str outcome)
{
    char labels[METRIC_LABELS_MAX];

    (void)snprintf(labels, sizeof labels, "kind=\"%.*s\",outcome=\"%.*s\"", (int)kind.n, kind.p,
                   (int)outcome.n, outcome.p);
    metric_add(&facts_total, labels, 1);
}

/* One row of the answer: what became of fact k. */
static void
heed(struct batch *b, const struct facts *x, size_t k, const struct pg_rows *rows, size_t row)
{
    const struct str outcome = pg_text(rows, row, COL_OUTCOME);
    const size_t i = x->record[k];
    struct err why = { 0 };

    if (str_is(outcome, "duplicate")) {
        b->outcome[i] = OUTCOME_DUPLICATE;
    } else if (str_is(outcome, "stale")) {
        b->outcome[i] = OUTCOME_STALE;
    } else if (str_is(outcome, "refused")) {
        const struct str reason = pg_text(rows, row, COL_REASON);
        if (err_set(&why, ERR_REJECT, "refused", "%.*s", (int)reason.n, reason.p) == ERR_REJECT)
            batch_reject(b, i, &why);
    }
    count(x->kinds[k], outcome);
}

static enum err_class
apply_facts(const struct apply *a, struct pg *db, struct batch *b, const struct facts *x,
            struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;

    TRY(pg_exec(db, e, &rows, &sql_apply_order_records, PG_TEXTS(x->kinds, x->n),
                PG_TEXTS(x->shops, x->n), PG_I64S(x->orders, x->n), PG_TIMES(x->updated, x->n),
                PG_TIMES(x->observed, x->n), PG_TEXTS(x->hashes, x->n),
                PG_TEXTS(x->sources, x->n), PG_TEXTS(x->bodies, x->n), PG_TIME(b->now)));
    struct rereads again = rereads_new(b->mem, x->n);
    for (size_t row = 0; row < pg_n(rows); row++) {
        const size_t k = (size_t)pg_i64(rows, row, COL_N) - 1;
        heed(b, x, k, rows, row);
        rereads_judge(&again, x, k, b, stream_topic(a->stream, &b->records[x->record[k]]),
                      pg_bool(rows, row, COL_TIE));
    }
    FAILPOINT("orders_applied", e);
    return rereads_send(&again, a->group, db, b->now, e);
}

enum err_class
apply_orders(void *ctx, struct pg *db, struct batch *b, struct err *e)
{
    const struct apply *a = ctx;
    const struct facts x = collect(a, b);

    if (x.n > 0) {
        FAILPOINT("orders_decoded", e);
        TRY(apply_facts(a, db, b, &x, e));
    }
    return hops_send(b, &x, a->stream, db, e);
}

enum err_class
bury_order(void *ctx, struct pg *db, struct batch *b, struct err *e)
{
    const struct apply *a = ctx;
    const struct facts none = facts_new(b->mem, b->n);

    return hops_send(b, &none, a->stream, db, e);
}
