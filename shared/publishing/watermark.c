/*
 * watermark.c: how far a shop is in Kafka, recorded with the offsets from which on that is in
 * force.
 *
 * A watermark claims: everything that happened in the shop up to its moment lies below its offsets.
 * So its offsets are those of everything this process ever published (marks are never cleared), of
 * the watermark before (in SQL), and of what former owners of the shop published without a
 * watermark: they moved the cursor that this one goes on from.  There is none before the open
 * orders, which another service loads, are in Kafka.  The ends of all these topics, taken after the
 * lease was, are part of every watermark.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "kafka/admin.h"
#include "metrics/metrics.h"
#include "publishing/worker.h"
#include "publishing_sql.h"

static struct metric watermark_time =
    METRIC(METRIC_GAUGE, "millrace_watermark_timestamp_seconds",
           "Up to when everything that happened in a shop is in Kafka, in seconds since 1970; "
           "reads of stock are judged only up to it.");

/* Adds to the base one past the last record of each partition of a topic. */
static enum err_class
topic_ends(struct worker *w, const char *topic, struct err *e)
{
    CLEANUP(kafka_admin_free) struct kafka_admin *admin = NULL;
    struct kafka_topic wanted = { 0 }, actual = { 0 };
    struct kafka_settings settings;
    int64_t low = 0;

    service_kafka_settings(w->desk->svc, &settings);
    TRY(kafka_admin_open(&admin, &settings, e));
    (void)snprintf(wanted.name, sizeof(wanted.name), "%s", service_topic(w->desk->svc, topic));
    TRY(kafka_admin_describe(admin, &wanted, &actual, 1, e));
    for (int32_t p = 0; p < actual.partitions; p++) {
        if (w->n_base == PUBLISH_MARKS_MAX)
            return err_set(e, ERR_FATAL, "", "%s: more than %d partitions for one watermark",
                           wanted.name, PUBLISH_MARKS_MAX);
        struct publish_mark *m = &w->base[w->n_base++];
        (void)snprintf(m->topic, sizeof(m->topic), "%s", topic);
        m->partition = p;
        TRY(kafka_admin_end_offsets(admin, wanted.name, p, &low, &m->next_offset, e));
    }
    return ERR_NONE;
}

static enum err_class
is_load_done(struct worker *w, bool *done, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;

    TRY(pg_exec(w->desk->db, e, &rows, &sql_read_cursor, PG_CSTR(w->shop->key),
                PG_CSTR(w->spec->needs_load)));
    *done = pg_n(rows) > 0 && str_is(pg_text(rows, 0, 1), "done");
    return ERR_NONE;
}

/* True in *known once the initial load is over and all ends are noted. */
static enum err_class
know_base(struct worker *w, bool *known, struct err *e)
{
    *known = true;
    if (w->base_known)
        return ERR_NONE;
    if (w->spec->needs_load != NULL)
        TRY(is_load_done(w, known, e));
    if (!*known)
        return ERR_NONE;
    w->n_base = 0;
    if (w->spec->needs_load != NULL)
        TRY(topic_ends(w, w->spec->needs_load, e));
    TRY(topic_ends(w, w->spec->body_topic, e));
    for (size_t i = 0; i < w->n_feeds; i++)
        if (w->feeds[i].feed->parts || w->feeds[i].feed->moves_stock)
            TRY(topic_ends(w, w->feeds[i].feed->stream, e)); /* the stream is named as its topic */
    w->base_known = true;
    return ERR_NONE;
}

enum err_class
watermark_record(struct worker *w, struct time_us through, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    struct publish_mark marks[3 * PUBLISH_MARKS_MAX];
    struct str topics[3 * PUBLISH_MARKS_MAX];
    int32_t partitions[3 * PUBLISH_MARKS_MAX];
    int64_t offsets[3 * PUBLISH_MARKS_MAX];
    bool known = false;

    TRY(know_base(w, &known, e));
    if (!known)
        return ERR_NONE;
    size_t n = publish_marks(w->desk->out, marks, PUBLISH_MARKS_MAX);
    n += publish_marks(w->other->out, marks + n, PUBLISH_MARKS_MAX);
    memcpy(marks + n, w->base, w->n_base * sizeof(*marks));
    n += w->n_base;
    for (size_t i = 0; i < n; i++) {
        topics[i] = str_of(service_topic(w->desk->svc, marks[i].topic));
        partitions[i] = marks[i].partition;
        offsets[i] = marks[i].next_offset;
    }
    TRY(pg_exec(w->desk->db, e, &rows, &sql_record_watermark, PG_CSTR(w->shop->key),
                PG_TIME(through), PG_CSTR(service_group(w->desk->svc, "order-state")),
                PG_TEXTS(topics, n), PG_I32S(partitions, n), PG_I64S(offsets, n)));
    metric_set(&watermark_time, w->trouble.labels, pg_time(rows, 0, 0).v);
    return ERR_NONE;
}
