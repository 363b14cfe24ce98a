/*
 * stream_offsets.c: where each assigned partition stands.
 *
 * Postgres knows; what is kept here is a copy that the compare-and-set of the next transaction
 * checks.  It is read at every assignment and again after every failure, because a commit whose
 * answer was lost may have happened.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "metrics/metrics.h"
#include "service/stream_internal.h"
#include "service_sql.h"

enum { COMMIT_EVERY_MS = 200, LAG_EVERY_MS = 500 };

static struct metric rebalances_total = METRIC(
    METRIC_COUNTER, "millrace_rebalances_total",
    "Assignments of partitions to this process; a steady climb means the group cannot settle.");
static struct metric lag_records =
    METRIC(METRIC_GAUGE, "millrace_consumer_lag_records",
           "Records of a partition that Kafka holds and Postgres does not know yet.");
static struct metric lag_seconds =
    METRIC(METRIC_GAUGE, "millrace_consumer_lag_seconds",
           "Age of the last record applied of a partition that lags; 0 when it does not.");

struct position *
stream_position(struct stream *st, const struct kafka_record *r)
{
    for (size_t i = 0; i < st->n_positions; i++)
        if (st->positions[i].partition == r->partition &&
            strcmp(st->positions[i].topic, r->topic) == 0)
            return &st->positions[i];
    return NULL;
}

static int
by_place(const void *a, const void *b)
{
    const struct position *x = a, *y = b;
    const int c = strcmp(x->topic, y->topic);
    return c != 0 ? c : (x->partition > y->partition) - (x->partition < y->partition);
}

/* Fills next and epoch of the positions; lows begin a partition that was never seen. */
static enum err_class
read_offsets(struct stream *st, const int64_t *lows, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    const size_t n = st->n_positions;
    struct str *topics = ARENA_NEW(st->mem, struct str, n);
    int32_t *partitions = ARENA_NEW(st->mem, int32_t, n);
    for (size_t i = 0; i < n; i++) {
        topics[i] = str_of(st->positions[i].topic);
        partitions[i] = st->positions[i].partition;
    }
    TRY(pg_exec(st->db, e, &rows, &sql_read_offsets, PG_CSTR(st->group), PG_TEXTS(topics, n),
                PG_I32S(partitions, n), PG_I64S(lows, n), PG_TIME(clock_now())));
    for (size_t row = 0; row < pg_n(rows); row++)
        for (size_t i = 0; i < n; i++)
            if (str_eq(topics[i], pg_text(rows, row, 0)) && partitions[i] == pg_i64(rows, row, 1)) {
                st->positions[i].next = pg_i64(rows, row, 2);
                st->positions[i].epoch = (int32_t)pg_i64(rows, row, 3);
            }
    return ERR_NONE;
}

/* Both ways of not fitting are loud: records are gone, or the topic is not the one we knew. */
static enum err_class
check_range(const struct stream *st, const struct position *p, int64_t low, int64_t high,
            struct err *e)
{
    if (p->next < low)
        return err_set(e, ERR_FATAL, "OFFSET_GAP",
                       "%s: %s/%" PRId32 " stands at %" PRId64 " but Kafka holds only %" PRId64
                       " to %" PRId64 ": %" PRId64
                       " offsets are gone; restore them or reset the group on purpose",
                       st->group, p->topic, p->partition, p->next, low, high, low - p->next);
    if (p->next > high)
        return err_set(e, ERR_FATAL, "OFFSET_AHEAD",
                       "%s: %s/%" PRId32 " stands at %" PRId64 " but Kafka ends at %" PRId64
                       ": the topic was made anew or lost its end; reset the group on purpose",
                       st->group, p->topic, p->partition, p->next, high);
    return ERR_NONE;
}

static enum err_class
adopt(struct stream *st, const struct kafka_partition *v, size_t n, struct err *e)
{
    if (n > POSITIONS_MAX)
        return err_set(e, ERR_FATAL, "LIMIT", "%s: more than %d partitions", st->group,
                       POSITIONS_MAX);
    st->n_positions = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t t = 0; t < st->n_topics; t++)
            if (strcmp(st->topics[t].full, v[i].topic) == 0)
                st->positions[st->n_positions++] = (struct position){ .topic = st->topics[t].full,
                                                                      .plain = st->topics[t].plain,
                                                                      .partition = v[i].partition,
                                                                      .to = -1 };
    qsort(st->positions, st->n_positions, sizeof st->positions[0], by_place);
    return ERR_NONE;
}

static enum err_class
load(struct stream *st, const struct kafka_partition *v, size_t n, struct err *e)
{
    TRY(adopt(st, v, n, e));
    int64_t *lows = ARENA_NEW(st->mem, int64_t, st->n_positions);
    int64_t *highs = ARENA_NEW(st->mem, int64_t, st->n_positions);
    for (size_t i = 0; i < st->n_positions; i++)
        TRY(kafka_watermarks(st->in, st->positions[i].topic, st->positions[i].partition, &lows[i],
                             &highs[i], e));
    TRY(read_offsets(st, lows, e));
    for (size_t i = 0; i < st->n_positions; i++)
        TRY(check_range(st, &st->positions[i], lows[i], highs[i], e));
    return ERR_NONE;
}

enum err_class
stream_on_assign(void *ctx, struct kafka_partition *v, size_t n, struct err *e)
{
    struct stream *st = ctx;
    const enum err_class class = load(st, v, n, e);
    arena_reset(st->mem);
    if (class != ERR_NONE) {
        st->n_positions = 0;
        return class;
    }
    for (size_t i = 0; i < n; i++) {
        const struct kafka_record at = { .topic = v[i].topic, .partition = v[i].partition };
        v[i].offset = stream_position(st, &at)->next;
    }
    metric_add(&rebalances_total, "", 1);
    LOG_INFO(MSG("assigned"), KV("group", st->group), KV("partitions", (int64_t)n));
    return ERR_NONE;
}

static void
set_lag(const struct position *p, int64_t records, int64_t age_us)
{
    char labels[METRIC_LABELS_MAX];
    snprintf(labels, sizeof labels, "topic=\"%s\",partition=\"%" PRId32 "\"", p->plain,
             p->partition);
    metric_set(&lag_records, labels, records);
    metric_set(&lag_seconds, labels, age_us); /* the page shows seconds */
}

void
stream_on_revoke(void *ctx, const struct kafka_partition *v, size_t n)
{
    struct stream *st = ctx;
    (void)v;
    for (size_t i = 0; i < st->n_positions; i++)
        set_lag(&st->positions[i], 0, 0); /* the next owner tells */
    st->n_positions = 0;
    LOG_INFO(MSG("revoked"), KV("group", st->group), KV("partitions", (int64_t)n));
}

static size_t
partitions_of(const struct stream *st, struct kafka_partition v[POSITIONS_MAX])
{
    for (size_t i = 0; i < st->n_positions; i++)
        v[i] = (struct kafka_partition){ .topic = st->positions[i].topic,
                                         .partition = st->positions[i].partition,
                                         .offset = st->positions[i].next };
    return st->n_positions;
}

enum err_class
stream_rewind(struct stream *st, struct err *e)
{
    struct kafka_partition v[POSITIONS_MAX];
    if (st->n_positions == 0)
        return ERR_NONE;
    arena_reset(st->mem);
    TRY(read_offsets(st, ARENA_NEW(st->mem, int64_t, st->n_positions), e));
    return kafka_rewind(st->in, v, partitions_of(st, v), e);
}

void
stream_commit_to_kafka(struct stream *st)
{
    struct kafka_partition v[POSITIONS_MAX];
    const int64_t now = clock_monotonic_ms();
    if (!st->commit_due || now - st->committed_ms < COMMIT_EVERY_MS)
        return;
    const size_t n = partitions_of(st, v);
    if (n > 0)
        kafka_commit(st->in, v, n);
    st->committed_ms = now;
    st->commit_due = false;
}

void
stream_observe_lag(struct stream *st)
{
    const int64_t now_ms = clock_monotonic_ms();
    if (now_ms - st->lag_ms < LAG_EVERY_MS)
        return;
    st->lag_ms = now_ms;
    for (size_t i = 0; i < st->n_positions; i++) {
        const struct position *p = &st->positions[i];
        const int64_t high = kafka_high_seen(st->in, p->topic, p->partition);
        const int64_t lag = high > p->next ? high - p->next : 0;
        const int64_t age_us = lag > 0 && p->seen_at.v != 0 ? clock_now().v - p->seen_at.v : 0;
        set_lag(p, lag, age_us > 0 ? age_us : 0);
    }
}
