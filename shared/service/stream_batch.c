/*
 * stream_batch.c: one transaction: offsets first, then the service's rows, dead letters, the tally.
 *
 * All of it is queued in one pipeline; unless the service itself asks for rows there is one round
 * trip.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "json/shape.h"
#include "metrics/metrics.h"
#include "service/stream_internal.h"
#include "service_sql.h"

#define N_OUTCOMES (OUTCOME_DEAD + 1)

static struct metric events_total = METRIC(
    METRIC_COUNTER, "millrace_events_total",
    "Records committed by topic and outcome: applied, duplicate, stale, dead. Dead ones need a "
    "look at the dead letters.");
static struct metric batch_seconds =
    METRIC(METRIC_HISTOGRAM_US, "millrace_batch_seconds",
           "From the begin to the end of the transaction that applies a batch.");
static struct metric age_seconds =
    METRIC(METRIC_HISTOGRAM_US, "millrace_event_age_seconds",
           "From Kafka's timestamp of a record to its commit, by topic.");

static struct metric unknown_keys_total = METRIC(
    METRIC_COUNTER, "millrace_unknown_keys_total",
    "Keys of records that this version does not know and ignored, by topic. A newer producer wrote "
    "them: upgrade its consumers.");

static const char *const outcome_names[N_OUTCOMES] = { "applied", "duplicate", "stale", "dead" };

void
batch_reject(struct batch *b, size_t i, const struct err *why)
{
    assert(i < b->n);
    b->outcome[i] = OUTCOME_DEAD;
    if (b->why[i] == NULL)
        b->why[i] = ARENA_NEW(b->mem, struct err, 1);
    *b->why[i] = *why;
}

static struct batch
make_batch(struct stream *st, const struct kafka_record *records, size_t n)
{
    arena_reset(st->mem);
    for (size_t i = 0; i < n; i++)
        st->outcomes[i] = OUTCOME_APPLIED;
    return (struct batch){ .records = records,
                           .n = n,
                           .outcome = st->outcomes,
                           .mem = st->mem,
                           .now = clock_now(),
                           .why = ARENA_NEW(st->mem, struct err *, n) };
}

static enum err_class
move_offsets(struct stream *st, const struct batch *b, struct err *e)
{
    for (size_t i = 0; i < b->n; i++)
        stream_position(st, &b->records[i])->to = b->records[i].offset + 1;
    for (size_t i = 0; i < st->n_positions; i++) {
        const struct position *p = &st->positions[i];
        if (p->to >= 0)
            TRY(pg_send(st->db, e, &sql_advance_offset, PG_CSTR(st->group), PG_CSTR(p->topic),
                        PG_I32(p->partition), PG_I64(p->next), PG_I64(p->to), PG_I32(p->epoch),
                        PG_TIME(b->now)));
    }
    return ERR_NONE;
}

static enum err_class
write_dead_letters(struct stream *st, const struct batch *b, struct err *e)
{
    static const struct err unknown = { ERR_REJECT, "unknown", "rejected without a reason" };
    size_t n = 0;
    for (size_t i = 0; i < b->n; i++) {
        if (b->outcome[i] != OUTCOME_DEAD)
            continue;
        const struct err *why = b->why[i] != NULL ? b->why[i] : &unknown;
        if (n++ == 0)
            LOG_WARN(MSG("dead letter"), KV("topic", b->records[i].topic),
                     KV("partition", (int64_t)b->records[i].partition),
                     KV("offset", b->records[i].offset), KV("code", (const char *)why->code),
                     KV("reason", (const char *)why->text));
        TRY(dead_letter_send(st, &b->records[i], why, b->now, e));
    }
    if (n > 1)
        LOG_WARN(MSG("more dead letters in the same batch"), KV("count", (int64_t)n - 1));
    return ERR_NONE;
}

static enum err_class
write_tally(struct stream *st, const struct batch *b, struct err *e)
{
    struct str *topics = ARENA_NEW(st->mem, struct str, st->n_positions);
    int32_t *partitions = ARENA_NEW(st->mem, int32_t, st->n_positions);
    int64_t *counts[N_OUTCOMES];
    size_t n = 0;

    for (int k = 0; k < N_OUTCOMES; k++)
        counts[k] = ARENA_NEW(st->mem, int64_t, st->n_positions);
    for (size_t i = 0; i < b->n; i++) {
        assert(b->outcome[i] < N_OUTCOMES);
        stream_position(st, &b->records[i])->counts[b->outcome[i]]++;
    }
    for (size_t i = 0; i < st->n_positions; i++) {
        const struct position *p = &st->positions[i];
        if (p->to < 0)
            continue;
        topics[n] = str_of(p->topic);
        partitions[n] = p->partition;
        for (int k = 0; k < N_OUTCOMES; k++)
            counts[k][n] = p->counts[k];
        n++;
    }
    return pg_send(st->db, e, &sql_tally, PG_CSTR(st->group), PG_TEXTS(topics, n),
                   PG_I32S(partitions, n), PG_I64S(counts[OUTCOME_APPLIED], n),
                   PG_I64S(counts[OUTCOME_DUPLICATE], n), PG_I64S(counts[OUTCOME_STALE], n),
                   PG_I64S(counts[OUTCOME_DEAD], n));
}

#ifndef MILLRACE_FAILPOINTS
struct reading { struct stream *st; const struct batch *b; };

static void
note_unknown_key(void *ctx, struct str text, struct str key)
{
    const struct reading *r = ctx;
    (void)key;
    for (size_t i = 0; i < r->b->n; i++)
        if (r->b->records[i].value.p == text.p)
            stream_position(r->st, &r->b->records[i])->unknown_keys++;
}
#endif

/* A newer producer may know more keys than we: they are ignored and counted. Test flavours refuse
 * them, because there everything is of one version and a key that nobody knows is a mistake. */
static enum err_class
apply(struct stream *st, struct batch *b, struct err *e)
{
#ifndef MILLRACE_FAILPOINTS
    struct reading reading = { st, b };
    shape_forgive(note_unknown_key, &reading);
#endif
    const enum err_class class = st->spec.apply(st->spec.ctx, st->db, b, e);
    shape_forgive(NULL, NULL);
    return class;
}

static enum err_class
in_transaction(struct stream *st, struct batch *b, const struct err *dead, struct err *e)
{
    TRY(pg_begin(st->db, e));
    FAILPOINT("stream_begin", e);
    TRY(move_offsets(st, b, e));
    if (dead != NULL)
        batch_reject(b, 0, dead);
    if (dead == NULL)
        TRY(apply(st, b, e));
    else if (st->spec.bury != NULL)
        TRY(st->spec.bury(st->spec.ctx, st->db, b, e));
    TRY(write_dead_letters(st, b, e));
    TRY(write_tally(st, b, e));
    FAILPOINT("stream_applied", e);
    TRY(pg_commit(st->db, e));
    FAILPOINT("stream_committed", e);
    return ERR_NONE;
}

static void
count(const struct position *p)
{
    char labels[METRIC_LABELS_MAX];

    for (int k = 0; k < N_OUTCOMES; k++)
        if (p->counts[k] > 0) {
            snprintf(labels, sizeof labels, "topic=\"%s\",outcome=\"%s\"", p->plain,
                     outcome_names[k]);
            metric_add(&events_total, labels, p->counts[k]);
        }
    if (p->unknown_keys > 0) {
        snprintf(labels, sizeof labels, "topic=\"%s\"", p->plain);
        metric_add(&unknown_keys_total, labels, p->unknown_keys);
    }
}

static void
observe(struct stream *st, const struct batch *b, int64_t began_us)
{
    char labels[METRIC_LABELS_MAX];
    const struct time_us now = clock_now();
    metric_observe_us(&batch_seconds, "", clock_monotonic_us() - began_us);
    for (size_t i = 0; i < b->n; i++) {
        struct position *p = stream_position(st, &b->records[i]);
        p->seen_at = b->records[i].timestamp;
        snprintf(labels, sizeof labels, "topic=\"%s\"", p->plain);
        metric_observe_us(&age_seconds, labels,
                          now.v > p->seen_at.v && p->seen_at.v != 0 ? now.v - p->seen_at.v : 0);
    }
    for (size_t i = 0; i < st->n_positions; i++)
        count(&st->positions[i]);
}

enum err_class
stream_transact(struct stream *st, const struct kafka_record *records, size_t n,
                const struct err *dead, struct err *e)
{
    const int64_t began_us = clock_monotonic_us();
    struct batch b = make_batch(st, records, n);
    const enum err_class class = in_transaction(st, &b, dead, e);
    if (class == ERR_NONE)
        observe(st, &b, began_us);
    else
        pg_rollback(st->db);
    for (size_t i = 0; i < st->n_positions; i++) {
        struct position *p = &st->positions[i];
        if (class == ERR_NONE && p->to >= 0)
            p->next = p->to;
        p->to = -1;
        memset(p->counts, 0, sizeof p->counts);
        p->unknown_keys = 0;
    }
    st->commit_due = st->commit_due || class == ERR_NONE;
    return class;
}
