/*
 * client.c: from settings to a librdkafka client, the same way for everybody.
 *
 * Our defaults come first, the configuration's kafka.* on top, what correctness needs last: trying
 * to change one of the latter is an error, because silence would be a surprise.  Properties that
 * only a newer library knows are tried and, when unknown, left out.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "kafka/internal.h"

enum { SLACK_NS = 1000000, OPTION_NAMES_MAX = 256, OPTION_NAME_SIZE = 64 };

/* librdkafka's threads call this; log_write() is made for it. */
static void
log_bridge(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    (void)rk;
    const enum log_level lv = level <= 2   ? LEVEL_ERROR
                              : level <= 4 ? LEVEL_WARN
                              : level <= 6 ? LEVEL_INFO
                                           : LEVEL_DEBUG;
    LOG_AT(lv, MSG("librdkafka"), KV("facility", facility), KV("text", text));
}

static enum err_class
set(rd_kafka_conf_t *conf, const char *key, const char *value, bool if_known, struct err *e)
{
    char text[KAFKA_TEXT_SIZE];
    const rd_kafka_conf_res_t rc = rd_kafka_conf_set(conf, key, value, text, sizeof text);
    if (rc == RD_KAFKA_CONF_OK || (rc == RD_KAFKA_CONF_UNKNOWN && if_known))
        return ERR_NONE;
    return err_set(e, ERR_FATAL, rc == RD_KAFKA_CONF_UNKNOWN ? "UNKNOWN" : "INVALID",
                   "kafka.%s: %s", key, text);
}

enum err_class
kafka_option_check(const char *key, const char *value, struct err *e)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    const enum err_class class = set(conf, key, value, false, e);
    rd_kafka_conf_destroy(conf);
    return class;
}

struct option_names { char text[OPTION_NAMES_MAX][OPTION_NAME_SIZE]; size_t n; };

static void
add_name(struct option_names *names, const char *name)
{
    if (names->n < OPTION_NAMES_MAX)
        (void)snprintf(names->text[names->n++], OPTION_NAME_SIZE, "%s", name);
}

/* Every other string of a dump is a name, the one behind it its value. */
static void
add_dump(struct option_names *names, const char **dump, size_t n)
{
    for (size_t i = 0; i < n; i += 2)
        add_name(names, dump[i]);
    rd_kafka_conf_dump_free(dump, n);
}

static void
find_names(struct option_names *names)
{
    /* a dump leaves out second names, by which most are known, and what has no default */
    static const char *const others[] = {
        "bootstrap.servers", "acks", "linger.ms", "retries", "compression.type", "client.rack",
        "delivery.timeout.ms", "max.in.flight", "max.partition.fetch.bytes", "sasl.mechanism",
        "sasl.username", "sasl.password", "ssl.ca.location", "ssl.certificate.location",
        "ssl.key.location", "ssl.key.password", "group.instance.id", "debug",
    };
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_topic_conf_t *topic = rd_kafka_topic_conf_new();
    size_t n;

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        add_name(names, others[i]);
    const char **dump = rd_kafka_conf_dump(conf, &n);
    add_dump(names, dump, n);
    dump = rd_kafka_topic_conf_dump(topic, &n);
    add_dump(names, dump, n);
    rd_kafka_topic_conf_destroy(topic);
    rd_kafka_conf_destroy(conf);
}

const char *const *
kafka_option_names(size_t *n)
{
    static struct option_names found;
    static const char *list[OPTION_NAMES_MAX];

    if (found.n == 0)
        find_names(&found);
    for (size_t i = 0; i < found.n; i++)
        list[i] = found.text[i];
    *n = found.n;
    return list;
}

static const struct property *
fixed(const struct property *v, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (v[i].kind == PROPERTY_FIXED && strcmp(v[i].key, key) == 0)
            return &v[i];
    return NULL;
}

static enum err_class
apply(rd_kafka_conf_t *conf, const struct kafka_settings *s, const struct property *v, size_t n,
      struct err *e)
{
    TRY(set(conf, "client.id", s->client_id != NULL ? s->client_id : "millrace", false, e));
    TRY(set(conf, "socket.nagle.disable", "true", false, e));
    TRY(set(conf, "socket.keepalive.enable", "true", false, e));
    TRY(set(conf, "reconnect.backoff.ms", "50", false, e));
    TRY(set(conf, "reconnect.backoff.max.ms", "1000", false, e));
    for (size_t i = 0; i < n; i++)
        if (v[i].value != NULL && v[i].kind != PROPERTY_FIXED)
            TRY(set(conf, v[i].key, v[i].value, v[i].kind == PROPERTY_IF_KNOWN, e));
    for (size_t i = 0; i < s->n_options; i++) {
        const struct property *f = fixed(v, n, s->options[i].key);
        if (f != NULL && (f->value == NULL || strcmp(f->value, s->options[i].value) != 0))
            return err_set(e, ERR_FATAL, "FIXED",
                           "kafka.%s is %s because correctness needs it; remove it from the "
                           "configuration",
                           f->key, f->value != NULL ? f->value : "unset");
        TRY(set(conf, s->options[i].key, s->options[i].value, false, e));
    }
    for (size_t i = 0; i < n; i++)
        if (v[i].value != NULL && v[i].kind == PROPERTY_FIXED)
            TRY(set(conf, v[i].key, v[i].value, false, e));
    return ERR_NONE;
}

enum err_class
kafka_conf(rd_kafka_conf_t **ret, const struct kafka_settings *s, const struct property *v,
           size_t n, struct err *e)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    const enum err_class class = apply(conf, s, v, n, e);
    if (class != ERR_NONE) {
        rd_kafka_conf_destroy(conf);
        return class;
    }
    rd_kafka_conf_set_log_cb(conf, log_bridge);
    *ret = conf;
    return ERR_NONE;
}

/* A thread inherits from the one that makes it how much later than asked its waits may end.  The
 * library rounds the wait for its next timer down to whole milliseconds and spins for what is left
 * of it, nearly all that an idle client costs; with this slack it sleeps through that. */
static rd_kafka_t *
new_client(rd_kafka_type_t type, rd_kafka_conf_t *conf, char *text, size_t size)
{
    const int ours = prctl(PR_GET_TIMERSLACK);
    if (ours > 0)
        (void)prctl(PR_SET_TIMERSLACK, (unsigned long)SLACK_NS);
    rd_kafka_t *rk = rd_kafka_new(type, conf, text, size);
    if (ours > 0)
        (void)prctl(PR_SET_TIMERSLACK, (unsigned long)ours);
    return rk;
}

enum err_class
kafka_client(rd_kafka_t **ret, rd_kafka_type_t type, rd_kafka_conf_t *conf, struct err *e)
{
    char text[KAFKA_TEXT_SIZE];
    rd_kafka_t *rk = new_client(type, conf, text, sizeof text);
    if (rk == NULL) { /* only then the configuration is still ours */
        rd_kafka_conf_destroy(conf);
        return err_set(e, ERR_FATAL, "INVALID", "kafka: %s", text);
    }
    *ret = rk;
    return ERR_NONE;
}
