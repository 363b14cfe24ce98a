/*
 * stream.c: the loop and its error policy; see stream.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "service/stream.h"

#include <string.h>

#include "base/log.h"
#include "metrics/metrics.h"
#include "service/stream_internal.h"

enum {
    MAX_RECORDS = 1000,
    MAX_BYTES = 4 << 20,
    LINGER_MS = 5,
    WAIT_MS = 500,
};

static struct metric errors_total = METRIC(
    METRIC_COUNTER, "millrace_errors_total",
    "Failures of the loop by class: retry repeats the work, reject makes dead letters, fatal "
    "ends the process.");

static enum err_class
name_topics(struct stream *st, const char *full[STREAM_TOPICS_MAX + 1], struct err *e)
{
    for (const char *const *t = st->spec.topics; *t != NULL; t++) {
        if (st->n_topics == STREAM_TOPICS_MAX)
            return err_set(e, ERR_FATAL, "LIMIT", "%s: more than %d topics", st->spec.group,
                           STREAM_TOPICS_MAX);
        st->topics[st->n_topics].plain = *t;
        full[st->n_topics] = st->topics[st->n_topics].full = service_topic(st->s, *t);
        st->n_topics++;
    }
    full[st->n_topics] = NULL;
    return ERR_NONE;
}

static enum err_class
open_consumer(struct stream *st, struct err *e)
{
    const char *full[STREAM_TOPICS_MAX + 1];
    TRY(name_topics(st, full, e));
    struct kafka_consumer_settings settings = {
        .group = st->group,
        .instance = service_instance(st->s),
        .topics = full,
        .assign = stream_on_assign,
        .revoke = stream_on_revoke,
        .ctx = st,
        .max_records = st->max_records,
        .max_bytes = MAX_BYTES,
        .wait_ms = st->spec.wait_ms > 0 ? st->spec.wait_ms : WAIT_MS,
        .linger_ms = st->spec.linger_ms > 0 ? st->spec.linger_ms : LINGER_MS,
    };
    service_kafka_settings(st->s, &settings.kafka);
    return kafka_consumer_open(&st->in, &settings, e);
}

enum err_class
stream_open(struct stream **ret, struct service *s, struct pg *db, const struct stream_spec *spec,
            struct err *e)
{
    CLEANUP(stream_free) struct stream *st = calloc(1, sizeof *st);
    if (st == NULL)
        return err_set(e, ERR_FATAL, "ENOMEM", "no memory for a stream");
    st->s = s;
    st->db = db;
    st->spec = *spec;
    st->group = service_group(s, spec->group);
    st->mem = arena_new();
    st->max_records = spec->max_records > 0 ? spec->max_records : MAX_RECORDS;
    st->fresh = calloc(st->max_records, sizeof *st->fresh);
    st->outcomes = calloc(st->max_records, sizeof *st->outcomes);
    if (st->fresh == NULL || st->outcomes == NULL)
        return err_set(e, ERR_FATAL, "ENOMEM", "no memory for batches of a stream");
    service_component(s, "kafka", "no partitions assigned yet");
    metric_add(&errors_total, "class=\"retry\"", 0); /* seen before they happen */
    metric_add(&errors_total, "class=\"reject\"", 0);
    TRY(open_consumer(st, e));
    *ret = TAKE(st);
    return ERR_NONE;
}

void
stream_free(struct stream *st)
{
    if (st == NULL)
        return;
    kafka_consumer_free(st->in);
    arena_free(st->mem);
    free(st->fresh);
    free(st->outcomes);
    free(st);
}

void
stream_wait(struct stream *st, int64_t wait_ms)
{
    kafka_consumer_wait(st->in, wait_ms);
}

const char *
stream_topic(const struct stream *st, const struct kafka_record *r)
{
    for (size_t i = 0; i < st->n_topics; i++)
        if (strcmp(st->topics[i].full, r->topic) == 0)
            return st->topics[i].plain;
    return r->topic;
}

/* After a rewind Kafka may still deliver what was committed: those are left out. */
static size_t
keep_fresh(struct stream *st, const struct kafka_record *records, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const struct position *p = stream_position(st, &records[i]);
        if (p != NULL && records[i].offset >= p->next)
            st->fresh[kept++] = records[i];
    }
    return kept;
}

static enum err_class
bury(struct stream *st, const struct kafka_record *r, struct err *e)
{
    const struct err why = *e;
    metric_add(&errors_total, "class=\"reject\"", 1);
    const enum err_class class = stream_transact(st, r, 1, &why, e);
    if (class != ERR_REJECT)
        return class;
    e->class = ERR_FATAL;
    return err_wrap(e, "a dead letter cannot be written: ");
}

/* Whether the time-out of a statement ended the transaction: of the same batch it would end the
 * next one too. */
static bool
is_too_slow(const struct stream *st, enum err_class class, const struct err *e)
{
    return class == ERR_RETRY && strcmp(e->code, "57014") == 0 && pg_healthy(st->db);
}

/* Halves what was refused until the culprits stand alone, and what takes too long until it does
 * not; all else is applied, in order. */
static enum err_class
isolate(struct stream *st, const struct kafka_record *v, size_t n, struct err *e)
{
    service_beat(st->s);
    const enum err_class class = stream_transact(st, v, n, NULL, e);
    if (class == ERR_REJECT && n == 1)
        return bury(st, v, e);
    const bool slow = n > 1 && is_too_slow(st, class, e);
    if (class != ERR_REJECT && !slow)
        return class;
    if (slow)
        LOG_WARN(MSG("the batch takes too long, going on in halves"), KV("group", st->group),
                 KV("records", (int64_t)n), KV("error", (const char *)e->text));
    TRY(isolate(st, v, n / 2, e));
    return isolate(st, v + n / 2, n - n / 2, e);
}

static enum err_class
recover(struct stream *st, struct err *e)
{
    if (!st->recover)
        return ERR_NONE;
    TRY(service_pg_restore(st->s, st->db, e));
    TRY(stream_rewind(st, e));
    st->recover = false;
    return ERR_NONE;
}

/*
 * While we cannot go on the group is served all the same; what it delivers is dropped, the rewind
 * brings it again. Only its FATAL counts (we were fenced, say): the caller has an error already.
 */
static enum err_class
serve_group(struct stream *st, enum err_class class, struct err *e)
{
    const struct kafka_record *dropped;
    struct err of_group = { 0 };
    size_t n;
    if (class == ERR_FATAL || kafka_poll_batch(st->in, &dropped, &n, &of_group) != ERR_FATAL)
        return class;
    *e = of_group;
    return ERR_FATAL;
}

static enum err_class
poll(struct stream *st, size_t *n, struct err *e)
{
    const struct kafka_record *records;
    const enum err_class class = kafka_poll_batch(st->in, &records, n, e);
    if (class != ERR_NONE)
        return class;
    service_component(st->s, "kafka",
                      kafka_is_assigned(st->in) ? NULL : "no partitions assigned yet");
    *n = keep_fresh(st, records, *n);
    return ERR_NONE;
}

/* Nothing was committed, or we do not know: wait, then begin again where Postgres says. */
static void
back_off(struct stream *st, bool from_kafka, const struct err *e)
{
    metric_add(&errors_total, "class=\"retry\"", 1);
    if (from_kafka && pg_healthy(st->db))
        service_component(st->s, "kafka", e->text);
    st->recover = true;
    service_back_off(st->s, &st->attempt, e);
}

enum err_class
stream_step(struct stream *st, size_t *handled, struct err *e)
{
    size_t n = 0;
    bool from_kafka = false;
    service_beat(st->s);
    enum err_class class = recover(st, e);
    if (class != ERR_NONE) {
        class = serve_group(st, class, e);
    } else {
        class = poll(st, &n, e);
        from_kafka = class != ERR_NONE;
    }
    if (class == ERR_NONE && n > 0)
        class = isolate(st, st->fresh, n, e);
    if (class == ERR_RETRY)
        back_off(st, from_kafka, e);
    else if (class == ERR_NONE)
        st->attempt = 0;
    stream_commit_to_kafka(st);
    stream_observe_lag(st);
    if (handled != NULL)
        *handled = class == ERR_NONE ? n : 0;
    if (class != ERR_FATAL)
        return ERR_NONE;
    metric_add(&errors_total, "class=\"fatal\"", 1);
    return class;
}
