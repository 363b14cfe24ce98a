/*
 * config.c: the options of order-router, one row each; see config.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

static const struct conf_opt order_router_options[] = {
    C_I64(struct order_router_conf, batch_max, "batch_max", 0, "50", 1, 1000, "orders",
          "orders decided in one transaction at most"),
    C_I64(struct order_router_conf, poll_ms, "poll_ms", 0, "10", 1, 10000, "ms",
          "how often the queue is looked at while orders keep coming"),
    C_I64(struct order_router_conf, poll_idle_ms, "poll_idle_ms", 0, "250", 1, 60000, "ms",
          "how often at least when none has come for a while"),
    C_I64(struct order_router_conf, busy_ms, "busy_ms", 0, "1000", 0, 60000, "ms",
          "how long after the last order the queue is still looked at often"),
    C_I64(struct order_router_conf, retry_ms, "retry_ms", 0, "30000", 10, 86400000, "ms",
          "first wait before an order that could not be filled is tried again; doubles each time"),
    C_I64(struct order_router_conf, retry_max_ms, "retry_max_ms", 0, "900000", 10, 86400000, "ms",
          "longest such wait; arriving stock ends it at once"),
    { 0 },
};

const struct conf_section config_sections[CONFIG_SECTIONS] = {
    { "order-router", order_router_options, offsetof(struct config, order_router), 0,
      "routing: which facility ships which units" },
};
