/*
 * shopify-writer: the only caller of mutations on stock and fulfilments.
 *
 *   in   atp, fulfillments           what should be
 *   out  Shopify, shopify-writes     what was written, and what came of it
 *
 * Stock is set by compare-and-set on on_hand under a persisted key, so that no write of ours ever
 * puts sold units back on sale; a parcel becomes exactly one fulfilment, whoever dies meanwhile.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "apply.h"
#include "writer.h"

static const struct service_spec spec = {
    .name = "shopify-writer",
    .summary = "writes stock and fulfilments to Shopify",
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
    CLEANUP(writer_free) struct writer *writer = NULL;
    CLEANUP(stream_free) struct stream *in = NULL;
    struct apply apply = { &in };

    TRY(service_start(&svc, &spec, argc, argv, cfg, e));
    TRY(service_pg_open(svc, &db, shopify_writer_sql, e));
    TRY(publisher_open(&out, svc, e));
    TRY(writer_open(&writer, svc, db, out, cfg, e));
    TRY(stream_open(&in, svc, db, &(struct stream_spec){ .group = "shopify-writer",
                    .topics = apply_topics, .apply = apply_batch, .ctx = &apply }, e));

    service_ready(svc);
    while (!service_stopping(svc))
        TRY(writer_turn(writer, in, e));
    return writer_drain(writer, e);
}

int
main(int argc, char **argv)
{
    struct config cfg = { 0 };
    struct err e = { 0 };

    return run(argc, argv, &cfg, &e) == ERR_NONE ? 0 : service_exit(&e);
}
