/*
 * topics.h: the topics as schemas/topics declares them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MILLRACE_TOPICS_H
#define MILLRACE_TOPICS_H

#include "kafka/admin.h"

struct topics {
    struct kafka_topic v[KAFKA_TOPICS_MAX];
    size_t n;
};
/* Reads a declaration; names get the prefix. FATAL "line N: ..." */
MUST_CHECK enum err_class topics_declared(const char *text, const char *prefix, struct topics *ret,
                                          struct err *e);

#endif
