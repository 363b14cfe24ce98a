/*
 * publish.c: see publish.h.
 *
 * Every record carries a number: its topic's place in the table, so that an acknowledgement finds
 * its mark without looking anything up but the partition, and which event it was, so that it finds
 * its place.  A number, because an acknowledgement may come long after whoever added it has given
 * up.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "service/publish.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/rand.h"
#include "metrics/metrics.h"

enum {
    TOPICS_MAX = 32,
    TOPIC_BITS = 5, /* of a record's number */
    ID_SIZE = 512,
    QUEUE_WAIT_MS = 100, /* for room in the client's queue */
    QUEUE_WAITS_MAX = 300,
    FLUSH_SLICE_MS = 200, /* the loop shows that it is alive in between */
};

static struct metric published_total =
    METRIC(METRIC_COUNTER, "millrace_published_total",
           "Records sent to Kafka by topic and outcome; failed ones are sent again.");

struct topic {
    char plain[64];
    const char *full;
};

struct publisher {
    struct service *s;
    struct kafka_producer *kafka;
    struct topic topics[TOPICS_MAX];
    size_t n_topics;
    struct publish_mark marks[PUBLISH_MARKS_MAX];
    size_t n_marks;
    struct publish_place *places; /* of events first, first + 1, ..; NULL: nobody asks */
    size_t max_places;
    uint64_t first, added; /* events before the last clear; events so far */
    struct err failure; /* the first since the last wait */
};
_Static_assert(TOPICS_MAX <= 1 << TOPIC_BITS, "a topic's place fits its bits");

static void
count(const struct topic *t, const char *outcome)
{
    char labels[METRIC_LABELS_MAX];
    snprintf(labels, sizeof labels, "topic=\"%s\",outcome=\"%s\"", t->plain, outcome);
    metric_add(&published_total, labels, 1);
}

static enum err_class
mark(struct publisher *p, const struct topic *t, int32_t partition, int64_t next, struct err *e)
{
    size_t i = 0;
    while (i < p->n_marks &&
           (p->marks[i].partition != partition || strcmp(p->marks[i].topic, t->plain) != 0))
        i++;
    if (i == PUBLISH_MARKS_MAX)
        return err_set(e, ERR_FATAL, "LIMIT", "publish: more than %d partitions between two clears",
                       PUBLISH_MARKS_MAX);
    if (i == p->n_marks) {
        p->marks[p->n_marks++].partition = partition;
        memcpy(p->marks[i].topic, t->plain, sizeof p->marks[i].topic);
        p->marks[i].next_offset = 0;
    }
    if (next > p->marks[i].next_offset)
        p->marks[i].next_offset = next;
    return ERR_NONE;
}

static void *
number(const struct publisher *p, const struct topic *t)
{
    return (void *)(uintptr_t)(p->added << TOPIC_BITS | (uint64_t)(t - p->topics));
}

static void
remember(struct publisher *p, uint64_t event, const struct kafka_delivery *d)
{
    if (event >= p->first && event - p->first < p->max_places)
        p->places[event - p->first] = (struct publish_place){ d->partition, d->offset };
}

static void
on_delivery(void *ctx, const struct kafka_delivery *d)
{
    struct publisher *p = ctx;
    const uint64_t n = (uintptr_t)d->opaque;
    const struct topic *t = &p->topics[n & ((1U << TOPIC_BITS) - 1)];
    struct err e = d->result;
    if (e.class == ERR_NONE)
        remember(p, n >> TOPIC_BITS, d);
    if (e.class == ERR_NONE && mark(p, t, d->partition, d->offset + 1, &e) == ERR_NONE) {
        count(t, "acknowledged");
        return;
    }
    count(t, "failed");
    if (p->failure.class == ERR_NONE || e.class == ERR_FATAL)
        p->failure = e;
}

static enum err_class
open_with(struct publisher **ret, struct service *s, const struct kafka_settings *settings,
          struct err *e)
{
    CLEANUP(publisher_free) struct publisher *p = calloc(1, sizeof *p);
    if (p == NULL)
        return err_set(e, ERR_FATAL, "ENOMEM", "no memory for a publisher");
    p->s = s;
    TRY(kafka_producer_open(&p->kafka, settings, on_delivery, p, e));
    *ret = TAKE(p);
    return ERR_NONE;
}

enum err_class
publisher_open(struct publisher **ret, struct service *s, struct err *e)
{
    struct kafka_settings settings;
    service_kafka_settings(s, &settings);
    return open_with(ret, s, &settings, e);
}

enum err_class
publisher_open_within(struct publisher **ret, struct service *s, int64_t delivery_ms,
                      struct err *e)
{
    struct kafka_settings settings;
    struct kafka_option options[CONF_PASS_MAX + 2];
    char text[24];

    service_kafka_settings(s, &settings);
    memcpy(options, settings.options, settings.n_options * sizeof *options);
    snprintf(text, sizeof text, "%" PRId64, delivery_ms);
    options[settings.n_options++] = (struct kafka_option){ "delivery.timeout.ms", text };
    settings.options = options;
    return open_with(ret, s, &settings, e);
}

void
publisher_free(struct publisher *p)
{
    if (p == NULL)
        return;
    kafka_producer_free(p->kafka);
    free(p->places);
    free(p);
}

static enum err_class
topic_of(struct publisher *p, const char *plain, struct topic **ret, struct err *e)
{
    for (size_t i = 0; i < p->n_topics; i++)
        if (strcmp(p->topics[i].plain, plain) == 0) {
            *ret = &p->topics[i];
            return ERR_NONE;
        }
    if (p->n_topics == TOPICS_MAX || strlen(plain) >= sizeof p->topics[0].plain)
        return err_set(e, ERR_FATAL, "LIMIT", "publish: topic %s: too many or too long", plain);
    struct topic *t = &p->topics[p->n_topics++];
    memcpy(t->plain, plain, strlen(plain) + 1);
    t->full = service_topic(p->s, plain);
    *ret = t;
    return ERR_NONE;
}

/* The client's queue has a limit; what is on its way makes room. */
static enum err_class
send(struct publisher *p, const struct topic *t, const struct event *ev,
     const struct kafka_header *headers, size_t n, struct err *e)
{
    for (int waits = 0;; waits++) {
        const enum err_class class =
            kafka_send(p->kafka, t->full, ev->key, ev->value, headers, n, number(p, t), e);
        p->added += class == ERR_NONE;
        if (class != ERR_RETRY || waits == QUEUE_WAITS_MAX || service_stopping(p->s))
            return class;
        kafka_producer_poll(p->kafka, QUEUE_WAIT_MS);
        service_beat(p->s);
    }
}

enum err_class
publish_add(struct publisher *p, const struct event *ev, struct err *e)
{
    char id[ID_SIZE], time[TIME_TEXT_SIZE], trace[64];
    struct topic *t;
    struct str traceparent = ev->traceparent;

    TRY(topic_of(p, ev->topic, &t, e));
    const int n = snprintf(id, sizeof id, "%s/%.*s@%.*s", ev->topic, (int)ev->key.n, ev->key.p,
                           (int)ev->version.n, ev->version.p);
    if (n < 0 || (size_t)n >= sizeof id)
        return err_set(e, ERR_REJECT, "TOO_LARGE", "publish: key and version exceed %d bytes",
                       ID_SIZE);
    if (traceparent.p == NULL) {
        snprintf(trace, sizeof trace, "00-%016" PRIx64 "%016" PRIx64 "-%016" PRIx64 "-01",
                 rand_u64(), rand_u64(), rand_u64());
        traceparent = str_of(trace);
    }
    const struct kafka_header headers[] = {
        { "ce_specversion", STR("1.0") },
        { "ce_id", str_of(id) },
        { "ce_type", str_of(ev->type) },
        { "ce_source", ev->source },
        { "ce_time", str_of(time_format(ev->time, time)) },
        { "content-type", STR("application/json") },
        { "traceparent", traceparent },
    };
    kafka_producer_poll(p->kafka, 0);
    return send(p, t, ev, headers, sizeof headers / sizeof headers[0], e);
}

enum err_class
publish_wait(struct publisher *p, int64_t timeout_ms, struct err *e)
{
    const int64_t until = clock_monotonic_ms() + timeout_ms;
    enum err_class class;
    do {
        const int64_t left = until - clock_monotonic_ms();
        class = kafka_flush(p->kafka,
                            left < 0                ? 0
                            : left < FLUSH_SLICE_MS ? left
                                                    : FLUSH_SLICE_MS,
                            e);
        service_beat(p->s);
    } while (class == ERR_RETRY && clock_monotonic_ms() < until);
    if (p->failure.class == ERR_NONE)
        return class;
    *e = p->failure;
    p->failure = (struct err){ 0 };
    return e->class;
}

size_t
publish_marks(const struct publisher *p, struct publish_mark *ret, size_t max)
{
    const size_t n = p->n_marks < max ? p->n_marks : max;
    memcpy(ret, p->marks, n * sizeof *ret);
    return n;
}

static void
forget_places(struct publisher *p)
{
    p->first = p->added;
    for (size_t i = 0; i < p->max_places; i++)
        p->places[i].offset = -1;
}

void
publish_marks_clear(struct publisher *p)
{
    p->n_marks = 0;
    forget_places(p);
}

enum err_class
publish_remember(struct publisher *p, size_t max, struct err *e)
{
    struct publish_place *places = calloc(max, sizeof *places);
    if (places == NULL)
        return err_set(e, ERR_FATAL, "ENOMEM", "no memory for the places of %zu events", max);
    free(p->places);
    p->places = places;
    p->max_places = max;
    forget_places(p);
    return ERR_NONE;
}

struct publish_place
publish_place(const struct publisher *p, size_t i)
{
    return i < p->max_places ? p->places[i] : (struct publish_place){ 0, -1 };
}
