/*
 * config.h: the options of outbound-producer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OUTBOUND_PRODUCER_CONFIG_H
#define OUTBOUND_PRODUCER_CONFIG_H

#include "service/service.h"

struct producer_conf {
    int64_t poll_min_ms, poll_max_ms; /* how long an idle loop sleeps: at first, and in the end */
    int64_t batch;
    int64_t judge_interval_ms;
    int64_t lease_ms;
    int64_t ack_timeout_ms;
};

struct config {
    struct service_conf service;
    struct producer_conf producer;
};

enum { CONFIG_SECTIONS = 1 };
extern const struct conf_section config_sections[CONFIG_SECTIONS];

MUST_CHECK enum err_class config_check(const void *cfg, struct err *e);

#endif
