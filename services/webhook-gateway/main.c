/*
 * webhook-gateway: verifies what Shopify pushes, makes it durable, then answers.
 *
 *   in   POST /webhooks/<shop>       plain HTTP behind a proxy, or TLS
 *   out  shopify-webhooks            the raw body; Shopify's headers as Kafka headers
 *
 * 200 means that Kafka has it on every in-sync replica.  All else makes Shopify deliver again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/clock.h"
#include "base/log.h"
#include "config.h"
#include "receive.h"
#include "serve.h"

enum { WAIT_MS = 500 };

static const struct service_spec spec = {
    .name = "webhook-gateway",
    .summary = "verifies Shopify's webhooks, makes them durable, then answers",
    .sections = config_sections,
    .n_sections = CONFIG_SECTIONS,
    .conf_size = sizeof(struct config),
    .check = config_check,
};

static enum err_class
drain(struct service *svc, struct httpd *door, struct receiver *rc, const struct config *cfg,
      struct err *e)
{
    const int64_t until_ms = clock_monotonic_ms() + cfg->service.service.drain_ms;

    httpd_stop_accepting(door);
    while (httpd_open_requests(door) > 0 && clock_monotonic_ms() < until_ms) {
        TRY(httpd_run(door, receiver_wait_ms(rc, WAIT_MS), receiver_fd(rc), e));
        TRY(receiver_turn(rc, e));
        service_beat(svc);
    }
    return ERR_NONE; /* httpd_free() answers 503 to whoever still waits: he delivers again */
}

static enum err_class
run(int argc, char **argv, struct config *cfg, struct err *e)
{
    CLEANUP(service_free) struct service *svc = NULL;
    CLEANUP(receiver_free) struct receiver *rc = NULL;
    CLEANUP(httpd_free) struct httpd *door = NULL; /* after rc, so that it is freed before */

    TRY(service_start(&svc, &spec, argc, argv, cfg, e));
    TRY(receiver_open(&rc, svc, cfg, e));
    TRY(serve_open(&door, rc, cfg, e));

    service_ready(svc);
    while (!service_stopping(svc)) {
        TRY(httpd_run(door, receiver_wait_ms(rc, WAIT_MS), receiver_fd(rc), e));
        TRY(receiver_turn(rc, e));
        service_beat(svc);
    }
    return drain(svc, door, rc, cfg, e);
}

int
main(int argc, char **argv)
{
    struct config cfg = { 0 };
    struct err e = { 0 };

    return run(argc, argv, &cfg, &e) == ERR_NONE ? 0 : service_exit(&e);
}
