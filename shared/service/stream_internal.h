/*
 * stream_internal.h: a stream as its files see it: stream.c decides what happens after a batch,
 * stream_batch.c makes one transaction of it, stream_offsets.c knows where each partition stands.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVICE_STREAM_INTERNAL_H
#define SERVICE_STREAM_INTERNAL_H

#include "service/stream.h"

enum { STREAM_TOPICS_MAX = 32, POSITIONS_MAX = 1024 };

/* Where a partition of ours stands in Postgres, as far as we know. */
struct position {
    const char *topic; /* full name, of the stream's list */
    const char *plain;
    int32_t partition;
    int64_t next;
    int32_t epoch;
    int64_t to;             /* where the open transaction moves it; -1: it does not */
    int64_t counts[4];      /* outcomes of the open transaction */
    int64_t unknown_keys;   /* that it ignored */
    struct time_us seen_at; /* Kafka's time of the last record committed */
};

struct stream {
    struct service *s;
    struct pg *db;
    struct stream_spec spec;
    struct kafka_consumer *in;
    const char *group;
    struct { const char *plain, *full; } topics[STREAM_TOPICS_MAX];
    size_t n_topics;
    struct position positions[POSITIONS_MAX]; /* by topic and partition: the order of locks */
    size_t n_positions;
    struct kafka_record *fresh; /* the batch without what was applied already */
    enum outcome *outcomes;
    struct arena *mem;
    size_t max_records;
    bool recover; /* after a RETRY: reload the positions and rewind to them before going on */
    int attempt;
    bool commit_due; /* Kafka has not been told the newest positions */
    int64_t committed_ms, lag_ms;
};

/* The records as one transaction with their offsets. dead: the one record becomes a dead letter. */
MUST_CHECK enum err_class stream_transact(struct stream *st, const struct kafka_record *records,
                                          size_t n, const struct err *dead, struct err *e);

struct position *stream_position(struct stream *st, const struct kafka_record *r);
MUST_CHECK enum err_class stream_on_assign(void *ctx, struct kafka_partition *v, size_t n,
                                           struct err *e);
void stream_on_revoke(void *ctx, const struct kafka_partition *v, size_t n);
/* Reads the positions anew and makes Kafka deliver from there. */
MUST_CHECK enum err_class stream_rewind(struct stream *st, struct err *e);
void stream_commit_to_kafka(struct stream *st);
void stream_observe_lag(struct stream *st);

/* dead_letter.c: queues the row. */
MUST_CHECK enum err_class dead_letter_send(struct stream *st, const struct kafka_record *r,
                                           const struct err *why, struct time_us now,
                                           struct err *e);

#endif
