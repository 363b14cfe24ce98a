/*
 * producer.h: an idempotent producer whose every record is accounted for.
 *
 * kafka_send() copies and queues; the outcome comes back through the delivery function, called from
 * kafka_producer_poll() or kafka_flush() in the caller's thread, exactly once per accepted record.
 *
 * Errors   kafka_send: RETRY when the local queue is full (poll, then again) ; REJECT record too
 *          large; FATAL otherwise.  A delivery error carries its class: RETRY means "produce again"
 *          (the record's fate is unknown: ids are deterministic, so a double is harmless); FATAL
 *          means the producer is fenced or out of sequence: exit, the supervisor restarts the
 *          process.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KAFKA_PRODUCER_H
#define KAFKA_PRODUCER_H

#include "base/cleanup.h"
#include "kafka/kafka.h"

struct kafka_producer;
/* result->class is ERR_NONE when acknowledged; partition and offset are then valid. */
struct kafka_delivery {
    void *opaque;
    int32_t partition;
    int64_t offset;
    struct err result;
};
typedef void kafka_delivery_fn(void *ctx, const struct kafka_delivery *d);

MUST_CHECK enum err_class kafka_producer_open(struct kafka_producer **ret,
                                              const struct kafka_settings *settings,
                                              kafka_delivery_fn *fn, void *ctx, struct err *e);
void kafka_producer_free(struct kafka_producer *p); /* does not flush: drain first */
/* value.p NULL is a tombstone. */
MUST_CHECK enum err_class kafka_send(struct kafka_producer *p, const char *topic, struct str key,
                                     struct str value, const struct kafka_header *headers,
                                     size_t n_headers, void *opaque, struct err *e);
/* Serves delivery reports. */
void kafka_producer_poll(struct kafka_producer *p, int64_t timeout_ms);
/* Waits until nothing is in flight. RETRY with the number left when the time is over. */
MUST_CHECK enum err_class kafka_flush(struct kafka_producer *p, int64_t timeout_ms, struct err *e);
size_t kafka_in_flight(const struct kafka_producer *p);
/* Becomes readable when delivery reports wait; kafka_producer_poll(p, 0) empties it. -1: none. */
int kafka_producer_fd(struct kafka_producer *p);
DEFINE_CLEANUP(kafka_producer_free, struct kafka_producer *);

#endif
