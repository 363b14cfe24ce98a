/*
 * trace.h: the story of an order, as trace.c finds it and trace_page.c prints it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MILLRACE_TRACE_H
#define MILLRACE_TRACE_H

#include "base/arena.h"
#include "base/clock.h"
#include "cli.h"

struct trace_ms { bool known; int64_t v; };

/* All text is borrowed from the rows it came in. */
struct trace_event {
    struct time_us at; /* 0: has not happened, or nobody knows when */
    size_t place;      /* among events of one moment */
    struct str hop;    /* who did it */
    struct str topic;  /* of a record, without prefix; p NULL: none */
    int64_t partition, offset; /* offset -1: none */
    struct str outcome;
    struct trace_ms to_kafka;  /* from Shopify's observation, or our decision */
    struct trace_ms to_commit; /* from Kafka */
    struct str text;
};

struct trace_head { struct str shop; int64_t order; struct str name, state, stands; };

void trace_page(struct arena *mem, const struct trace_head *h, const struct trace_event *v,
                size_t n, struct buf *out);

#endif
