/*
 * order-state: folds what is known about orders into Postgres: lifecycle, demand, what left.
 *
 *   in   orders, order-updates, fulfillment-orders, returns, shipments
 *   out  sales_order, its lines, versions and facts; shipments, allocations, stock ledger, the
 *        order side of the book; route queue, dirty items, outbox, exceptions
 *
 * Exactly once, in any order of arrival: snapshots have versions, parcels have names, and what
 * follows from them is derived again from the rows (schemas/postgres/081, 082, 087, 121).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "apply.h"
#include "config.h"
#include "launch.h"
#include "order_state_sql.h"
#include "service/plans.h"
#include "sweep.h"

/* A transaction costs as much as five orders: those that come together share one. */
enum { LINGER_MS = 20 };

static const char *const topics[] = { "orders",  "order-updates", "fulfillment-orders",
                                      "returns", "shipments",     NULL };
static const struct service_spec spec = {
    .name = "order-state",
    .summary = "folds orders, fulfilment orders, returns and parcels into Postgres",
    .sections = config_sections,
    .n_sections = CONFIG_SECTIONS,
    .conf_size = sizeof(struct config),
};

static enum err_class
run(int argc, char **argv, struct config *cfg, struct err *e)
{
    CLEANUP(service_free) struct service *svc = NULL;
    CLEANUP(pg_free) struct pg *db = NULL;
    CLEANUP(stream_free) struct stream *in = NULL;
    struct apply apply = { 0 };

    TRY(service_start(&svc, &spec, argc, argv, cfg, e));
    TRY(service_pg_open(svc, &db, order_state_sql, e));
    const struct stream_spec stream = { .group = ORDER_STATE_GROUP,
                                        .topics = topics,
                                        .apply = apply_orders,
                                        .bury = bury_order,
                                        .ctx = &apply,
                                        .max_records = (size_t)cfg->order_state.batch_max,
                                        .linger_ms = LINGER_MS };
    TRY(pg_exec(db, e, NULL, &sql_set_pickup_properties,
                PG_CSTR(cfg->order_state.pickup_properties)));
    TRY(launch_shops(&cfg->order_state, svc, db, e)); /* before the first order is looked at */
    TRY(stream_open(&in, svc, db, &stream, e));
    apply = (struct apply){ .stream = in, .group = service_group(svc, ORDER_STATE_GROUP) };
    struct sweep sweep = sweep_new(&cfg->order_state);
    struct plans plans = { 0 };

    service_ready(svc);
    while (!service_stopping(svc)) {
        size_t handled = 0;
        TRY(stream_step(in, &handled, e));
        TRY(sweep_turn(&sweep, db, e));
        TRY(plans_turn(&plans, handled, db, e));
    }
    return ERR_NONE; /* nothing is half done between two steps */
}

int
main(int argc, char **argv)
{
    struct config cfg = { 0 };
    struct err e = { 0 };

    return run(argc, argv, &cfg, &e) == ERR_NONE ? 0 : service_exit(&e);
}
