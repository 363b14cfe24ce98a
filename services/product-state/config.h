/*
 * config.h: the options of product-state.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PRODUCT_STATE_CONFIG_H
#define PRODUCT_STATE_CONFIG_H

#include "service/service.h"

struct product_conf {
    const char *identifier; /* sku, barcode, shopify_id */
    int64_t batch_max, recheck_ms, history_versions;
};

struct config {
    struct service_conf service;
    struct product_conf product;
};

enum { CONFIG_SECTIONS = 1 };
extern const struct conf_section config_sections[CONFIG_SECTIONS];
/* What a range cannot say; ctx: struct config. */
MUST_CHECK enum err_class config_check(const void *cfg, struct err *e);

#endif
