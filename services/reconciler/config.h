/*
 * config.h: the options of reconciler.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RECONCILER_CONFIG_H
#define RECONCILER_CONFIG_H

#include "service/service.h"
#include "shopify/shop.h"

struct reconciler_conf {
    int64_t cycle_ms, grace_ms, overlap_ms, look_back_ms, sweep_ms, keep_ms;
};

struct config {
    struct service_conf service;
    struct reconciler_conf reconciler;
    struct conf_list shops;
};

enum { CONFIG_SECTIONS = 2 };
extern const struct conf_section config_sections[CONFIG_SECTIONS];
enum err_class config_check(const void *conf, struct err *e);

#endif
