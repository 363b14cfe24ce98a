/*
 * deliver.c: one consignment per request, counted down by delivery reports; see deliver.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "deliver.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/log.h"
#include "envelope.h"
#include "metrics/metrics.h"

static struct metric records_total =
    METRIC(METRIC_COUNTER, "millrace_ingest_records_total",
           "Rows by topic and outcome; refused rows were named in the answer.");
static struct metric ack_seconds =
    METRIC(METRIC_HISTOGRAM_US, "millrace_ingest_ack_seconds",
           "From the first byte of a request to the acknowledgement of its last record by Kafka.");
static struct metric in_flight_bytes =
    METRIC(METRIC_GAUGE, "millrace_ingest_in_flight_bytes",
           "Bytes of requests whose records Kafka has not acknowledged yet.");

struct consignment {
    TAILQ_ENTRY(consignment) link;
    struct courier *courier;
    const char *topic;
    struct httpd_request *request; /* NULL once answered */
    struct buf answer;             /* what a success says */
    size_t outstanding;            /* records without a report; one more while sending */
    size_t accepted, refused, bytes;
    bool failed;
    int64_t started_us, give_up_us;
};
TAILQ_HEAD(consignments, consignment);

struct courier {
    struct service *service;
    const struct config *cfg;
    struct kafka_producer *kafka;
    struct consignments waiting; /* unanswered, the oldest first */
    struct consignments late;    /* answered by the clock; reports are still to come */
    size_t bytes;
    bool down; /* Kafka failed a record, and none has succeeded since */
    struct err fatal;
};

static void
count(const char *topic, const char *outcome, size_t n)
{
    char labels[METRIC_LABELS_MAX];

    if (n == 0)
        return;
    snprintf(labels, sizeof labels, "outcome=\"%s\",topic=\"%s\"", outcome, topic);
    metric_add(&records_total, labels, (int64_t)n);
}

static void
answer(struct httpd_request *r, int status, struct str body)
{
    httpd_respond(r, status, "application/json", body);
}

/* --- the end ------------------------------------------------------------------------ */

static void
consignment_answer(struct consignment *x, bool success)
{
    struct courier *c = x->courier;
    char labels[METRIC_LABELS_MAX];

    if (x->request == NULL)
        return;
    TAILQ_REMOVE(&c->waiting, x, link);
    TAILQ_INSERT_TAIL(&c->late, x, link);
    count(x->topic, success ? "accepted" : "unacknowledged", x->accepted);
    count(x->topic, "refused", x->refused);
    if (success) {
        snprintf(labels, sizeof labels, "topic=\"%s\"", x->topic);
        metric_observe_us(&ack_seconds, labels, clock_monotonic_us() - x->started_us);
        answer(x->request, 202, buf_str(&x->answer));
    } else {
        answer(x->request, 503,
               STR("{\"error\":\"not stored yet: send the same again, event ids count once\"}"));
    }
    x->request = NULL;
}

/* One report less to wait for; the last one ends the consignment. */
static void
consignment_release(struct consignment *x)
{
    struct courier *c = x->courier;

    assert(x->outstanding > 0);
    if (--x->outstanding > 0)
        return;
    consignment_answer(x, !x->failed);
    TAILQ_REMOVE(&c->late, x, link);
    c->bytes -= x->bytes;
    metric_set(&in_flight_bytes, "", (int64_t)c->bytes);
    buf_fini(&x->answer);
    free(x);
}

static void
set_down(struct courier *c, const char *reason)
{
    c->down = reason != NULL;
    service_component(c->service, "kafka", reason);
}

static void
on_delivery(void *ctx, const struct kafka_delivery *d)
{
    struct courier *c = ctx;
    struct consignment *x = d->opaque;
    const bool good = d->result.class == ERR_NONE;

    if (d->result.class == ERR_FATAL)
        c->fatal = d->result;
    set_down(c, good ? NULL : "records are not acknowledged");
    x->failed = x->failed || !good;
    consignment_release(x);
}

/* --- the start ---------------------------------------------------------------------- */

static size_t
bytes_of(const struct intake *in)
{
    size_t n = 0;

    for (size_t i = 0; i < in->n_messages; i++)
        n += in->messages[i].key.n + in->messages[i].value.n;
    return n;
}

static struct consignment *
consignment_new(struct courier *c, struct httpd_request *r, const struct destination *to,
                const struct intake *in, size_t bytes)
{
    struct consignment *x = calloc(1, sizeof *x);

    if (x == NULL)
        return NULL;
    *x = (struct consignment){ .courier = c,
                               .topic = to->topic,
                               .request = r,
                               .outstanding = 1,
                               .accepted = in->n_messages,
                               .refused = in->n_refused,
                               .bytes = bytes,
                               .started_us = httpd_started_us(r),
                               .give_up_us = clock_monotonic_us() +
                                             c->cfg->ingest.ack_timeout_ms * US_PER_MS };
    buf_init(&x->answer, INTAKE_ANSWER_MAX);
    intake_answer(in, in->n_messages, &x->answer);
    c->bytes += bytes;
    metric_set(&in_flight_bytes, "", (int64_t)c->bytes);
    TAILQ_INSERT_TAIL(&c->waiting, x, link);
    return x;
}

static enum err_class
send_one(struct consignment *x, const struct destination *to, const struct message *m,
         struct str trace, struct arena *mem, struct err *e)
{
    struct courier *c = x->courier;
    struct envelope envelope;

    envelope_of(&envelope, to->topic, to->type, m, trace, mem);
    x->outstanding++;
    const enum err_class rc = kafka_send(c->kafka, service_topic(c->service, to->topic), m->key,
                                         m->value, envelope.headers, ENVELOPE_HEADERS, x, e);
    if (rc != ERR_NONE)
        x->outstanding--;
    return rc;
}

/* In the order of the rows, so that rows of one key keep it. */
static void
send_all(struct consignment *x, const struct destination *to, const struct intake *in,
         struct str trace)
{
    struct err e = { 0 };

    for (size_t i = 0; i < in->n_messages && !x->failed; i++) {
        if (send_one(x, to, &in->messages[i], trace, in->mem, &e) == ERR_NONE)
            continue;
        x->failed = true;
        if (e.class == ERR_FATAL)
            x->courier->fatal = e;
        LOG_WARN(MSG("records not produced, answering 503"), KV("topic", to->topic),
                 KV("error", (const char *)e.text));
    }
}

void
courier_take(struct courier *c, struct httpd_request *r, const struct destination *to,
             const struct intake *in)
{
    const size_t bytes = bytes_of(in);
    const bool full = c->bytes + bytes > (size_t)c->cfg->ingest.in_flight_max;
    struct consignment *x = full ? NULL : consignment_new(c, r, to, in, bytes);

    if (x == NULL) {
        count(to->topic, "unacknowledged", in->n_messages);
        answer(r, 503, STR("{\"error\":\"too much is waiting: send the same again\"}"));
        return;
    }
    send_all(x, to, in, httpd_header(r, "traceparent"));
    consignment_release(x);
}

/* --- the loop's side ---------------------------------------------------------------- */

enum err_class
courier_open(struct courier **ret, struct service *s, const struct config *cfg, struct err *e)
{
    CLEANUP(courier_free) struct courier *c = calloc(1, sizeof *c);
    struct kafka_settings settings;

    if (c == NULL)
        return err_set(e, ERR_FATAL, "", "out of memory");
    c->service = s;
    c->cfg = cfg;
    TAILQ_INIT(&c->waiting);
    TAILQ_INIT(&c->late);
    service_kafka_settings(s, &settings);
    TRY(kafka_producer_open(&c->kafka, &settings, on_delivery, c, e));
    *ret = TAKE(c);
    return ERR_NONE;
}

static void
forget(struct consignments *list)
{
    struct consignment *x;

    while ((x = TAILQ_FIRST(list)) != NULL) {
        TAILQ_REMOVE(list, x, link);
        buf_fini(&x->answer);
        free(x);
    }
}

void
courier_free(struct courier *c)
{
    if (c == NULL)
        return;
    kafka_producer_free(c->kafka);
    forget(&c->waiting);
    forget(&c->late);
    free(c);
}

enum err_class
courier_turn(struct courier *c, struct err *e)
{
    const int64_t now_us = clock_monotonic_us();
    struct consignment *x;

    kafka_producer_poll(c->kafka, 0);
    while ((x = TAILQ_FIRST(&c->waiting)) != NULL && x->give_up_us <= now_us) {
        set_down(c, "records are not acknowledged in time");
        consignment_answer(x, false);
    }
    if (c->down && TAILQ_EMPTY(&c->waiting) && TAILQ_EMPTY(&c->late))
        set_down(c, NULL); /* nothing is left that could tell, so the next request may try */
    if (c->fatal.class == ERR_FATAL) {
        *e = c->fatal;
        return err_wrap(e, "ingest producer: ");
    }
    return ERR_NONE;
}

int64_t
courier_wait_ms(const struct courier *c, int64_t longest_ms)
{
    const struct consignment *x = TAILQ_FIRST(&c->waiting);

    if (x == NULL)
        return longest_ms;
    const int64_t left_ms = (x->give_up_us - clock_monotonic_us()) / US_PER_MS + 1;
    return left_ms < 0 ? 0 : left_ms < longest_ms ? left_ms : longest_ms;
}

int
courier_fd(struct courier *c)
{
    return kafka_producer_fd(c->kafka);
}
