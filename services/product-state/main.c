/*
 * product-state: folds Shopify's products into the catalog, and links variants to stock items.
 *
 *   in   products
 *   out  product, variant, item; what changed in them; dirty items, orders that waited
 *
 * Newest version wins, whatever the order of arrival; rows and offsets commit together.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "apply.h"
#include "config.h"
#include "policy.h"
#include "product_state_sql.h"
#include "recheck.h"

static const char *const topics[] = { "products", NULL };
static const struct service_spec spec = {
    .name = "product-state",
    .summary = "folds Shopify's products into the catalog and links variants to stock items",
    .sections = config_sections,
    .n_sections = CONFIG_SECTIONS,
    .conf_size = sizeof(struct config),
    .check = config_check,
};

static enum err_class
run(int argc, char **argv, struct config *cfg, struct err *e)
{
    CLEANUP(service_free) struct service *svc = NULL;
    CLEANUP(pg_free) struct pg *db = NULL;
    CLEANUP(stream_free) struct stream *in = NULL;

    TRY(service_start(&svc, &spec, argc, argv, cfg, e));
    TRY(service_pg_open(svc, &db, product_state_sql, e));
    struct apply apply = { .group = service_group(svc, "product-state"),
                           .keep = cfg->product.history_versions };
    TRY(policy_settle(db, cfg->product.identifier, &apply.by, e));
    const struct stream_spec stream = { .group = "product-state",
                                        .topics = topics,
                                        .apply = apply_products,
                                        .ctx = &apply,
                                        .max_records = (size_t)cfg->product.batch_max };
    TRY(stream_open(&in, svc, db, &stream, e));
    struct recheck recheck = { .every_ms = cfg->product.recheck_ms };

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
