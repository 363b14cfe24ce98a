/*
 * outcome.c: append and send; see outcome.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "outcome.h"

#include <assert.h>

#include "base/clock.h"
#include "order_router_sql.h"

enum { DOUBLINGS_MAX = 20 };

struct outcomes
outcomes_new(struct arena *mem, size_t max_parts, size_t max_orders)
{
    return (struct outcomes){
        .part_shops = ARENA_NEW(mem, struct str, max_parts),
        .part_facilities = ARENA_NEW(mem, struct str, max_parts),
        .part_orders = ARENA_NEW(mem, int64_t, max_parts),
        .part_lines = ARENA_NEW(mem, int64_t, max_parts),
        .part_units = ARENA_NEW(mem, int64_t, max_parts),
        .shops = ARENA_NEW(mem, struct str, max_orders),
        .details = ARENA_NEW(mem, struct str, max_orders),
        .orders = ARENA_NEW(mem, int64_t, max_orders),
        .gens = ARENA_NEW(mem, int64_t, max_orders),
        .due = ARENA_NEW(mem, struct time_us, max_orders),
    };
}

void
outcomes_part(struct outcomes *o, const struct taken *t, int64_t line, struct str facility,
              int64_t units)
{
    const size_t n = o->n_parts++;

    o->part_shops[n] = t->shop;
    o->part_orders[n] = t->order;
    o->part_lines[n] = line;
    o->part_facilities[n] = facility;
    o->part_units[n] = units;
}

static struct time_us
later(const struct taken *t, const struct order_router_conf *conf, struct time_us now)
{
    const int64_t doublings = t->attempts < DOUBLINGS_MAX ? t->attempts : DOUBLINGS_MAX;
    const int64_t doubled = conf->retry_ms << doublings;
    const int64_t wait_ms = doubled < conf->retry_max_ms ? doubled : conf->retry_max_ms;

    return (struct time_us){ now.v + wait_ms * US_PER_MS };
}

void
outcomes_order(struct outcomes *o, const struct taken *t, struct str lacking,
               const struct order_router_conf *conf, struct time_us now)
{
    const size_t n = o->n_orders++;

    o->shops[n] = t->shop;
    o->orders[n] = t->order;
    o->gens[n] = t->gen;
    o->details[n] = lacking;
    o->due[n] = lacking.p != NULL ? later(t, conf, now) : (struct time_us){ 0 };
}

enum err_class
outcomes_send(const struct outcomes *o, struct pg *db, struct time_us now, struct err *e)
{
    return pg_send(db, e, &sql_record_routes, PG_TEXTS(o->part_shops, o->n_parts),
                   PG_I64S(o->part_orders, o->n_parts), PG_I64S(o->part_lines, o->n_parts),
                   PG_TEXTS(o->part_facilities, o->n_parts), PG_I64S(o->part_units, o->n_parts),
                   PG_TEXTS(o->shops, o->n_orders), PG_I64S(o->orders, o->n_orders),
                   PG_I64S(o->gens, o->n_orders), PG_TIMES(o->due, o->n_orders),
                   PG_TEXTS(o->details, o->n_orders), PG_TIME(now));
}
