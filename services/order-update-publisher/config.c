/*
 * config.c: order-update-publisher has shops, and nothing to tune of its own; see config.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

const struct conf_section config_sections[CONFIG_SECTIONS] = {
    SHOP_SECTION(struct config, shops),
};
