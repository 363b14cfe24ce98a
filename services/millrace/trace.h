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

/* Columns of all three statements. at is null: it has not happened, or nobody knows when. */
enum {
    EVENT_AT,
    EVENT_HOP,       /* who did it */
    EVENT_TOPIC,     /* of a record, without prefix; null: none */
    EVENT_PARTITION,
    EVENT_OFFSET,
    EVENT_OUTCOME,
    EVENT_MS_TO_KAFKA,  /* from Shopify's observation, or our decision */
    EVENT_MS_TO_COMMIT, /* from Kafka */
    EVENT_TEXT,
};

struct trace_head { struct str shop; int64_t order; struct str name, state, stands; };

void trace_page(struct arena *mem, const struct trace_head *h, const struct table *events,
                struct buf *out);

#endif
