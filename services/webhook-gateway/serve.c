/*
 * serve.c: routes and limits of the public port; see serve.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "serve.h"

#include "base/log.h"

static const struct httpd_route routes[] = {
    { "POST", "/webhooks/", receive_webhook },
    { 0 },
};

enum err_class
serve_open(struct httpd **ret, struct receiver *rc, const struct config *cfg, struct err *e)
{
    const struct gateway_conf *g = &cfg->gateway;
    const struct httpd_settings settings = {
        .mode = HTTPD_LOOP,
        .bind = g->bind,
        .port = g->port,
        .routes = routes,
        .ctx = rc,
        .body_max = (size_t)g->body_max,
        .bodies_max = (size_t)g->in_flight_max,
        .deadline_ms = g->deadline_ms,
        .connections_max = (unsigned)g->connections_max,
        .per_address_max = (unsigned)g->per_address_max,
        .tls_cert = g->tls_cert,
        .tls_key = g->tls_key,
    };

    if (httpd_open(ret, &settings, e) != ERR_NONE)
        return err_wrap(e, "webhook-gateway.bind %s, port %lld: ", g->bind, (long long)g->port);
    LOG_INFO(MSG("listening for webhooks"), KV("bind", g->bind), KV("port", httpd_port(*ret)),
             KV("shops", (int64_t)cfg->shops.n));
    return ERR_NONE;
}
