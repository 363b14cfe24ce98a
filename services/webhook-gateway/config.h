/*
 * config.h: the options of webhook-gateway.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEBHOOK_GATEWAY_CONFIG_H
#define WEBHOOK_GATEWAY_CONFIG_H

#include "service/service.h"
#include "shopify/shop.h"

struct gateway_conf {
    const char *bind;
    int64_t port;
    const char *tls_cert, *tls_key; /* PEM text; NULL: plain HTTP */
    int64_t body_max, in_flight_max;
    int64_t deadline_ms, ack_timeout_ms;
    int64_t connections_max, per_address_max;
};

struct config {
    struct service_conf service;
    struct gateway_conf gateway;
    struct conf_list shops; /* of struct shop_conf */
};

enum { CONFIG_SECTIONS = 2 };
extern const struct conf_section config_sections[CONFIG_SECTIONS];

/* What the options table cannot say, of a struct config: TLS needs both halves, every shop a
 * secret, and one limit must leave room for another. */
MUST_CHECK enum err_class config_check(const void *cfg, struct err *e);

#endif
