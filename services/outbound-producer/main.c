/*
 * outbound-producer: streams every changed promise and decision out of Postgres.
 *
 *   in   dirty_item, atp, outbox, fulfillment_request      tables
 *   out  atp, fulfillments, fulfillment-requests, allocations, stock
 *
 * Nothing that was committed is lost and nothing is published before it was; a kill at any moment
 * only publishes the same versions again.  One process at a time, by lease, so that versions of a
 * key follow each other on its topic.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "feeds.h"
#include "loop.h"

static const struct service_spec spec = {
    .name = "outbound-producer",
    .summary = "streams every changed promise and decision",
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
    CLEANUP(publisher_free) struct publisher *out = NULL;
    CLEANUP(loop_free) struct loop *loop = NULL;

    TRY(service_start(&svc, &spec, argc, argv, cfg, e));
    TRY(service_pg_open(svc, &db, outbound_producer_sql, e));
    TRY(publisher_open_within(&out, svc, loop_delivery_ms(&cfg->producer), e));
    TRY(publish_remember(out, FEEDS * (size_t)cfg->producer.batch, e));
    TRY(loop_open(&loop, svc, db, out, &cfg->producer, e));

    service_ready(svc);
    while (!service_stopping(svc))
        TRY(loop_turn(loop, e));
    return loop_drain(loop, e);
}

int
main(int argc, char **argv)
{
    struct config cfg = { 0 };
    struct err e = { 0 };

    return run(argc, argv, &cfg, &e) == ERR_NONE ? 0 : service_exit(&e);
}
