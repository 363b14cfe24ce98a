/*
 * options.h: the tables that the tests of conf load, with one section of each kind.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_CONF_OPTIONS_H
#define TESTS_CONF_OPTIONS_H

#include "conf/conf.h"

struct shop { const char *name, *domain, *token; int64_t poll_ms; };
struct options {
    struct { const char *url; int64_t timeout_ms; bool tls; } postgres;
    struct { int64_t port; } http;
    struct conf_pass kafka;
    struct conf_list shops;
};

static const struct conf_opt postgres_options[] = {
    C_STR(struct options, postgres.url, "url", CONF_REQUIRED | CONF_SECRET, NULL,
          "where the database is"),
    C_I64(struct options, postgres.timeout_ms, "timeout_ms", 0, "5000", 1, 60000, "ms",
          "longest statement"),
    C_BOOL(struct options, postgres.tls, "tls", 0, "false", "whether to encrypt"),
    { 0 },
};
static const struct conf_opt http_options[] = {
    C_I64(struct options, http.port, "port", 0, "0", 0, 65535, "port", "0 chooses a free one"),
    { 0 },
};
static const struct conf_opt shop_options[] = {
    C_STR(struct shop, domain, "domain", 0, NULL, "the shop's own domain"),
    C_FILE(struct shop, token, "token_file", CONF_REQUIRED, "the Admin API's access token"),
    C_I64(struct shop, poll_ms, "poll_ms", 0, "1000", 100, 60000, "ms", "time between polls"),
    { 0 },
};
static const struct conf_section sections[] = {
    { "postgres", postgres_options, 0, 0, "the database" },
    { "http", http_options, 0, 0, "health and metrics" },
    { "kafka", NULL, offsetof(struct options, kafka), 0, "any librdkafka property" },
    { "shop.*", shop_options, offsetof(struct options, shops), sizeof(struct shop), "one shop" },
};
enum { SECTIONS = sizeof sections / sizeof sections[0] };

#endif
