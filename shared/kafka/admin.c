/*
 * admin.c: see admin.h.  Each call asks the cluster, waits for the one answer and reads it.
 *
 * Topics are altered by AlterConfigs, which replaces a topic's whole configuration: that is what a
 * declaration means, and librdkafka 2.0.2 has no incremental form.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kafka/admin.h"

#include <stdio.h>

#include "kafka/internal.h"

enum { ADMIN_MS = 15000 };

struct kafka_admin {
    rd_kafka_t *rk;
    rd_kafka_queue_t *answers;
};

enum err_class
kafka_admin_open(struct kafka_admin **ret, const struct kafka_settings *s, struct err *e)
{
    rd_kafka_conf_t *conf;
    TRY(kafka_conf(&conf, s, NULL, 0, e));
    CLEANUP(kafka_admin_free) struct kafka_admin *a = calloc(1, sizeof *a);
    if (a == NULL) {
        rd_kafka_conf_destroy(conf);
        return err_set(e, ERR_FATAL, "ENOMEM", "kafka: no memory for an admin client");
    }
    TRY(kafka_client(&a->rk, RD_KAFKA_PRODUCER, conf, e));
    a->answers = rd_kafka_queue_new(a->rk);
    *ret = TAKE(a);
    return ERR_NONE;
}

void
kafka_admin_free(struct kafka_admin *a)
{
    if (a == NULL)
        return;
    if (a->answers != NULL)
        rd_kafka_queue_destroy(a->answers);
    if (a->rk != NULL)
        rd_kafka_destroy(a->rk);
    free(a);
}

static void
event_free(rd_kafka_event_t *ev)
{
    rd_kafka_event_destroy(ev);
}
DEFINE_CLEANUP(event_free, rd_kafka_event_t *);

static void
metadata_free(const struct rd_kafka_metadata *m)
{
    rd_kafka_metadata_destroy(m);
}
DEFINE_CLEANUP(metadata_free, const struct rd_kafka_metadata *);

/* Waits for the answer to what was just asked; the caller frees the event. */
static enum err_class
answer(struct kafka_admin *a, const char *what, rd_kafka_event_t **ret, struct err *e)
{
    rd_kafka_event_t *ev = rd_kafka_queue_poll(a->answers, ADMIN_MS);
    if (ev == NULL)
        return kafka_error(RD_KAFKA_RESP_ERR__TIMED_OUT, what, NULL, e);
    *ret = ev;
    if (rd_kafka_event_error(ev) == RD_KAFKA_RESP_ERR_NO_ERROR)
        return ERR_NONE;
    return kafka_error(rd_kafka_event_error(ev), what, rd_kafka_event_error_string(ev), e);
}

static enum err_class
topic_result(const rd_kafka_topic_result_t *const *v, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        const rd_kafka_resp_err_t code = rd_kafka_topic_result_error(v[i]);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
            return kafka_error(code, rd_kafka_topic_result_name(v[i]),
                               rd_kafka_topic_result_error_string(v[i]), e);
    }
    return ERR_NONE;
}

static const struct rd_kafka_metadata_topic *
find_topic(const struct rd_kafka_metadata *m, const char *name)
{
    for (int i = 0; i < m->topic_cnt; i++)
        if (strcmp(m->topics[i].topic, name) == 0 && m->topics[i].partition_cnt > 0)
            return &m->topics[i];
    return NULL;
}

static enum err_class
describe_partitions(struct kafka_admin *a, const struct kafka_topic *wanted,
                    struct kafka_topic *actual, size_t n, struct err *e)
{
    CLEANUP(metadata_free) const struct rd_kafka_metadata *m = NULL;
    const rd_kafka_resp_err_t code = rd_kafka_metadata(a->rk, 1, NULL, &m, ADMIN_MS);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_error(code, "the cluster's topics", NULL, e);
    for (size_t i = 0; i < n; i++) {
        const struct rd_kafka_metadata_topic *t = find_topic(m, wanted[i].name);
        actual[i] = (struct kafka_topic){ .exists = t != NULL };
        memcpy(actual[i].name, wanted[i].name, sizeof actual[i].name);
        if (t == NULL)
            continue;
        actual[i].partitions = t->partition_cnt;
        actual[i].replication = t->partitions[0].replica_cnt;
    }
    return ERR_NONE;
}

static void
read_configs(const rd_kafka_ConfigResource_t *r, const struct kafka_topic *wanted,
             struct kafka_topic *actual)
{
    size_t n_entries;
    const rd_kafka_ConfigEntry_t **v = rd_kafka_ConfigResource_configs(r, &n_entries);
    for (size_t k = 0; k < wanted->n_configs; k++) {
        memcpy(actual->configs[k].key, wanted->configs[k].key, sizeof actual->configs[k].key);
        for (size_t i = 0; i < n_entries; i++) {
            const char *value = rd_kafka_ConfigEntry_value(v[i]);
            if (strcmp(rd_kafka_ConfigEntry_name(v[i]), wanted->configs[k].key) == 0)
                snprintf(actual->configs[k].value, sizeof actual->configs[k].value, "%s",
                         value != NULL ? value : "");
        }
    }
    actual->n_configs = wanted->n_configs;
}

static enum err_class
read_described(rd_kafka_event_t *ev, const struct kafka_topic *wanted, struct kafka_topic *actual,
               size_t n, struct err *e)
{
    size_t n_resources;
    const rd_kafka_ConfigResource_t **v = rd_kafka_DescribeConfigs_result_resources(
        rd_kafka_event_DescribeConfigs_result(ev), &n_resources);
    for (size_t i = 0; i < n_resources; i++) {
        const char *name = rd_kafka_ConfigResource_name(v[i]);
        const rd_kafka_resp_err_t code = rd_kafka_ConfigResource_error(v[i]);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
            return kafka_error(code, name, rd_kafka_ConfigResource_error_string(v[i]), e);
        for (size_t k = 0; k < n; k++)
            if (strcmp(wanted[k].name, name) == 0)
                read_configs(v[i], &wanted[k], &actual[k]);
    }
    return ERR_NONE;
}

enum err_class
kafka_admin_describe(struct kafka_admin *a, const struct kafka_topic *wanted,
                     struct kafka_topic *actual, size_t n, struct err *e)
{
    rd_kafka_ConfigResource_t *asked[KAFKA_TOPICS_MAX];
    size_t n_asked = 0;
    CLEANUP(event_free) rd_kafka_event_t *ev = NULL;

    if (n > KAFKA_TOPICS_MAX)
        return err_set(e, ERR_FATAL, "LIMIT", "kafka: more than %d topics", KAFKA_TOPICS_MAX);
    TRY(describe_partitions(a, wanted, actual, n, e));
    for (size_t i = 0; i < n; i++)
        if (actual[i].exists)
            asked[n_asked++] = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, wanted[i].name);
    if (n_asked == 0)
        return ERR_NONE;
    rd_kafka_DescribeConfigs(a->rk, asked, n_asked, NULL, a->answers);
    rd_kafka_ConfigResource_destroy_array(asked, n_asked);
    TRY(answer(a, "describe topics", &ev, e));
    return read_described(ev, wanted, actual, n, e);
}

enum err_class
kafka_admin_create(struct kafka_admin *a, const struct kafka_topic *t, struct err *e)
{
    char text[KAFKA_TEXT_SIZE];
    CLEANUP(event_free) rd_kafka_event_t *ev = NULL;
    rd_kafka_NewTopic_t *made =
        rd_kafka_NewTopic_new(t->name, t->partitions, t->replication, text, sizeof text);
    if (made == NULL)
        return err_set(e, ERR_FATAL, "INVALID", "kafka: %s: %s", t->name, text);
    for (size_t i = 0; i < t->n_configs; i++)
        (void)rd_kafka_NewTopic_set_config(made, t->configs[i].key, t->configs[i].value);
    rd_kafka_CreateTopics(a->rk, &made, 1, NULL, a->answers);
    rd_kafka_NewTopic_destroy(made);
    TRY(answer(a, t->name, &ev, e));
    size_t n;
    const rd_kafka_topic_result_t **v =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(ev), &n);
    return topic_result(v, n, e);
}

enum err_class
kafka_admin_add_partitions(struct kafka_admin *a, const char *topic, int32_t total, struct err *e)
{
    char text[KAFKA_TEXT_SIZE];
    CLEANUP(event_free) rd_kafka_event_t *ev = NULL;
    rd_kafka_NewPartitions_t *more =
        rd_kafka_NewPartitions_new(topic, (size_t)total, text, sizeof text);
    if (more == NULL)
        return err_set(e, ERR_FATAL, "INVALID", "kafka: %s: %s", topic, text);
    rd_kafka_CreatePartitions(a->rk, &more, 1, NULL, a->answers);
    rd_kafka_NewPartitions_destroy(more);
    TRY(answer(a, topic, &ev, e));
    size_t n;
    const rd_kafka_topic_result_t **v =
        rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(ev), &n);
    return topic_result(v, n, e);
}

enum err_class
kafka_admin_alter_configs(struct kafka_admin *a, const struct kafka_topic *t, struct err *e)
{
    CLEANUP(event_free) rd_kafka_event_t *ev = NULL;
    rd_kafka_ConfigResource_t *r = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, t->name);
    for (size_t i = 0; i < t->n_configs; i++)
        (void)rd_kafka_ConfigResource_set_config(r, t->configs[i].key, t->configs[i].value);
    rd_kafka_AlterConfigs(a->rk, &r, 1, NULL, a->answers);
    rd_kafka_ConfigResource_destroy(r);
    TRY(answer(a, t->name, &ev, e));
    size_t n;
    const rd_kafka_ConfigResource_t **v =
        rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(ev), &n);
    for (size_t i = 0; i < n; i++) {
        const rd_kafka_resp_err_t code = rd_kafka_ConfigResource_error(v[i]);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
            return kafka_error(code, t->name, rd_kafka_ConfigResource_error_string(v[i]), e);
    }
    return ERR_NONE;
}

enum err_class
kafka_admin_end_offsets(struct kafka_admin *a, const char *topic, int32_t partition, int64_t *low,
                        int64_t *high, struct err *e)
{
    int64_t lo, hi;
    const rd_kafka_resp_err_t code =
        rd_kafka_query_watermark_offsets(a->rk, topic, partition, &lo, &hi, KAFKA_ASK_MS);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_error(code, topic, NULL, e);
    *low = lo;
    *high = hi;
    return ERR_NONE;
}
