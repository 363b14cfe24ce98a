/*
 * turn.c: the database around a decision; see turn.h.
 *
 * Orders are locked first (those that others hold are skipped), then the stock that the decision
 * rests on, all of it in one sorted statement.  What changes after that waits for us, or finds the
 * order in the queue with another gen.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "turn.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "metrics/metrics.h"
#include "order_router_sql.h"
#include "outcome.h"
#include "supply.h"

enum { COL_SHOP, COL_ORDER, COL_GEN, COL_ATTEMPTS, COL_DUE };
enum { COL_LINE = 2, COL_ITEM_ID, COL_ITEM, COL_UNITS };
enum { LACKING_MAX = 2000 };

static struct metric routes_total =
    METRIC(METRIC_COUNTER, "millrace_routes_total",
           "Orders decided by outcome: whole, split, partial, none (no stock anywhere), nothing "
           "(no demand left).");
static struct metric route_seconds =
    METRIC(METRIC_HISTOGRAM_US, "millrace_route_seconds",
           "From the moment an order wanted a facility to the commit of the first decision.");

/* The orders of a turn and the lines that want units, in one order. */
struct turn {
    const struct order_router_conf *conf;
    struct time_us now;
    struct taken *taken;
    size_t n_taken;
    const struct pg_rows *demand;
    struct stock_view stock;
    enum route_outcome *outcomes;
    struct outcomes out;
    struct arena *mem;
};

static enum err_class
is_due(struct pg *db, struct time_us now, bool *ret, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;

    TRY(pg_exec(db, e, &rows, &sql_route_is_due, PG_TIME(now)));
    *ret = pg_bool(rows, 0, 0);
    return ERR_NONE;
}

static enum err_class
take(struct pg *db, struct turn *t, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;

    TRY(pg_exec(db, e, &rows, &sql_take_routes, PG_I32((int32_t)t->conf->batch_max),
                PG_TIME(t->now)));
    t->n_taken = pg_n(rows);
    t->taken = ARENA_NEW(t->mem, struct taken, t->n_taken);
    t->outcomes = ARENA_NEW(t->mem, enum route_outcome, t->n_taken);
    for (size_t i = 0; i < t->n_taken; i++)
        t->taken[i] = (struct taken){ .shop = arena_str(t->mem, pg_text(rows, i, COL_SHOP)),
                                      .order = pg_i64(rows, i, COL_ORDER),
                                      .gen = pg_i64(rows, i, COL_GEN),
                                      .attempts = pg_i64(rows, i, COL_ATTEMPTS),
                                      .due_at = pg_time(rows, i, COL_DUE) };
    return ERR_NONE;
}

static enum err_class
look(struct pg *db, struct turn *t, struct pg_rows **demand, struct err *e)
{
    struct str *shops = ARENA_NEW(t->mem, struct str, t->n_taken);
    int64_t *orders = ARENA_NEW(t->mem, int64_t, t->n_taken);

    for (size_t i = 0; i < t->n_taken; i++) {
        shops[i] = t->taken[i].shop;
        orders[i] = t->taken[i].order;
    }
    TRY(pg_exec(db, e, demand, &sql_route_demand, PG_TEXTS(shops, t->n_taken),
                PG_I64S(orders, t->n_taken)));
    t->demand = *demand;
    const size_t n = pg_n(t->demand);
    int64_t *items = ARENA_NEW(t->mem, int64_t, n);
    for (size_t i = 0; i < n; i++)
        items[i] = pg_i64(t->demand, i, COL_ITEM_ID);
    return stock_view_load(&t->stock, db, shops, t->n_taken, items, n, t->mem, e);
}

/* The rows of one order; they lie together. */
static size_t
first_line(const struct turn *t, const struct taken *order, size_t *n)
{
    size_t first = 0, rows = pg_n(t->demand);

    while (first < rows
           && (pg_i64(t->demand, first, COL_ORDER) != order->order
               || !str_eq(pg_text(t->demand, first, COL_SHOP), order->shop)))
        first++;
    size_t end = first;
    while (end < rows && pg_i64(t->demand, end, COL_ORDER) == order->order
           && str_eq(pg_text(t->demand, end, COL_SHOP), order->shop))
        end++;
    *n = end - first;
    return first;
}

/* "line 12: 2 of sku:A": what no facility has; the null str when nothing is lacking. */
static struct str
lacking(const struct turn *t, const struct route *r, size_t first)
{
    CLEANUP_VALUE(buf_fini) struct buf text;

    buf_init(&text, LACKING_MAX);
    for (size_t i = 0; i < r->n_lines; i++) {
        const struct str item = pg_text(t->demand, first + i, COL_ITEM);
        if (r->lines[i].wanted == 0)
            continue;
        buf_printf(&text, "%sline %lld: %lld of %.*s", text.n > 0 ? "; " : "no facility has ",
                   (long long)pg_i64(t->demand, first + i, COL_LINE),
                   (long long)r->lines[i].wanted, (int)item.n, item.p);
    }
    if (text.failed)
        return STR("no facility has what many of its lines want");
    return text.n > 0 ? arena_str(t->mem, buf_str(&text)) : (struct str){ 0 };
}

static void
decide(struct turn *t, size_t k)
{
    const struct taken *order = &t->taken[k];
    const struct preference who = stock_view_shop(&t->stock, order->shop);
    size_t n = 0;
    const size_t first = first_line(t, order, &n);
    struct route r = { .lines = ARENA_NEW(t->mem, struct route_line, n),
                       .n_lines = n,
                       .facilities = who.facilities,
                       .n_facilities = who.n,
                       .supply = &t->stock.supply,
                       .parts = ARENA_NEW(t->mem, struct route_part, n * who.n) };

    for (size_t i = 0; i < n; i++)
        r.lines[i] = (struct route_line){
            .wanted = pg_i64(t->demand, first + i, COL_UNITS),
            .item = stock_view_item(&t->stock, pg_i64(t->demand, first + i, COL_ITEM_ID))
        };
    t->outcomes[k] = route_decide(&r);
    for (size_t i = 0; i < r.n_parts; i++)
        outcomes_part(&t->out, order, pg_i64(t->demand, first + r.parts[i].line, COL_LINE),
                      t->stock.facilities[r.parts[i].facility], r.parts[i].units);
    outcomes_order(&t->out, order, lacking(t, &r, first), t->conf, t->now);
}

static void
observe(const struct turn *t)
{
    char labels[METRIC_LABELS_MAX];
    const struct time_us now = clock_now();

    for (size_t k = 0; k < t->n_taken; k++) {
        (void)snprintf(labels, sizeof labels, "outcome=\"%s\"",
                       route_outcome_name(t->outcomes[k]));
        metric_add(&routes_total, labels, 1);
        if (t->taken[k].attempts == 0 && now.v > t->taken[k].due_at.v)
            metric_observe_us(&route_seconds, "", now.v - t->taken[k].due_at.v);
    }
}

static enum err_class
transact(struct pg *db, struct turn *t, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *demand = NULL;

    TRY(pg_begin(db, e));
    TRY(take(db, t, e));
    if (t->n_taken == 0)
        return pg_commit(db, e);
    TRY(look(db, t, &demand, e));
    FAILPOINT("route_locked", e);
    t->out = outcomes_new(t->mem, pg_n(demand) * t->stock.supply.n_facilities, t->n_taken);
    for (size_t k = 0; k < t->n_taken; k++)
        decide(t, k);
    TRY(outcomes_send(&t->out, db, t->now, e));
    FAILPOINT("route_decided", e);
    TRY(pg_commit(db, e));
    FAILPOINT("route_committed", e);
    observe(t);
    return ERR_NONE;
}

enum err_class
router_turn(struct pg *db, const struct order_router_conf *conf, struct arena *mem, size_t *routed,
            struct err *e)
{
    struct turn t = { .conf = conf, .now = clock_now(), .mem = mem };
    bool due = false;

    enum err_class class = is_due(db, t.now, &due, e);
    if (class == ERR_NONE && due)
        class = transact(db, &t, e);
    if (class != ERR_NONE)
        pg_rollback(db);
    *routed = class == ERR_NONE ? t.n_taken : 0;
    return class;
}
