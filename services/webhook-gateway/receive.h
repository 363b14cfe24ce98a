/*
 * receive.h: from a request to a durable record to an answer.
 *
 *   404  no such shop                      401  signature missing or wrong
 *   403  signed, but another shop's        503  not durable yet: Shopify delivers again
 *   200  only after every in-sync replica has the record
 *
 * Nothing is parsed, stored or logged of a body before its signature was verified.  Whatever is
 * signed is stored as it came, JSON or not, known topic or not: consumers judge it, and eight
 * refusals in a row would make Shopify delete the subscription.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEBHOOK_GATEWAY_RECEIVE_H
#define WEBHOOK_GATEWAY_RECEIVE_H

#include "config.h"
#include "kafka/producer.h"

struct receiver;

MUST_CHECK enum err_class receiver_open(struct receiver **ret, struct service *s,
                                        const struct config *cfg, struct err *e);
/* Deliveries still unreported are forgotten: drain first. */
void receiver_free(struct receiver *r);
/* The handler of POST /webhooks/; ctx is the receiver. */
httpd_handler_fn receive_webhook;
/* Serves delivery reports and answers 503 to requests whose time is over.
 * FATAL: the producer is lost. */
MUST_CHECK enum err_class receiver_turn(struct receiver *r, struct err *e);
/* How long the loop may sleep without missing a time-out: longest_ms when nothing is open. */
int64_t receiver_wait_ms(const struct receiver *r, int64_t longest_ms);
/* Readable when delivery reports wait. */
int receiver_fd(struct receiver *r);
DEFINE_CLEANUP(receiver_free, struct receiver *);

#endif
