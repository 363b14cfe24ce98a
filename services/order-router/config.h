/*
 * config.h: the options of order-router.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef ORDER_ROUTER_CONFIG_H
#define ORDER_ROUTER_CONFIG_H

#include "service/service.h"

struct order_router_conf {
    int64_t batch_max, poll_ms, poll_idle_ms, busy_ms, retry_ms, retry_max_ms;
};

struct config {
    struct service_conf service;
    struct order_router_conf order_router;
};

enum { CONFIG_SECTIONS = 1 };
extern const struct conf_section config_sections[CONFIG_SECTIONS];

#endif
