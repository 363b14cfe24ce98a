/*
 * config.h: the options of ingest-gateway.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef INGEST_GATEWAY_CONFIG_H
#define INGEST_GATEWAY_CONFIG_H

#include "service/service.h"

struct ingest_conf {
    const char *bind;
    int64_t port;
    const char *tls_cert, *tls_key; /* PEM text; NULL: plain HTTP */
    const char *tokens;             /* one a line; NULL: no token is asked for */
    const char *source;             /* NULL: senders say who they are */
    int64_t records_max, body_max, in_flight_max;
    int64_t deadline_ms, ack_timeout_ms;
    int64_t connections_max, per_address_max;
};

struct config {
    struct service_conf service;
    struct ingest_conf ingest;
};

enum { CONFIG_SECTIONS = 1 };
extern const struct conf_section config_sections[CONFIG_SECTIONS];

/* What the options table cannot say, of a struct config: TLS needs both halves, a token file a
 * token, and one limit must leave room for another. */
MUST_CHECK enum err_class config_check(const void *cfg, struct err *e);

#endif
