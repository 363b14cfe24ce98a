/*
 * config.c: the options of product-state, one row each; see config.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

static const struct conf_opt product_options[] = {
    C_I64(struct product_conf, batch_max, "batch_max", 0, "500", 1, 10000, "records",
          "products applied in one transaction at most"),
    C_I64(struct product_conf, recheck_ms, "recheck_ms", 0, "10000", 100, 3600000, "ms",
          "how often open exceptions about unknown items are looked at again"),
    { 0 },
};

const struct conf_section config_sections[CONFIG_SECTIONS] = {
    { "product-state", product_options, offsetof(struct config, product), 0,
      "catalog: products and variants into tables" },
};
