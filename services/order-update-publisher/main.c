/*
 * order-update-publisher: edits, cancellations, addresses, refunds and fulfilments of orders, and
 * their fulfilment orders.
 *
 *   in   Shopify; webhooks of orders, refunds, fulfilments, fulfilment orders, returns
 *   out  order-updates, fulfillment-orders, returns; rows of shop_watermark
 *
 * A fact is in Kafka before anything that stands for it (offset, cursor, hint) moves; a kill makes
 * the same facts again.  feeds.c says what is brought in, shared/publishing does it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"
#include "feeds.h"

static const struct service_spec spec = {
    .name = "order-update-publisher",
    .summary = "publishes every change of an order, and its fulfilment orders",
    .sections = config_sections,
    .n_sections = CONFIG_SECTIONS,
    .conf_size = sizeof(struct config),
};

static enum err_class
run(int argc, char **argv, struct config *cfg, struct err *e)
{
    CLEANUP(service_free) struct service *svc = NULL;

    TRY(service_start(&svc, &spec, argc, argv, cfg, e));
    return publishing_run(svc, &feeds, &cfg->shops, e);
}

int
main(int argc, char **argv)
{
    struct config cfg = { 0 };
    struct err e = { 0 };

    return run(argc, argv, &cfg, &e) == ERR_NONE ? 0 : service_exit(&e);
}
