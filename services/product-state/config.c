/*
 * config.c: the options of product-state, one row each; see config.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include "policy.h"

static const struct conf_opt product_options[] = {
    C_STR(struct product_conf, identifier, "identifier", 0, "sku",
          "what names a stock item: sku, barcode or shopify_id; settled once a variant is linked"),
    C_I64(struct product_conf, history_versions, "history_versions", 0, "100", 1, 100000, "",
          "earlier versions that are kept of a product, and what changed within them"),
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

enum err_class
config_check(const void *cfg, struct err *e)
{
    enum identifier unused;

    return policy_parse(((const struct config *)cfg)->product.identifier, &unused, e);
}
