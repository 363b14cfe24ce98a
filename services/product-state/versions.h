/*
 * versions.h: the history of products: every version that was seen takes its place in it, whenever
 * it came, and what changed is derived from neighbours.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PRODUCT_STATE_VERSIONS_H
#define PRODUCT_STATE_VERSIONS_H

#include "fact.h"
#include "pg/pg.h"
#include "relink.h"

/* A version that was seen. is_present: it has just become the product's row. */
struct seen_version {
    const struct fact *fact;
    bool is_present;
};

/* Inside the batch's transaction, after the products were saved. Gives the histories of those
 * products in which an earlier version was new: their variants are decided again. */
MUST_CHECK enum err_class versions_record(struct pg *db, const struct seen_version *v, size_t n,
                                          int64_t keep, enum identifier by, struct arena *mem,
                                          struct chain **ret, size_t *n_ret, struct err *e);

#endif
