/*
 * receive.c: verify, produce, answer after the acknowledgement; see receive.h.
 *
 * A flight is one record on its way.  Its request is answered by the delivery report or by the
 * clock, whichever comes first; the flight itself ends with the report, because Kafka still holds
 * the bytes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "receive.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/log.h"
#include "metrics/metrics.h"
#include "resource.h"
#include "verify.h"

static struct metric webhooks_total =
    METRIC(METRIC_COUNTER, "millrace_webhooks_total",
           "Webhook deliveries by shop and outcome; only outcome=\"accepted\" was answered 200.");
static struct metric ack_seconds =
    METRIC(METRIC_HISTOGRAM_US, "millrace_webhook_ack_seconds",
           "From the first byte of a delivery to its acknowledgement by Kafka; Shopify waits 5 s.");
static struct metric in_flight_bytes =
    METRIC(METRIC_GAUGE, "millrace_webhook_in_flight_bytes",
           "Bytes of deliveries that Kafka has not acknowledged yet.");

struct flight {
    TAILQ_ENTRY(flight) link;
    struct httpd_request *request; /* NULL once answered */
    const struct shop_conf *shop;
    int64_t started_us, give_up_us;
    size_t bytes;
};
TAILQ_HEAD(flights, flight);

struct receiver {
    struct service *service;
    const struct config *cfg;
    struct kafka_producer *kafka;
    const char *topic;
    struct flights waiting; /* unanswered, the oldest first */
    struct flights late;    /* answered 503 by the clock; Kafka still holds the bytes */
    size_t bytes;           /* of all flights */
    bool down;              /* Kafka failed a delivery, and none has succeeded since */
    struct err fatal;       /* the producer is lost */
};

static void
count(const struct shop_conf *shop, const char *outcome)
{
    char labels[METRIC_LABELS_MAX];

    snprintf(labels, sizeof labels, "outcome=\"%s\",shop=\"%s\"", outcome,
             shop != NULL ? shop->key : "");
    metric_add(&webhooks_total, labels, 1);
}

static void
answer(struct httpd_request *r, int status, const char *text)
{
    httpd_respond(r, status, "text/plain; charset=utf-8", str_of(text));
}

/* --- the end of a flight ------------------------------------------------------------ */

static void
flight_answer(struct receiver *rc, struct flight *f, bool accepted)
{
    char labels[METRIC_LABELS_MAX];

    if (f->request == NULL)
        return;
    TAILQ_REMOVE(&rc->waiting, f, link);
    TAILQ_INSERT_TAIL(&rc->late, f, link);
    count(f->shop, accepted ? "accepted" : "unacknowledged");
    if (accepted) {
        snprintf(labels, sizeof labels, "shop=\"%s\"", f->shop->key);
        metric_observe_us(&ack_seconds, labels, clock_monotonic_us() - f->started_us);
    }
    answer(f->request, accepted ? 200 : 503, accepted ? "" : "not stored yet, deliver again\n");
    f->request = NULL;
}

static void
flight_end(struct receiver *rc, struct flight *f)
{
    assert(f->request == NULL && rc->bytes >= f->bytes);
    TAILQ_REMOVE(&rc->late, f, link);
    rc->bytes -= f->bytes;
    metric_set(&in_flight_bytes, "", (int64_t)rc->bytes);
    free(f);
}

static void
set_down(struct receiver *rc, const char *reason)
{
    rc->down = reason != NULL;
    service_component(rc->service, "kafka", reason);
}

static void
on_delivery(void *ctx, const struct kafka_delivery *d)
{
    struct receiver *rc = ctx;
    struct flight *f = d->opaque;
    const bool accepted = d->result.class == ERR_NONE;

    if (d->result.class == ERR_FATAL)
        rc->fatal = d->result;
    set_down(rc, accepted ? NULL : "deliveries are not acknowledged");
    flight_answer(rc, f, accepted);
    flight_end(rc, f);
}

/* --- the start of a flight ------------------------------------------------------------ */

static const struct {
    const char *http, *kafka;
} kept_headers[] = {
    { "X-Shopify-Topic", "x-shopify-topic" },
    { "X-Shopify-Shop-Domain", "x-shopify-shop-domain" },
    { "X-Shopify-API-Version", "x-shopify-api-version" },
    { "X-Shopify-Webhook-Id", "x-shopify-webhook-id" },
    { "X-Shopify-Event-Id", "x-shopify-event-id" },
    { "X-Shopify-Triggered-At", "x-shopify-triggered-at" },
    { "X-Shopify-Name", "x-shopify-name" },
};
enum { KEPT_HEADERS = sizeof(kept_headers) / sizeof(kept_headers[0]) };

static size_t
record_headers(const struct httpd_request *r, const char *received_at,
               struct kafka_header ret[KEPT_HEADERS + 1])
{
    size_t n = 0;

    for (size_t i = 0; i < KEPT_HEADERS; i++) {
        const struct str value = httpd_header(r, kept_headers[i].http);
        if (value.p != NULL)
            ret[n++] = (struct kafka_header){ kept_headers[i].kafka, value };
    }
    ret[n++] = (struct kafka_header){ "received_at", str_of(received_at) };
    return n;
}

static enum err_class
produce(struct receiver *rc, const struct shop_conf *shop, struct httpd_request *r,
        struct flight *f, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf key = { 0 };
    struct kafka_header headers[KEPT_HEADERS + 1];
    char received_at[TIME_TEXT_SIZE];

    buf_init(&key, RESOURCE_KEY_MAX);
    resource_key(&key, str_of(shop->key), httpd_header(r, "X-Shopify-Topic"),
                 httpd_header(r, "X-Shopify-Webhook-Id"), httpd_body(r));
    TRY(buf_check(&key, "key", e));
    time_format(clock_now(), received_at);
    const size_t n = record_headers(r, received_at, headers);
    return kafka_send(rc->kafka, rc->topic, buf_str(&key), httpd_body(r), headers, n, f, e);
}

static struct flight *
flight_begin(struct receiver *rc, const struct shop_conf *shop, struct httpd_request *r)
{
    struct flight *f = calloc(1, sizeof *f);

    if (f == NULL)
        return NULL;
    *f = (struct flight){ .request = r,
                          .shop = shop,
                          .started_us = httpd_started_us(r),
                          .bytes = httpd_body(r).n,
                          .give_up_us =
                              clock_monotonic_us() + rc->cfg->gateway.ack_timeout_ms * US_PER_MS };
    rc->bytes += f->bytes;
    metric_set(&in_flight_bytes, "", (int64_t)rc->bytes);
    TAILQ_INSERT_TAIL(&rc->waiting, f, link);
    return f;
}

static void
store(struct receiver *rc, const struct shop_conf *shop, struct httpd_request *r)
{
    struct err e = { 0 };
    const bool full = rc->bytes + httpd_body(r).n > (size_t)rc->cfg->gateway.in_flight_max;
    struct flight *f = full ? NULL : flight_begin(rc, shop, r);

    if (f == NULL) {
        count(shop, "unacknowledged");
        answer(r, 503, "too much is waiting to be stored, deliver again\n");
        return;
    }
    if (produce(rc, shop, r, f, &e) == ERR_NONE)
        return;
    LOG_WARN(MSG("webhook not produced, answering 503"), KV("shop", shop->key),
             KV("error", (const char *)e.text));
    if (e.class == ERR_FATAL)
        rc->fatal = e;
    flight_answer(rc, f, false);
    flight_end(rc, f);
}

/* --- the request ------------------------------------------------------------ */

static const struct shop_conf *
shop_of(const struct receiver *rc, struct str path)
{
    const struct str prefix = STR("/webhooks/");

    if (path.n <= prefix.n)
        return NULL;
    return shop_find(&rc->cfg->shops, (struct str){ path.p + prefix.n, path.n - prefix.n });
}

static bool
is_of_shop(const struct shop_conf *shop, const struct httpd_request *r)
{
    return shop->domain == NULL || str_is(httpd_header(r, "X-Shopify-Shop-Domain"), shop->domain);
}

static void
refuse(const struct shop_conf *shop, struct httpd_request *r, int status, const char *outcome,
       const char *text)
{
    count(shop, outcome);
    LOG_WARN(MSG("webhook refused"), KV("shop", shop != NULL ? shop->key : ""),
             KV("outcome", outcome), KV("status", status));
    answer(r, status, text);
}

void
receive_webhook(void *ctx, struct httpd_request *r)
{
    struct receiver *rc = ctx;
    const struct shop_conf *shop = shop_of(rc, httpd_path(r));

    if (shop == NULL) {
        refuse(NULL, r, 404, "unknown_shop", "not found\n");
        return;
    }
    switch (verify_signature(str_of(shop->webhook_secret), str_of(shop->webhook_secret_previous),
                             httpd_body(r), httpd_header(r, "X-Shopify-Hmac-Sha256"))) {
    case SIGNATURE_MISSING:
        refuse(shop, r, 401, "missing_signature", "unauthorized\n");
        return;
    case SIGNATURE_BAD:
        refuse(shop, r, 401, "bad_signature", "unauthorized\n");
        return;
    case SIGNATURE_VALID:
        break;
    }
    if (is_of_shop(shop, r))
        store(rc, shop, r);
    else
        refuse(shop, r, 403, "wrong_shop", "this address belongs to another shop\n");
}

/* --- the loop's side ------------------------------------------------------------ */

enum err_class
receiver_open(struct receiver **ret, struct service *s, const struct config *cfg, struct err *e)
{
    CLEANUP(receiver_free) struct receiver *rc = calloc(1, sizeof *rc);
    struct kafka_settings settings;

    if (rc == NULL)
        return err_set(e, ERR_FATAL, "", "out of memory");
    rc->service = s;
    rc->cfg = cfg;
    rc->topic = service_topic(s, "shopify-webhooks");
    TAILQ_INIT(&rc->waiting);
    TAILQ_INIT(&rc->late);
    service_kafka_settings(s, &settings);
    TRY(kafka_producer_open(&rc->kafka, &settings, on_delivery, rc, e));
    *ret = TAKE(rc);
    return ERR_NONE;
}

static void
forget(struct flights *flights)
{
    struct flight *f;

    while ((f = TAILQ_FIRST(flights)) != NULL) {
        TAILQ_REMOVE(flights, f, link);
        free(f);
    }
}

void
receiver_free(struct receiver *rc)
{
    if (rc == NULL)
        return;
    kafka_producer_free(rc->kafka);
    forget(&rc->waiting);
    forget(&rc->late);
    free(rc);
}

enum err_class
receiver_turn(struct receiver *rc, struct err *e)
{
    const int64_t now_us = clock_monotonic_us();
    struct flight *f;

    kafka_producer_poll(rc->kafka, 0);
    while ((f = TAILQ_FIRST(&rc->waiting)) != NULL && f->give_up_us <= now_us) {
        set_down(rc, "deliveries are not acknowledged in time");
        flight_answer(rc, f, false);
    }
    if (rc->down && TAILQ_EMPTY(&rc->waiting) && TAILQ_EMPTY(&rc->late))
        set_down(rc, NULL); /* nothing is left that could tell, so the next delivery may try */
    if (rc->fatal.class == ERR_FATAL) {
        *e = rc->fatal;
        return err_wrap(e, "webhook producer: ");
    }
    return ERR_NONE;
}

int64_t
receiver_wait_ms(const struct receiver *rc, int64_t longest_ms)
{
    const struct flight *f = TAILQ_FIRST(&rc->waiting);

    if (f == NULL)
        return longest_ms;
    const int64_t left_ms = (f->give_up_us - clock_monotonic_us()) / US_PER_MS + 1;
    return left_ms < 0 ? 0 : left_ms < longest_ms ? left_ms : longest_ms;
}

int
receiver_fd(struct receiver *rc)
{
    return kafka_producer_fd(rc->kafka);
}
