/*
 * kafka.h: what producer, consumer and admin share: configuration, records, headers, error classes.
 *
 * All producers use acks=all, idempotence, lz4 and partitioner=murmur2_random (what Java clients
 * do), so that a record lands where a Java WMS would look for it.  kafka.* options of the
 * configuration are passed to librdkafka unchanged and stand above ours, except those that
 * correctness needs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KAFKA_KAFKA_H
#define KAFKA_KAFKA_H

#include "base/err.h"
#include "base/types.h"

enum { KAFKA_HEADERS_MAX = 24 };
struct kafka_option { const char *key, *value; };
struct kafka_header { const char *name; struct str value; };
struct kafka_settings {
    const struct kafka_option *options; /* kafka.* pass-through, bootstrap.servers among them */
    size_t n_options;
    const char *client_id;
};

/* Before a broker is asked: FATAL "UNKNOWN" or "INVALID" when librdkafka refuses kafka.KEY. */
MUST_CHECK enum err_class kafka_option_check(const char *key, const char *value, struct err *e);
/* What librdkafka calls its options; they stay for the life of the process. */
const char *const *kafka_option_names(size_t *n);

#endif
