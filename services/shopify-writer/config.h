/*
 * config.h: the options of shopify-writer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_WRITER_CONFIG_H
#define SHOPIFY_WRITER_CONFIG_H

#include "service/service.h"
#include "shopify/shop.h"

struct writer_conf {
    int64_t sweep_interval_ms; /* a quiet row is read again after this */
    int64_t reread_ms;         /* an open row whose read was not clean */
    int64_t key_life_ms;       /* an unanswered request older than this is never repeated */
    int64_t repeat_ms;         /* first repetition of an unanswered request; doubles */
    int64_t stock_calls, parcel_calls, read_calls; /* in the air at a time, per shop */
    int64_t idle_ms;           /* how long an idle turn blocks */
    bool notify_customer;
    int64_t first_push_rows; /* a channel with at most so many is never stopped */
    int64_t first_push_changed_percent, first_push_zeroed_percent;
};

struct config {
    struct service_conf service;
    struct writer_conf writer;
    struct conf_list shops; /* of struct shop_conf */
};

enum { CONFIG_SECTIONS = 2 };
extern const struct conf_section config_sections[CONFIG_SECTIONS];

MUST_CHECK enum err_class config_check(const void *cfg, struct err *e);

#endif
