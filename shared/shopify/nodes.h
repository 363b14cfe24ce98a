/*
 * nodes.h: read many objects of one kind by their ids, whole.
 *
 * nodes(ids) costs the same for one object and for many, so ids are read in batches.  A connection
 * that is longer than its first page is completed by further calls before the object is handed
 * over; after three seconds of that the rest of the batch is left for the next call.  An answer
 * that is not whole is no answer: only a null in its place says that an object is gone.
 *
 * A batch that fails is halved; success lets it grow.  So what cannot be read is soon alone, and
 * when it has failed alone five times, while the shop answers, it is blamed: the caller gives it up
 * and goes on.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_NODES_H
#define SHOPIFY_NODES_H

#include "shopify/client.h"
#include "shopify/map.h"

enum { NODES_BATCH_MAX = 50, NODES_PAGES_MAX = 256, NODES_SUSPECTS = 8 };

struct suspect { int64_t id; int failures; bool alone; /* once the shop has answered after it */ };
struct nodes {
    const struct text_file *doc; /* a query with $ids: [ID!]! whose root is nodes(ids: $ids) */
    const char *type;            /* "Order" */
    size_t batch;                /* adapts; 0 to begin with */
    int64_t cost;                /* what the last call asked for, for pacing */
    char denied[64];             /* a field that the token may not see: null in every object */
    int64_t blamed;              /* after an error: the first id cannot be read, and it alone */
    struct suspect suspects[NODES_SUSPECTS];
};

/* One object. node NULL: it is gone, or not visible to us. Its class ends the reading. */
typedef enum err_class node_fn(void *ctx, int64_t id, const struct json_value *node,
                               const struct pages *more, struct time_us began, struct err *e);

/* Reads the first ids, at most a batch; *done of them were handed over. An error of the shop leaves
 * *done at 0, says in *wait_ms when to try again, and in n->blamed whether that is worth it. */
MUST_CHECK enum err_class nodes_read(struct shopify *s, struct nodes *n, const int64_t *ids,
                                     size_t count, node_fn *fn, void *ctx, size_t *done,
                                     int64_t *wait_ms, struct err *e);

#endif
