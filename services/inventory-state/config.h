/*
 * config.h: the options of inventory-state.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef INVENTORY_STATE_CONFIG_H
#define INVENTORY_STATE_CONFIG_H

#include "service/service.h"

struct inventory_conf {
    int64_t batch_max, recheck_ms;
};

struct config {
    struct service_conf service;
    struct inventory_conf inventory;
};

enum { CONFIG_SECTIONS = 1 };
extern const struct conf_section config_sections[CONFIG_SECTIONS];

#endif
