/*
 * config.h: the options of order-state.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef ORDER_STATE_CONFIG_H
#define ORDER_STATE_CONFIG_H

#include "service/service.h"

struct order_state_conf {
    const char *launch_at; /* "acme 2026-11-01T00:00:00Z, beta ..." */
    const char *pickup_properties; /* "_pickupstore, Pickup Store" */
    int64_t batch_max, sweep_ms, sweep_idle_ms, sweep_max, count_ms;
};

struct config {
    struct service_conf service;
    struct order_state_conf order_state;
};

enum { CONFIG_SECTIONS = 1 };
extern const struct conf_section config_sections[CONFIG_SECTIONS];

#endif
