/*
 * shop.h: one shop as the configuration describes it: the section [shop.<key>], repeated once per
 * shop.
 *
 * The short key ("acme") is the first part of every Kafka key and of every primary key, so it never
 * changes once facts exist.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_SHOP_H
#define SHOPIFY_SHOP_H

#include "conf/conf.h"

struct shop_conf {
    const char *key;         /* the member that a repeated section names: "acme" */
    const char *endpoint;    /* "https://acme.myshopify.com"; the API's path is added */
    const char *api_version; /* "2026-10" */
    const char *token;       /* content of token_file */
    const char *webhook_secret, *webhook_secret_previous;
    const char *webhook_uri; /* where Shopify sends webhooks; NULL: subscriptions are not managed */
    const char *domain;      /* "acme.myshopify.com"; NULL: X-Shopify-Shop-Domain is not compared */
    const char
        *bulk_hosts; /* comma-separated hosts that results of bulk operations may come from */
    const char *mode;        /* observe, atp, fulfil, all: what the writer may do */
    const char *metafield_namespaces;         /* of products: comma-separated; NULL: none */
    const char *variant_metafield_namespaces; /* of variants */
    const char *order_metafield_namespaces;   /* of orders */
    int64_t poll_interval_ms, overlap_ms, search_lag_ms, replica_lag_ms;
    const char *history_since; /* orders created since then are loaded, too; NULL: open ones only */
    int64_t timeout_ms;      /* of one call */
    int64_t pause_ms;        /* before a shop that needs a person is tried again */
    int64_t subscriptions_ms;
    const char *first_push;  /* check: stopped when it would change much; released */
};

enum { SHOPS_MAX = CONF_REPEAT_MAX };

extern const struct conf_opt shop_options[];
/* The section's row for a service whose struct holds `struct conf_list member` of struct
 * shop_conf. */
#define SHOP_SECTION(T, member) \
    { "shop.*", shop_options, offsetof(T, member), sizeof(struct shop_conf), \
      "One shop. The name after the dot is its short key in topics and tables, for ever." }

/* FATAL with what to do when a value that the table cannot check is wrong (key, endpoint, mode). */
MUST_CHECK enum err_class shop_check(const struct shop_conf *shop, struct err *e);
/* Of all shops in the list, each checked. */
MUST_CHECK enum err_class shops_check(const struct conf_list *shops, struct err *e);
/* The same for a service that has nothing to do without any. */
MUST_CHECK enum err_class shops_check_some(const struct conf_list *shops, struct err *e);
/* A person has released the first push of the shop's channels, whatever it changes. */
bool shop_first_push_released(const struct shop_conf *shop);
/* NULL when no shop has this key. */
const struct shop_conf *shop_find(const struct conf_list *shops, struct str key);

#endif
