/*
 * compute.h: from items whose figures changed to promises under a new version, in one transaction.
 *
 * A mark (dirty_item) disappears only together with what was computed for it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OUTBOUND_PRODUCER_COMPUTE_H
#define OUTBOUND_PRODUCER_COMPUTE_H

#include "base/arena.h"
#include "pg/pg.h"

/* Computes up to `batch` items. *items: how many were taken; *changed: how many promises moved. */
MUST_CHECK enum err_class compute_dirty(struct pg *db, struct arena *mem, int64_t batch,
                                        size_t *items, int64_t *changed, struct err *e);
/* Marks the items of reads that only wait for a record whose watermark has passed them. */
MUST_CHECK enum err_class wake_judgements(struct pg *db, int64_t batch, struct err *e);

#endif
