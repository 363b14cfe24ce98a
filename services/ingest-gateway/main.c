/*
 * ingest-gateway: the door for ERP, WMS and POS systems that do not speak Kafka.
 *
 *   in   POST /v1/inventory (JSON, CSV), POST /v1/shipments (JSON)
 *   out  inventory, shipments
 *
 * 202 means that every accepted record is on all in-sync replicas. Bad rows are named, good ones go
 * on.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/clock.h"
#include "config.h"
#include "deliver.h"
#include "serve.h"

enum { WAIT_MS = 500 };

static const struct service_spec spec = {
    .name = "ingest-gateway",
    .summary = "takes stock movements and parcels over HTTP and makes them durable",
    .sections = config_sections,
    .n_sections = CONFIG_SECTIONS,
    .conf_size = sizeof(struct config),
    .check = config_check,
};

static enum err_class
turn(struct service *svc, struct httpd *server, struct courier *courier, struct err *e)
{
    TRY(httpd_run(server, courier_wait_ms(courier, WAIT_MS), courier_fd(courier), e));
    TRY(courier_turn(courier, e));
    service_beat(svc);
    return ERR_NONE;
}

static enum err_class
run(int argc, char **argv, struct config *cfg, struct err *e)
{
    CLEANUP(service_free) struct service *svc = NULL;
    CLEANUP(courier_free) struct courier *courier = NULL;
    CLEANUP(httpd_free) struct httpd *server = NULL; /* after courier, so that it is freed before */

    TRY(service_start(&svc, &spec, argc, argv, cfg, e));
    TRY(courier_open(&courier, svc, cfg, e));
    struct door door = { cfg, courier };
    TRY(serve_open(&server, &door, e));

    service_ready(svc);
    while (!service_stopping(svc))
        TRY(turn(svc, server, courier, e));

    httpd_stop_accepting(server);
    const int64_t until_ms = clock_monotonic_ms() + cfg->service.service.drain_ms;
    while (httpd_open_requests(server) > 0 && clock_monotonic_ms() < until_ms)
        TRY(turn(svc, server, courier, e));
    return ERR_NONE; /* httpd_free() answers 503 to whoever still waits: he sends again */
}

int
main(int argc, char **argv)
{
    struct config cfg = { 0 };
    struct err e = { 0 };

    return run(argc, argv, &cfg, &e) == ERR_NONE ? 0 : service_exit(&e);
}
