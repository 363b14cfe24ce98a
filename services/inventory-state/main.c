/*
 * inventory-state: folds stock movements, counts and settings into Postgres.
 *
 *   in   inventory, settings
 *   out  stock, stock_entry, facility, channel, shop_location; dirty items, orders to route again
 *
 * Exactly once: each entry counts once by its source and event id, rows and offsets commit
 * together.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "apply.h"
#include "config.h"
#include "inventory_state_sql.h"
#include "recheck.h"

static const char *const topics[] = { "inventory", "settings", NULL };
static const struct service_spec spec = {
    .name = "inventory-state",
    .summary = "folds stock movements, counts and settings into Postgres",
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
    TRY(service_pg_open(svc, &db, inventory_state_sql, e));
    const struct stream_spec stream = { .group = "inventory-state",
                                        .topics = topics,
                                        .apply = apply_inventory,
                                        .ctx = &apply,
                                        .max_records = (size_t)cfg->inventory.batch_max };
    TRY(stream_open(&in, svc, db, &stream, e));
    apply.stream = in;
    struct recheck recheck = { .every_ms = cfg->inventory.recheck_ms };

    service_ready(svc);
    while (!service_stopping(svc)) {
        TRY(stream_step(in, NULL, e));
        TRY(recheck_turn(&recheck, db, e));
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
