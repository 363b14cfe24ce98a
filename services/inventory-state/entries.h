/*
 * entries.h: the ledger entries of one batch as columns, ready for one statement.  Pure.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef INVENTORY_STATE_ENTRIES_H
#define INVENTORY_STATE_ENTRIES_H

#include "base/arena.h"
#include "base/err.h"
#include "base/types.h"

/* Entry k is record record[k] of its batch; every column has n elements and room for max. */
struct entries {
    size_t n, max;
    size_t *record;
    struct str *items, *facilities, *sources, *events, *kinds;
    int64_t *quantities;
    struct time_us *as_of;
};

/* Room for max entries, in mem. */
struct entries entries_new(struct arena *mem, size_t max);
/* Decodes a record's value and appends it. produced: the record's own time (0: unknown); an entry
 * that is dated more than a day after it is refused, because a count from the future would shadow
 * all that follow. */
MUST_CHECK enum err_class entries_add(struct entries *to, size_t record, struct str value,
                                      struct time_us produced, struct arena *mem, struct err *e);

#endif
