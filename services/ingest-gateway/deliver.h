/*
 * deliver.h: the messages of one request go to Kafka together; the request is answered when all of
 * them are safe.
 *
 *   202  every accepted row is on all in-sync replicas; the body names the rows that were refused
 *   503  at least one is not, or not in time: send the same again, event ids make it count once
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef INGEST_GATEWAY_DELIVER_H
#define INGEST_GATEWAY_DELIVER_H

#include "config.h"
#include "intake.h"
#include "kafka/producer.h"

/* Where a kind of record goes. */
struct destination {
    const char *topic; /* without prefix */
    const char *type;
};

struct courier;

MUST_CHECK enum err_class courier_open(struct courier **ret, struct service *s,
                                       const struct config *cfg, struct err *e);
void courier_free(struct courier *c);
/* Sends and answers r, now or later. in holds at least one message; its arena may end with
 * the call. */
void courier_take(struct courier *c, struct httpd_request *r, const struct destination *to,
                  const struct intake *in);
/* Serves delivery reports and answers 503 to requests whose time is over.
 * FATAL: the producer is lost. */
MUST_CHECK enum err_class courier_turn(struct courier *c, struct err *e);
/* How long the loop may sleep without missing a time-out. */
int64_t courier_wait_ms(const struct courier *c, int64_t longest_ms);
/* Readable when delivery reports wait. */
int courier_fd(struct courier *c);
DEFINE_CLEANUP(courier_free, struct courier *);

#endif
