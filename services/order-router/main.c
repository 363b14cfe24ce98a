/*
 * order-router: chooses the facility that ships each line, and reserves in the same transaction.
 *
 *   in   route_queue: orders with demand that no facility has been chosen for
 *   out  allocation, stock.reserved, fulfillment_request, outbox; exceptions of kind unfillable
 *
 * Any number of routers may run: each takes orders that no other holds, and decides on stock that
 * it has locked.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"
#include "order_router_sql.h"
#include "pace.h"
#include "service/plans.h"
#include "turn.h"

static const struct service_spec spec = {
    .name = "order-router",
    .summary = "chooses the facility that ships each order line",
    .sections = config_sections,
    .n_sections = CONFIG_SECTIONS,
    .conf_size = sizeof(struct config),
};

static enum err_class
run(int argc, char **argv, struct config *cfg, struct err *e)
{
    CLEANUP(service_free) struct service *svc = NULL;
    CLEANUP(pg_free) struct pg *db = NULL;
    CLEANUP(arena_free) struct arena *mem = arena_new();

    TRY(service_start(&svc, &spec, argc, argv, cfg, e));
    TRY(service_pg_open(svc, &db, order_router_sql, e));
    struct pace pace = pace_new(&cfg->order_router);
    struct plans plans = { 0 };

    service_ready(svc);
    while (!service_stopping(svc)) {
        size_t routed = 0;
        service_beat(svc);
        arena_reset(mem);
        const enum err_class class = router_turn(db, &cfg->order_router, mem, &routed, e);
        if (class == ERR_FATAL || class == ERR_REJECT)
            return class;
        TRY(plans_turn(&plans, routed, db, e));
        TRY(pace_wait(&pace, svc, db, class, routed, e));
    }
    return ERR_NONE; /* nothing is half done between two turns */
}

int
main(int argc, char **argv)
{
    struct config cfg = { 0 };
    struct err e = { 0 };

    return run(argc, argv, &cfg, &e) == ERR_NONE ? 0 : service_exit(&e);
}
