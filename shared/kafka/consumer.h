/*
 * consumer.h: a group member that starts where its owner says, and delivers bounded batches.
 *
 * On assignment the owner's function is asked for each partition's start (from Postgres); Kafka's
 * own commits are advisory and follow afterwards.  auto.offset.reset=error: an offset that no
 * longer exists is a FATAL error that names the gap.  Members are static (group.instance.id per
 * slot); a fenced double is FATAL. Assignor: range, so that order-keyed topics are co-partitioned.
 *
 * A batch is polled until `max_records`, `max_bytes` or, after the first record, `linger_ms`; an
 * idle poll blocks `wait_ms`.  Its records borrow from the batch and live until the next call or
 * kafka_consumer_free().
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KAFKA_CONSUMER_H
#define KAFKA_CONSUMER_H

#include "base/cleanup.h"
#include "kafka/kafka.h"

struct kafka_consumer;
struct kafka_record {
    const char *topic;
    int32_t partition;
    int64_t offset;
    struct str key, value; /* value.p NULL: tombstone */
    struct time_us timestamp;
    const struct kafka_header *headers;
    size_t n_headers;
};
struct kafka_partition { const char *topic; int32_t partition; int64_t offset; };

/*
 * Fill in `offset` of each partition: the first to be delivered. Called from kafka_poll_batch(),
 * which returns the function's error and asks again at the next call.
 */
typedef enum err_class kafka_assign_fn(void *ctx, struct kafka_partition *v, size_t n,
                                       struct err *e);
typedef void kafka_revoke_fn(void *ctx, const struct kafka_partition *v, size_t n);

struct kafka_consumer_settings {
    struct kafka_settings kafka;
    const char *group;
    const char *instance;         /* group.instance.id; NULL for a dynamic member */
    const char *const *topics;    /* NULL-terminated */
    kafka_assign_fn *assign;
    kafka_revoke_fn *revoke;      /* may be NULL */
    void *ctx;
    size_t max_records, max_bytes; /* 0: 1000 and 4 MiB */
    int64_t wait_ms, linger_ms;
};

MUST_CHECK enum err_class kafka_consumer_open(struct kafka_consumer **ret,
                                              const struct kafka_consumer_settings *s,
                                              struct err *e);
void kafka_consumer_free(struct kafka_consumer *c); /* leaves the group, unless static */
/* *n may be 0. RETRY: brokers away. FATAL: fenced, offset out of range, topic missing. */
MUST_CHECK enum err_class kafka_poll_batch(struct kafka_consumer *c,
                                           const struct kafka_record **ret, size_t *n,
                                           struct err *e);
/* Seek the partition back so that its records are delivered again, starting at offset. */
MUST_CHECK enum err_class kafka_rewind(struct kafka_consumer *c, const struct kafka_partition *at,
                                       size_t n, struct err *e);
/* Advisory: tells Kafka (and lag tools) the next offsets. Asynchronous. */
void kafka_commit(struct kafka_consumer *c, const struct kafka_partition *next, size_t n);
/* First and one-past-last offset that the broker holds. */
MUST_CHECK enum err_class kafka_watermarks(struct kafka_consumer *c, const char *topic,
                                           int32_t partition, int64_t *low, int64_t *high,
                                           struct err *e);
/* One past the last offset as the latest fetch told, without asking; -1 if none came yet. */
int64_t kafka_high_seen(struct kafka_consumer *c, const char *topic, int32_t partition);
/* From now on an idle poll blocks wait_ms: for loops that have other things to serve. */
void kafka_consumer_wait(struct kafka_consumer *c, int64_t wait_ms);
bool kafka_is_assigned(const struct kafka_consumer *c);
/* The last header of that name; p NULL if absent. */
struct str kafka_record_header(const struct kafka_record *r, const char *name);
DEFINE_CLEANUP(kafka_consumer_free, struct kafka_consumer *);

#endif
