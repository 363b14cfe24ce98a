/*
 * internal.h: what consumer, producer and admin build their clients from.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KAFKA_INTERNAL_H
#define KAFKA_INTERNAL_H

#include <librdkafka/rdkafka.h>

#include "base/cleanup.h"
#include "kafka/kafka.h"

enum { KAFKA_TEXT_SIZE = 512, KAFKA_ASK_MS = 5000 };

/* A property of ours. Defaults may be changed by kafka.*; what correctness needs may not. */
enum property_kind { PROPERTY_DEFAULT, PROPERTY_FIXED, PROPERTY_IF_KNOWN /* newer library */ };
struct property {
    enum property_kind kind;
    const char *key, *value; /* value NULL: not set */
};

/* A configuration of those and of the settings, logging through ours. */
MUST_CHECK enum err_class kafka_conf(rd_kafka_conf_t **ret, const struct kafka_settings *s,
                                     const struct property *v, size_t n, struct err *e);
/* Takes the configuration. */
MUST_CHECK enum err_class kafka_client(rd_kafka_t **ret, rd_kafka_type_t type,
                                       rd_kafka_conf_t *conf, struct err *e);

enum err_class kafka_error_class(rd_kafka_resp_err_t code);
/* The code as an error of ours; detail may be NULL. */
enum err_class kafka_error(rd_kafka_resp_err_t code, const char *what, const char *detail,
                           struct err *e);

#endif
