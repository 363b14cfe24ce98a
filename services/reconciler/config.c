/*
 * config.c: the options of reconciler, one row each; see config.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

static const struct conf_opt reconciler_options[] = {
    C_I64(struct reconciler_conf, cycle_ms, "cycle_ms", 0, "60000", 1000, 86400000, "ms",
          "how often what changed lately is compared"),
    C_I64(struct reconciler_conf, grace_ms, "grace_ms", 0, "10000", 0, 3600000, "ms",
          "a change younger than this (and the lags of searches) may still be on its way here"),
    C_I64(struct reconciler_conf, overlap_ms, "overlap_ms", 0, "120000", 0, 86400000, "ms",
          "how much of the last comparison is compared again"),
    C_I64(struct reconciler_conf, look_back_ms, "look_back_ms", 0, "3600000", 1000, 864000000, "ms",
          "how far the very first comparison looks back"),
    C_I64(struct reconciler_conf, sweep_ms, "sweep_ms", 0, "86400000", 0, 864000000, "ms",
          "how often everything is compared, by a bulk operation; 0: never"),
    C_I64(struct reconciler_conf, keep_ms, "keep_ms", 0, "2592000000", 3600000, 31536000000, "ms",
          "how long the results of comparisons are kept"),
    { 0 },
};

const struct conf_section config_sections[CONFIG_SECTIONS] = {
    { "reconciler", reconciler_options, offsetof(struct config, reconciler), 0,
      "compares what is here with what Shopify shows" },
    SHOP_SECTION(struct config, shops),
};

enum err_class
config_check(const void *conf, struct err *e)
{
    const struct config *cfg = conf;

    return shops_check_some(&cfg->shops, e);
}
