/*
 * reread.h: orders that must be read from Shopify again, because of what their topic now holds.
 *
 * Compaction keeps the last record of a key, not the newest version: an older snapshot behind a
 * newer one would be all that a rebuild finds.  So the publisher is asked to read the order and
 * publish it again.  The same after two different bodies with one version.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef ORDER_STATE_REREAD_H
#define ORDER_STATE_REREAD_H

#include "facts.h"
#include "service/stream.h"

struct rereads {
    size_t n;
    struct str *shops, *topics, *plain;
    int64_t *orders;
    int32_t *partitions;
    struct time_us *updated, *observed;
    bool *ties;
};

struct rereads rereads_new(struct arena *mem, size_t max);
/* Fact k of the batch has its outcome, and may have met a rival (tie): does its topic (given
 * without prefix) end on the wrong record? */
void rereads_judge(struct rereads *to, const struct facts *x, size_t k, const struct batch *b,
                   const char *topic, bool tie);
/* Queues the hints; silent for records that are being replayed. */
MUST_CHECK enum err_class rereads_send(const struct rereads *r, const char *group, struct pg *db,
                                       struct time_us now, struct err *e);

#endif
