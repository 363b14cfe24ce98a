/*
 * compare.h: objects of Shopify, a batch at a time, against the database.
 *
 * Owns     nothing: a batch's words are the arena's, and the arena is reset with the batch.
 * Errors   are the database's: ours, not the shop's.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RECONCILER_COMPARE_H
#define RECONCILER_COMPARE_H

#include "pg/pg.h"
#include "words.h"

enum { BATCH_MAX = 500 };

struct comparison {
    struct pg *db;
    const char *shop, *sweep, *kind, *labels;
    struct time_us horizon; /* what changed later may still be on its way */
    int64_t compared, different;
    size_t n;
    int64_t ids[BATCH_MAX], owners[BATCH_MAX];
    struct time_us updated[BATCH_MAX];
    struct str words[BATCH_MAX];
};

/* Adds one; a full batch is compared. */
MUST_CHECK enum err_class compare_add(struct comparison *c, const struct seen_object *o,
                                      struct err *e);
/* Of what was deleted there: asks for what is still here, and counts it in *different. */
MUST_CHECK enum err_class compare_deleted(const struct comparison *c, const int64_t *ids,
                                          const struct time_us *at, size_t n, int64_t *different,
                                          struct err *e);
/* Compares what is left. A full sweep also keeps what it has met. */
MUST_CHECK enum err_class compare_flush(struct comparison *c, struct err *e);

#endif
