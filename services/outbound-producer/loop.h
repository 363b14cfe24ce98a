/*
 * loop.h: one turn: look whether there is anything, compute, publish, and sleep as long as is wise.
 *
 * Waking is by polling, because a NOTIFY in every transaction would serialise their commits.  A
 * turn that found work is followed by another at once; idle turns sleep twice as long each time,
 * up to poll_max_ms: that is what a change waits for after a pause, and what an idle process costs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OUTBOUND_PRODUCER_LOOP_H
#define OUTBOUND_PRODUCER_LOOP_H

#include "config.h"
#include "outbound_producer_sql.h"
#include "service/publish.h"

struct loop;
/* How long a value may take to Kafka: so long before its lease ends this process sends its last. */
int64_t loop_delivery_ms(const struct producer_conf *cfg);
MUST_CHECK enum err_class loop_open(struct loop **ret, struct service *svc, struct pg *db,
                                    struct publisher *out, const struct producer_conf *cfg,
                                    struct err *e);
void loop_free(struct loop *l);
/* Handles RETRY itself; only FATAL comes out. */
MUST_CHECK enum err_class loop_turn(struct loop *l, struct err *e);
/* Gives the lease back, so that a successor need not wait. */
MUST_CHECK enum err_class loop_drain(struct loop *l, struct err *e);
DEFINE_CLEANUP(loop_free, struct loop *);

#endif
