/*
 * batch.h: the records of one poll, kept until the next.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KAFKA_BATCH_H
#define KAFKA_BATCH_H

#include "kafka/consumer.h"
#include "kafka/internal.h"

struct kafka_batch {
    size_t max_records, max_bytes, n, bytes;
    rd_kafka_message_t **held;
    struct kafka_record *records;
    struct kafka_header *headers; /* of all records, one after the other */
    size_t n_headers, cap_headers;
};

MUST_CHECK enum err_class kafka_batch_init(struct kafka_batch *b, size_t max_records,
                                           size_t max_bytes, struct err *e);
void kafka_batch_fini(struct kafka_batch *b);
void kafka_batch_clear(struct kafka_batch *b);
bool kafka_batch_full(const struct kafka_batch *b);
void kafka_batch_add(struct kafka_batch *b, rd_kafka_message_t *m); /* takes m */
/* The records may be read after this. */
void kafka_batch_finish(struct kafka_batch *b);

#endif
