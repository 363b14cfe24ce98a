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

/* Inside the batch's transaction. facts: those whose product rows have just been written. */
MUST_CHECK enum err_class catalog_save(struct pg *db, const struct fact *const *facts, size_t n,
                                       struct time_us now, struct arena *mem, struct err *e);

#endif
