/*
 * client.c: from settings to a librdkafka client, the same way for everybody.
 *
 * Our defaults come first, the configuration's kafka.* on top, what correctness needs last: trying
 * to change one of the latter is an error, because silence would be a surprise.  Properties that
 * only a newer library knows are tried and, when unknown, left out.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "kafka/internal.h"

enum { SLACK_NS = 1000000 };

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
