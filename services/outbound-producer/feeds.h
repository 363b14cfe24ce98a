/*
 * feeds.h: what is published where: one row per topic, with the table that says what is pending
 * (and is marked when Kafka has it), the statement that yields it, and the domain's form that makes
 * the value canonical.
 *
 * Every pending statement yields id, key, version, time, source, value.  The id names the row that
 * is marked; the key is Kafka's.  A null value is a tombstone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OUTBOUND_PRODUCER_FEEDS_H
#define OUTBOUND_PRODUCER_FEEDS_H

#include "base/arena.h"
#include "base/buf.h"
#include "pg/pg.h"

enum feed_source { FEED_ATP, FEED_OUTBOX, FEED_REQUESTS }; /* the table that says what is pending */
enum { FEED_SOURCES = FEED_REQUESTS + 1 };

struct feed {
    const char *topic, *type;
    enum feed_source source;
    const struct pg_stmt *pending;
    /* Decodes by the closed shape, emits canonically: what breaks its schema is a bug of ours. */
    enum err_class (*canonical)(struct str json, struct arena *mem, struct buf *ret, struct err *e);
};

enum { FEEDS = 5 };
extern const struct feed feeds[FEEDS];

/* What one turn has published of one feed, or found published: Kafka has it. */
struct sent {
    struct str *ids;
    int64_t *versions;
    int64_t *times; /* 0: published by an earlier turn */
    int64_t *events; /* which one it was of this turn; -1: none */
    int64_t *partitions, *offsets; /* where Kafka has it; offset -1: nobody knows */
    size_t n, n_new;
};

/* Marks what was sent as published, acknowledged at `at`. */
MUST_CHECK enum err_class feed_mark(struct pg *db, const struct feed *f, const struct sent *s,
                                    struct time_us at, struct err *e);

#endif
