/*
 * supply.h: what a turn needs to know besides its orders: items, facilities, preferences, stock.
 *
 * The database is asked once for all orders of the turn; rows and columns of the supply are found
 * by item id and by facility name.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef ORDER_ROUTER_SUPPLY_H
#define ORDER_ROUTER_SUPPLY_H

#include "base/arena.h"
#include "pg/pg.h"
#include "rules.h"

struct preference { struct str shop; size_t *facilities; size_t n; };
struct stock_view {
    struct supply supply;
    int64_t *items;            /* ascending: row i is items[i] */
    struct str *facilities;    /* column f is facilities[f] */
    struct preference *shops;  /* who may ship for each shop, the preferred ones first */
    size_t n_shops;
};

/* Reads and locks what is usable of the items (unsorted, with repeats) for the shops. */
MUST_CHECK enum err_class stock_view_load(struct stock_view *ret, struct pg *db,
                                          const struct str *shops, size_t n_shops,
                                          const int64_t *items, size_t n_items, struct arena *mem,
                                          struct err *e);
size_t stock_view_item(const struct stock_view *v, int64_t item);
/* The shop's preference; one without facilities when it has no channel. */
struct preference stock_view_shop(const struct stock_view *v, struct str shop);

#endif
