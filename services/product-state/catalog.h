/*
 * catalog.h: the variants of applied products get their items and are written, with all that
 * follows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PRODUCT_STATE_CATALOG_H
#define PRODUCT_STATE_CATALOG_H

#include "fact.h"
#include "pg/pg.h"
#include "relink.h"

struct catalog_news {
    const struct fact *const *facts; /* their product rows have just been written */
    size_t n;
    struct chain *chains; /* histories into which an earlier version came */
    size_t n_chains;
};

/* Inside the batch's transaction. */
MUST_CHECK enum err_class catalog_save(struct pg *db, const struct catalog_news *news,
                                       enum identifier by, struct time_us now, struct arena *mem,
                                       struct err *e);

#endif
