/*
 * config.c: the options of order-state, one row each; see config.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

static const struct conf_opt order_state_options[] = {
    C_I64(struct order_state_conf, batch_max, "batch_max", 0, "300", 1, 10000, "records",
          "records applied in one transaction at most"),
    C_I64(struct order_state_conf, sweep_ms, "sweep_ms", 0, "1000", 10, 3600000, "ms",
          "how soon fulfilments of unknown origin are looked at again while there are any"),
    C_I64(struct order_state_conf, sweep_idle_ms, "sweep_idle_ms", 0, "5000", 10, 3600000, "ms",
          "how often it is looked for them while there are none"),
    C_I64(struct order_state_conf, sweep_max, "sweep_max", 0, "500", 1, 100000, "orders",
          "orders settled by one sweep at most"),
    C_I64(struct order_state_conf, count_ms, "count_ms", 0, "60000", 1000, 86400000, "ms",
          "how often orders are counted by state for the metrics"),
    C_STR(struct order_state_conf, launch_at, "launch_at", 0, "",
          "when each shop went over to us: shop and time, separated by commas. Orders placed "
          "before are shown, but never routed; a shop that is not named has no such orders"),
    C_STR(struct order_state_conf, pickup_properties, "pickup_properties", 0,
          "_pickupstore, Pickup Store",
          "properties of a line that name the store where it is picked up, separated by commas, "
          "the most trusted first; the value is a facility, or begins with a facility's name. "
          "Orders that are known already are looked at again when they change"),
    { 0 },
};

const struct conf_section config_sections[CONFIG_SECTIONS] = {
    { "order-state", order_state_options, offsetof(struct config, order_state), 0,
      "orders: snapshots, fulfilment orders and parcels into tables" },
};
