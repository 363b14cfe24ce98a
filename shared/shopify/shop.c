/*
 * shop.c: the options of a shop and the checks that a range cannot express; see shop.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/shop.h"

#include "base/clock.h"

const struct conf_opt shop_options[] = {
    C_STR(struct shop_conf, endpoint, "endpoint", CONF_REQUIRED, NULL,
          "Address of the shop, without a path: https://NAME.myshopify.com"),
    C_STR(struct shop_conf, api_version, "api_version", 0, "2026-10",
          "Version of the Admin API; an answer in another version pauses the shop."),
    C_FILE(struct shop_conf, token, "token_file", CONF_REQUIRED,
           "File with the Admin API access token and nothing else."),
    C_FILE(struct shop_conf, webhook_secret, "webhook_secret_file", 0,
           "File with the secret that signs this shop's webhooks."),
    C_FILE(struct shop_conf, webhook_secret_previous, "webhook_secret_previous_file", 0,
           "File with the secret before the last rotation; accepted beside the current one."),
    C_STR(
        struct shop_conf, webhook_uri, "webhook_uri", 0, NULL,
        "Public address of the webhook gateway for this shop; none: subscriptions are left alone."),
    C_STR(struct shop_conf, domain, "domain", 0, NULL,
          "The shop's domain as webhooks name it: NAME.myshopify.com; none: it is not compared."),
    C_STR(struct shop_conf, bulk_hosts, "bulk_hosts", 0, "storage.googleapis.com",
          "Hosts, apart by commas, from which results of bulk operations may be fetched; HOST:PORT "
          "allows plain HTTP on a loopback address."),
    C_STR(struct shop_conf, metafield_namespaces, "metafield_namespaces", 0, NULL,
          "Namespaces, apart by commas, whose metafields are part of products; none: no "
          "metafields."),
    C_STR(struct shop_conf, variant_metafield_namespaces, "variant_metafield_namespaces", 0, NULL,
          "The same of variants; with it the initial load reads products one by one, because a "
          "bulk operation cannot show them."),
    C_STR(struct shop_conf, order_metafield_namespaces, "order_metafield_namespaces", 0, NULL,
          "The same of orders; they are part of the fact of fulfillment-orders."),
    C_STR(struct shop_conf, history_since, "history_since", 0, NULL,
          "Load orders created since then, 2025-01-01T00:00:00Z, and not only open ones; beyond 60 "
          "days the token needs the scope read_all_orders."),
    C_I64(struct shop_conf, poll_interval_ms, "poll_interval_ms", 0, "1000", 100, 3600000, "ms",
          "How often to look for changes that no webhook told."),
    C_I64(struct shop_conf, overlap_ms, "overlap_ms", 0, "120000", 0, 86400000, "ms",
          "How far behind its cursor a poll looks again, because search runs behind."),
    C_I64(struct shop_conf, search_lag_ms, "search_lag_ms", 0, "10000", 0, 600000, "ms",
          "A change is found by search at the latest after this time; bounds the watermark."),
    C_I64(struct shop_conf, replica_lag_ms, "replica_lag_ms", 0, "2000", 0, 600000, "ms",
          "A read shows every change that is at least this old; bounds the watermark."),
    C_I64(struct shop_conf, timeout_ms, "timeout_ms", 0, "10000", 100, 60000, "ms",
          "Longest wait for one answer of the shop."),
    C_I64(struct shop_conf, pause_ms, "pause_ms", 0, "30000", 100, 3600000, "ms",
          "How long publishers and the reconciler leave a shop alone that needs a person (a wrong "
          "token, a missing scope, an unpaid bill), before they try it again."),
    C_I64(struct shop_conf, subscriptions_ms, "subscriptions_ms", 0, "60000", 2000, 86400000, "ms",
          "How often webhook subscriptions are compared with what is declared; each time costs the "
          "points of a list."),
    C_STR(struct shop_conf, mode, "mode", 0, "all",
          "What may be written to the shop: observe (nothing), atp (stock), fulfil (fulfilments) "
          "or all."),
    C_STR(struct shop_conf, first_push, "first_push", 0, "check",
          "The first stock write to a location: check stops it when it would change much; released "
          "is a person's word that it may."),
    { 0 },
};

static enum err_class
check_key(const char *key, struct err *e)
{
    const struct str s = str_of(key);
    bool good = s.n > 0 && s.n <= 64 && s.p[0] >= 'a' && s.p[0] <= 'z';

    for (size_t i = 0; good && i < s.n; i++)
        good = (s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9')
               || s.p[i] == '-';
    if (!good)
        return err_set(
            e, ERR_FATAL, "config",
            "[shop.%s]: a short key is a lower-case letter, then letters, digits and '-'",
            key != NULL ? key : "");
    return ERR_NONE;
}

static enum err_class
check_endpoint(const struct shop_conf *shop, struct err *e)
{
    const char *scheme_end = strstr(shop->endpoint, "://");
    const struct str scheme = { shop->endpoint,
                                scheme_end != NULL ? (size_t)(scheme_end - shop->endpoint) : 0 };

    if (!str_is(scheme, "https") && !str_is(scheme, "http"))
        return err_set(e, ERR_FATAL, "config",
                       "[shop.%s] endpoint = %s: write https://NAME.myshopify.com", shop->key,
                       shop->endpoint);
    if (scheme_end[3] == '\0' || strpbrk(scheme_end + 3, "/?#@ ") != NULL)
        return err_set(e, ERR_FATAL, "config",
                       "[shop.%s] endpoint = %s: scheme and host only; cut what follows the host",
                       shop->key, shop->endpoint);
    return ERR_NONE;
}

enum err_class
shop_check(const struct shop_conf *shop, struct err *e)
{
    static const char *const modes[] = { "observe", "atp", "fulfil", "all" };
    bool known = false;

    TRY(check_key(shop->key, e));
    TRY(check_endpoint(shop, e));
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        known = known || strcmp(shop->mode, modes[i]) == 0;
    if (!known)
        return err_set(e, ERR_FATAL, "config",
                       "[shop.%s] mode = %s: choose observe, atp, fulfil or all", shop->key,
                       shop->mode);
    struct time_us since;
    struct err why = { 0 };
    if (shop->history_since != NULL && time_parse(str_of(shop->history_since), &since, &why) != 0)
        return err_set(e, ERR_FATAL, "config",
                       "[shop.%s] history_since = %s: write 2025-01-01T00:00:00Z", shop->key,
                       shop->history_since);
    if (strcmp(shop->first_push, "check") != 0 && !shop_first_push_released(shop))
        return err_set(e, ERR_FATAL, "config",
                       "[shop.%s] first_push = %s: choose check or released", shop->key,
                       shop->first_push);
    return ERR_NONE;
}

bool
shop_first_push_released(const struct shop_conf *shop)
{
    return strcmp(shop->first_push, "released") == 0;
}

enum err_class
shops_check(const struct conf_list *shops, struct err *e)
{
    const struct shop_conf *v = shops->v;

    for (size_t i = 0; i < shops->n; i++)
        TRY(shop_check(&v[i], e));
    return ERR_NONE;
}

enum err_class
shops_check_some(const struct conf_list *shops, struct err *e)
{
    if (shops->n == 0)
        return err_set(e, ERR_FATAL, "config", "no [shop.<name>] section: add one per shop");
    return shops_check(shops, e);
}

const struct shop_conf *
shop_find(const struct conf_list *shops, struct str key)
{
    const struct shop_conf *v = shops->v;

    for (size_t i = 0; i < shops->n; i++)
        if (str_is(key, v[i].key))
            return &v[i];
    return NULL;
}
