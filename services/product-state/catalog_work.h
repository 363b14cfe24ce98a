/*
 * catalog_work.h: what catalog.c finds out and catalog_write.c writes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PRODUCT_STATE_CATALOG_WORK_H
#define PRODUCT_STATE_CATALOG_WORK_H

#include "catalog.h"

/* A variant on its way in. Sorted by shop and id, as what is known comes from the database. */
struct incoming {
    struct str shop;
    int64_t product_id, variant_id, inventory_item_id;
    size_t record;
    struct str want;
    bool tracked;
};
/* One that is in the history of its product only. */
struct former {
    struct str shop;
    int64_t product_id;
    const struct life *life;
};
struct catalog_work {
    struct pg *db;
    struct arena *mem;
    struct time_us now;
    enum identifier by;
    const struct catalog_news *news;
    struct incoming *incoming;
    struct link *links; /* aligned with incoming */
    size_t n;
    struct known *known;
    size_t n_known;
    struct str *gone_shops;
    int64_t *gone;
    size_t n_gone;
    struct former *formers;
    size_t n_formers;
};

MUST_CHECK enum err_class catalog_write(struct catalog_work *w, struct err *e);

#endif
