/*
 * stream.h: exactly once from Kafka into Postgres: rows and offsets commit in one transaction.
 *
 * A turn of the loop polls a batch, opens a transaction, moves the offsets of the batch's
 * partitions by compare-and-set FIRST (advance_offset raises when another owner was here), lets the
 * service apply the records, writes dead letters and the tally (consumed = applied + duplicate +
 * stale + dead-lettered), and commits.
 *
 *   RETRY   nothing committed: rewind, back off with jitter; a batch that ran into the statement
 *           time-out is applied again in halves, as it would run into it for ever
 *   REJECT  rolled back: the batch is applied again in halves until the culprit stands alone, which
 *           is dead-lettered in the same transaction as the offset that skips it
 *   FATAL   exit; the supervisor restarts us
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVICE_STREAM_H
#define SERVICE_STREAM_H

#include "base/arena.h"
#include "kafka/consumer.h"
#include "pg/pg.h"
#include "service/service.h"

enum outcome { OUTCOME_APPLIED, OUTCOME_DUPLICATE, OUTCOME_STALE, OUTCOME_DEAD };

struct batch {
    const struct kafka_record *records;
    size_t n;
    enum outcome *outcome; /* set by the service; OUTCOME_APPLIED to begin with */
    struct arena *mem;     /* dies with the batch */
    struct time_us now;    /* the batch's one notion of now */
    struct err **why;      /* the stream's: why records were rejected */
};
/* Record i is bad: it becomes a dead letter with this reason, the others go on. */
void batch_reject(struct batch *b, size_t i, const struct err *why);

/* Applies b inside the open transaction. Returns by what must happen to the whole batch. */
typedef enum err_class stream_apply_fn(void *ctx, struct pg *db, struct batch *b, struct err *e);

struct stream_spec {
    const char *group;             /* without prefix */
    const char *const *topics;     /* without prefix, NULL-terminated */
    stream_apply_fn *apply;
    stream_apply_fn *bury;         /* what is written of a record beside its dead letter when it
                                      could not even be applied alone; NULL: nothing */
    void *ctx;
    size_t max_records;            /* 0: 1000 */
    int64_t linger_ms;             /* 0: 5 */
    int64_t wait_ms;               /* 0: 500: how long an idle turn blocks */
};
struct stream;
MUST_CHECK enum err_class stream_open(struct stream **ret, struct service *s, struct pg *db,
                                      const struct stream_spec *spec, struct err *e);
void stream_free(struct stream *st);
/* One turn. Handles RETRY and REJECT itself; only FATAL comes out. *handled: records, if wanted. */
MUST_CHECK enum err_class stream_step(struct stream *st, size_t *handled, struct err *e);
/* From now on an idle turn blocks wait_ms (0: not at all): for loops that have other work too. */
void stream_wait(struct stream *st, int64_t wait_ms);
/* The record's topic without the configured prefix. */
const char *stream_topic(const struct stream *st, const struct kafka_record *r);
DEFINE_CLEANUP(stream_free, struct stream *);

#endif
