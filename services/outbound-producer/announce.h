/*
 * announce.h: publishes what is pending and marks it when Kafka has it.
 *
 * A state-based outbox: a row is pending while its version is above its published version, so a
 * kill between the two only publishes it again, under the same id.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OUTBOUND_PRODUCER_ANNOUNCE_H
#define OUTBOUND_PRODUCER_ANNOUNCE_H

#include "feeds.h"
#include "service/lease.h"
#include "service/publish.h"

struct announcer {
    struct pg *db;
    struct publisher *out;
    const struct lease *lease; /* marks are made only while it is ours */
    int64_t batch, ack_timeout_ms;
    int64_t delivery_ms; /* Kafka has a value so long after it was sent, or never gets it */
};

/* One turn over the feeds whose source has something pending. *n: how many values went out. */
MUST_CHECK enum err_class announce(const struct announcer *a, struct arena *mem,
                                   const bool pending[FEED_SOURCES], size_t *n, struct err *e);

#endif
