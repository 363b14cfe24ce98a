/*
 * announce.c: all feeds are queued, acknowledged and marked together, so that a turn waits for
 * Kafka once; see announce.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "announce.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "metrics/metrics.h"
#include "outbound_producer_sql.h"

enum { VALUE_MAX = 4 << 20, SUBJECT_MAX = 512 };
enum { COL_ID, COL_KEY, COL_VERSION, COL_TIME, COL_SOURCE, COL_VALUE };

static struct metric delay_us = METRIC(
    METRIC_HISTOGRAM_US, "millrace_publish_delay_seconds",
    "From the decision's commit to Kafka's acknowledgement, by topic.");

/* A bug of ours in this very value: shown to people, and counted as published so that it blocks
 * none. */
static enum err_class
give_up(const struct announcer *a, const struct feed *f, struct str id, const struct err *why,
        struct err *e)
{
    char subject[SUBJECT_MAX];

    (void)snprintf(subject, sizeof subject, "%s/%.*s", f->topic, (int)id.n, id.p);
    LOG_ERROR(MSG("not published: the value breaks its schema; report this bug"),
              KV("subject", (const char *)subject), KV("error", (const char *)why->text));
    return pg_exec(a->db, e, NULL, &sql_unpublishable, PG_CSTR(subject), PG_CSTR(why->text),
                   PG_TIME(clock_now()));
}

static enum err_class
send_one(const struct announcer *a, const struct feed *f, struct arena *mem,
         const struct pg_rows *rows, size_t i, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf value;
    char version[32];

    if (a->lease->until_ms - clock_monotonic_ms() < a->delivery_ms)
        return err_set(e, ERR_RETRY, "late", "too little of lease %s is left to publish the rest"
                                             " under it; it is renewed first", a->lease->name);
    buf_init(&value, VALUE_MAX);
    if (!pg_is_null(rows, i, COL_VALUE))
        TRY(f->canonical(pg_text(rows, i, COL_VALUE), mem, &value, e));
    (void)snprintf(version, sizeof version, "%" PRId64, pg_i64(rows, i, COL_VERSION));
    const struct event event = {
        .topic = f->topic,
        .key = pg_text(rows, i, COL_KEY),
        .value = pg_is_null(rows, i, COL_VALUE) ? (struct str){ 0 } : buf_str(&value),
        .type = f->type,
        .source = pg_text(rows, i, COL_SOURCE),
        .version = str_of(version),
        .time = pg_time(rows, i, COL_TIME),
    };
    return publish_add(a->out, &event, e);
}

/* Kafka has it since an earlier turn, whose mark met a row that somebody held: its place there,
 * else told->n. */
static size_t
told_place(const struct sent *told, struct str id, int64_t version)
{
    size_t i = 0;

    while (i < told->n && (told->versions[i] != version || !str_eq(told->ids[i], id)))
        i++;
    return i;
}

static struct sent
sent_new(struct arena *mem, size_t n)
{
    return (struct sent){ ARENA_NEW(mem, struct str, n), ARENA_NEW(mem, int64_t, n),
                          ARENA_NEW(mem, int64_t, n),    ARENA_NEW(mem, int64_t, n),
                          ARENA_NEW(mem, int64_t, n),    ARENA_NEW(mem, int64_t, n), n, 0 };
}

/* *events: how many were added to the publisher in this turn. */
static enum err_class
send_new(const struct announcer *a, const struct feed *f, struct arena *mem,
         const struct pg_rows *rows, size_t i, struct sent *s, int64_t *events, struct err *e)
{
    s->times[i] = pg_time(rows, i, COL_TIME).v;
    s->n_new++;
    const enum err_class class = send_one(a, f, mem, rows, i, e);
    if (class == ERR_NONE)
        s->events[i] = (*events)++;
    if (class != ERR_REJECT)
        return class;
    const struct err why = *e;
    return give_up(a, f, s->ids[i], &why, e);
}

static enum err_class
send_feed(const struct announcer *a, const struct feed *f, struct arena *mem, struct sent *ret,
          int64_t *events, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    const struct sent *told = &a->told->sent[f - feeds];

    TRY(pg_exec(a->db, e, &rows, f->pending, PG_I64(a->batch)));
    *ret = sent_new(mem, pg_n(rows));
    FAILPOINT("outbound_read", e);
    for (size_t i = 0; i < pg_n(rows); i++) {
        ret->ids[i] = arena_str(mem, pg_text(rows, i, COL_ID));
        ret->versions[i] = pg_i64(rows, i, COL_VERSION);
        ret->events[i] = ret->offsets[i] = -1;
        const size_t known = told_place(told, ret->ids[i], ret->versions[i]);
        if (known < told->n) {
            ret->partitions[i] = told->partitions[known];
            ret->offsets[i] = told->offsets[known];
        } else {
            TRY(send_new(a, f, mem, rows, i, ret, events, e));
        }
    }
    return ERR_NONE;
}

/* Kafka has all of them: where? */
static void
find_places(const struct publisher *out, struct sent sent[FEEDS])
{
    for (size_t f = 0; f < FEEDS; f++)
        for (size_t i = 0; i < sent[f].n; i++) {
            if (sent[f].events[i] < 0)
                continue;
            const struct publish_place at = publish_place(out, (size_t)sent[f].events[i]);
            sent[f].partitions[i] = at.partition;
            sent[f].offsets[i] = at.offset;
        }
}

static enum err_class
mark(const struct announcer *a, const struct sent sent[FEEDS], struct time_us at, struct err *e)
{
    TRY(pg_begin(a->db, e));
    TRY(lease_check(a->db, a->lease, e));
    for (size_t i = 0; i < FEEDS; i++)
        if (sent[i].n > 0)
            TRY(feed_mark(a->db, &feeds[i], &sent[i], at, e));
    return pg_commit(a->db, e);
}

static void
observe(const struct sent sent[FEEDS], struct time_us now)
{
    char labels[METRIC_LABELS_MAX];

    for (size_t i = 0; i < FEEDS; i++) {
        (void)snprintf(labels, sizeof labels, "topic=\"%s\"", feeds[i].topic);
        for (size_t k = 0; k < sent[i].n; k++)
            if (sent[i].times[k] != 0)
                metric_observe_us(&delay_us, labels, now.v - sent[i].times[k]);
    }
}

static void
remember(struct told *told, struct arena *mem, const struct sent sent[FEEDS])
{
    told_fini(told);
    told->mem = mem;
    memcpy(told->sent, sent, sizeof told->sent);
}

enum err_class
announce(const struct announcer *a, const bool pending[FEED_SOURCES], size_t *n, struct err *e)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();
    struct sent sent[FEEDS] = { 0 };
    size_t found = 0;
    int64_t events = 0;

    *n = 0;
    publish_marks_clear(a->out);
    for (size_t i = 0; i < FEEDS; i++) {
        if (pending[feeds[i].source])
            TRY(send_feed(a, &feeds[i], mem, &sent[i], &events, e));
        found += sent[i].n;
        *n += sent[i].n_new;
    }
    if (found == 0)
        return ERR_NONE;
    TRY(publish_wait(a->out, a->ack_timeout_ms, e));
    const struct time_us at = clock_now();
    find_places(a->out, sent);
    FAILPOINT("outbound_produced", e);
    TRY(mark(a, sent, at, e));
    observe(sent, at);
    remember(a->told, TAKE(mem), sent);
    return ERR_NONE;
}

void
told_fini(struct told *told)
{
    if (told->mem != NULL)
        arena_free(told->mem);
    *told = (struct told){ 0 };
}
