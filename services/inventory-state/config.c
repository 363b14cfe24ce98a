/*
 * config.c: the options of inventory-state, one row each; see config.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

static const struct conf_opt inventory_options[] = {
    C_I64(struct inventory_conf, batch_max, "batch_max", 0, "1000", 1, 10000, "records",
          "records applied in one transaction at most"),
    C_I64(struct inventory_conf, recheck_ms, "recheck_ms", 0, "10000", 100, 3600000, "ms",
          "how often open exceptions about unknown facilities are looked at again"),
    { 0 },
};

const struct conf_section config_sections[CONFIG_SECTIONS] = {
    { "inventory-state", inventory_options, offsetof(struct config, inventory), 0,
      "stock: movements, counts and settings into tables" },
};
