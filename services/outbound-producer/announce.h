/*
 * announce.h: publishes what is pending and marks it when Kafka has it.
 *
 * A state-based outbox: a row is pending while its version is above its published version, so a
 * kill between the two only publishes it again, under the same id.  A row that somebody holds just
 * then stays unmarked, perhaps for long: it is not published again, only marked again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OUTBOUND_PRODUCER_ANNOUNCE_H
#define OUTBOUND_PRODUCER_ANNOUNCE_H

#include "feeds.h"
#include "service/lease.h"
#include "service/publish.h"

/* Of the last turn that marked; mem is NULL before the first. */
struct told {
    struct arena *mem;
    struct sent sent[FEEDS];
};

struct announcer {
    struct pg *db;
    struct publisher *out;
    const struct lease *lease; /* marks are made only while it is ours */
    struct told *told;
    int64_t batch, ack_timeout_ms;
    int64_t delivery_ms; /* Kafka has a value so long after it was sent, or never gets it */
};

/* One turn over the feeds whose source has something pending. *n: how many values went out. */
MUST_CHECK enum err_class announce(const struct announcer *a, const bool pending[FEED_SOURCES],
                                   size_t *n, struct err *e);
void told_fini(struct told *told);

#endif
