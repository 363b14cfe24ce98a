/*
 * config.h: the options of order-update-publisher.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef ORDER_UPDATE_PUBLISHER_CONFIG_H
#define ORDER_UPDATE_PUBLISHER_CONFIG_H

#include "service/service.h"
#include "shopify/shop.h"

struct config {
    struct service_conf service;
    struct conf_list shops; /* struct shop_conf */
};

enum { CONFIG_SECTIONS = 1 };
extern const struct conf_section config_sections[CONFIG_SECTIONS];

#endif
