/*
 * admin.h: create, describe and compare topics.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KAFKA_ADMIN_H
#define KAFKA_ADMIN_H

#include "base/cleanup.h"
#include "kafka/kafka.h"

enum { KAFKA_TOPIC_CONFIGS_MAX = 8, KAFKA_TOPICS_MAX = 64 };
struct kafka_topic {
    char name[250];
    int32_t partitions;
    int32_t replication;
    size_t n_configs;
    struct { char key[64], value[64]; } configs[KAFKA_TOPIC_CONFIGS_MAX];
    bool exists;
};

struct kafka_admin;
MUST_CHECK enum err_class kafka_admin_open(struct kafka_admin **ret, const struct kafka_settings *s,
                                           struct err *e);
void kafka_admin_free(struct kafka_admin *a);
/* For each wanted topic fills `actual`: does it exist, its partitions, what its configs are. */
MUST_CHECK enum err_class kafka_admin_describe(struct kafka_admin *a,
                                               const struct kafka_topic *wanted,
                                               struct kafka_topic *actual, size_t n,
                                               struct err *e);
/* Creating a topic that exists is no error. */
MUST_CHECK enum err_class kafka_admin_create(struct kafka_admin *a, const struct kafka_topic *t,
                                             struct err *e);
MUST_CHECK enum err_class kafka_admin_add_partitions(struct kafka_admin *a, const char *topic,
                                                     int32_t total, struct err *e);
/* The topic's own configuration becomes exactly t->configs; the rest falls back to the broker's. */
MUST_CHECK enum err_class kafka_admin_alter_configs(struct kafka_admin *a,
                                                    const struct kafka_topic *t, struct err *e);
/* First and one-past-last offset, for `millrace status`. */
MUST_CHECK enum err_class kafka_admin_end_offsets(struct kafka_admin *a, const char *topic,
                                                  int32_t partition, int64_t *low, int64_t *high,
                                                  struct err *e);
DEFINE_CLEANUP(kafka_admin_free, struct kafka_admin *);

#endif
