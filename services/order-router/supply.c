/*
 * supply.c: facilities by preference, then stock under lock; see supply.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "supply.h"

#include <assert.h>

#include "order_router_sql.h"

enum { COL_SHOP, COL_FACILITY };
enum { COL_ITEM_ID, COL_AT, COL_USABLE };

static int
by_value(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void
sort_items(struct stock_view *v, const int64_t *items, size_t n, struct arena *mem)
{
    size_t kept = 0;

    v->items = ARENA_NEW(mem, int64_t, n);
    if (n > 0)
        memcpy(v->items, items, n * sizeof *items);
    qsort(v->items, n, sizeof *v->items, by_value);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || v->items[kept - 1] != v->items[i])
            v->items[kept++] = v->items[i];
    v->supply.n_items = kept;
}

size_t
stock_view_item(const struct stock_view *v, int64_t item)
{
    const int64_t *found =
        bsearch(&item, v->items, v->supply.n_items, sizeof *v->items, by_value);

    assert(found != NULL);
    return (size_t)(found - v->items);
}

/* The column of a facility; n_facilities when it has none. */
static size_t
column_of(const struct stock_view *v, struct str facility)
{
    size_t f = 0;

    while (f < v->supply.n_facilities && !str_eq(v->facilities[f], facility))
        f++;
    return f;
}

/* Rows come by shop, the preferred facilities first; a facility may serve several shops. */
static void
read_preferences(struct stock_view *v, const struct pg_rows *rows, struct arena *mem)
{
    const size_t n = pg_n(rows);

    v->facilities = ARENA_NEW(mem, struct str, n);
    v->shops = ARENA_NEW(mem, struct preference, n);
    for (size_t i = 0; i < n; i++) {
        const struct str shop = pg_text(rows, i, COL_SHOP);
        const struct str facility = pg_text(rows, i, COL_FACILITY);
        const size_t f = column_of(v, facility);
        if (f == v->supply.n_facilities)
            v->facilities[v->supply.n_facilities++] = arena_str(mem, facility);
        if (v->n_shops == 0 || !str_eq(v->shops[v->n_shops - 1].shop, shop))
            v->shops[v->n_shops++] = (struct preference){
                .shop = arena_str(mem, shop), .facilities = ARENA_NEW(mem, size_t, n - i)
            };
        struct preference *p = &v->shops[v->n_shops - 1];
        p->facilities[p->n++] = f;
    }
}

struct preference
stock_view_shop(const struct stock_view *v, struct str shop)
{
    for (size_t i = 0; i < v->n_shops; i++)
        if (str_eq(v->shops[i].shop, shop))
            return v->shops[i];
    return (struct preference){ .shop = shop };
}

static enum err_class
lock_usable(struct stock_view *v, struct pg *db, struct arena *mem, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    struct supply *s = &v->supply;

    s->usable = ARENA_NEW(mem, int64_t, s->n_items * s->n_facilities);
    if (s->n_items == 0 || s->n_facilities == 0)
        return ERR_NONE;
    TRY(pg_exec(db, e, &rows, &sql_route_supply, PG_I64S(v->items, s->n_items),
                PG_TEXTS(v->facilities, s->n_facilities)));
    for (size_t i = 0; i < pg_n(rows); i++) {
        const size_t item = stock_view_item(v, pg_i64(rows, i, COL_ITEM_ID));
        const size_t facility = column_of(v, pg_text(rows, i, COL_AT));
        s->usable[item * s->n_facilities + facility] = pg_i64(rows, i, COL_USABLE);
    }
    return ERR_NONE;
}

enum err_class
stock_view_load(struct stock_view *ret, struct pg *db, const struct str *shops, size_t n_shops,
                const int64_t *items, size_t n_items, struct arena *mem, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    struct stock_view v = { 0 };

    TRY(pg_exec(db, e, &rows, &sql_route_facilities, PG_TEXTS(shops, n_shops)));
    read_preferences(&v, rows, mem);
    sort_items(&v, items, n_items, mem);
    TRY(lock_usable(&v, db, mem, e));
    *ret = v;
    return ERR_NONE;
}
