/*
 * writer.h: the loop: records in, calls out, answers recorded, and what waits for its time.
 *
 * One thread.  A turn applies what Kafka brought, lets the calls in the air move on, and starts
 * what is due in each shop: fulfilments first, they are few and customers wait for them; stock
 * writes coalesce, so that waiting makes them fewer.  Everything that matters is in Postgres: a
 * process that dies at any moment leaves requests and intents behind, which the next one goes on
 * with.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_WRITER_WRITER_H
#define SHOPIFY_WRITER_WRITER_H

#include "config.h"
#include "http/multi.h"
#include "pg/pg.h"
#include "service/publish.h"
#include "service/stream.h"
#include "shopify/client.h"
#include "shopify_writer_sql.h"

enum call_kind { CALL_STOCK_WRITE, CALL_STOCK_READ, CALL_PARCEL_READ, CALL_PARCEL_WRITE };
enum { CALL_KINDS = CALL_PARCEL_WRITE + 1, REPORTS_MAX = 500 };

struct shop_state {
    const struct shop_conf *conf;
    struct shopify *api;
    bool writes_stock, writes_parcels; /* what its mode allows; what it does not is reported */
    bool paused;                       /* a person must act, an exception says so; still tried */
    int failures;                      /* in a row */
    int64_t hold_until_ms;             /* monotonic: no call before it */
    size_t in_flight[CALL_KINDS];
    int64_t cost_in_flight;
    bool weighing;                     /* a channel's first push was not over when last weighed */
    int64_t weigh_at_ms;               /* monotonic */
};

struct writer {
    struct service *svc;
    struct pg *db;
    struct publisher *out;
    const struct config *cfg;
    struct http_multi *http;
    const char *owner; /* our slot */
    struct shop_state shops[SHOPS_MAX];
    size_t n_shops;
    struct err fatal;          /* from within a call's answer; ends the process */
    int64_t look_at_ms;        /* monotonic: when to look for due work again */
    int64_t report_at_ms;
    int64_t reports[REPORTS_MAX]; /* ids of those that Kafka has not acknowledged yet */
    size_t n_reports;
    int64_t reports_until_ms;  /* monotonic: given up then, and queued again */
    int64_t prune_at_ms;
    int attempt;               /* turns in a row that failed */
    bool moved;                /* something happened that may have made work due */
};

MUST_CHECK enum err_class writer_open(struct writer **ret, struct service *svc, struct pg *db,
                                      struct publisher *out, const struct config *cfg,
                                      struct err *e);
void writer_free(struct writer *w);
MUST_CHECK enum err_class writer_turn(struct writer *w, struct stream *in, struct err *e);
/* Waits for the calls in the air, then publishes what they reported; both for drain_ms at most.
 * What is left is in Postgres. */
MUST_CHECK enum err_class writer_drain(struct writer *w, struct err *e);
DEFINE_CLEANUP(writer_free, struct writer *);

/* A moment from now, in our clock. */
struct time_us writer_after_ms(int64_t ms);

#endif
