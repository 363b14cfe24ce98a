/*
 * config.c: the options of webhook-gateway, one row each; see config.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

static const struct conf_opt gateway_options[] = {
    C_STR(struct gateway_conf, bind, "bind", 0, "127.0.0.1",
          "address to listen on; the default suits a proxy on the same host"),
    C_I64(struct gateway_conf, port, "port", 0, "8080", 0, 65535, "port", "0 chooses a free one"),
    C_FILE(struct gateway_conf, tls_cert, "tls_cert_file", 0,
           "PEM certificate chain; with tls_key_file the port speaks TLS"),
    C_FILE(struct gateway_conf, tls_key, "tls_key_file", 0, "PEM private key of the certificate"),
    C_I64(struct gateway_conf, body_max, "body_max", 0, "3145728", 1024, 4128768, "bytes",
          "longest body; a longer one is refused with 413. The topic takes 4 MiB"),
    C_I64(struct gateway_conf, in_flight_max, "in_flight_max", 0, "16777216", 1048576, 1073741824,
          "bytes", "bodies that may arrive or wait for Kafka at a time; beyond it 503 is answered"),
    C_I64(struct gateway_conf, deadline_ms, "deadline_ms", 0, "10000", 100, 60000, "ms",
          "from the first byte of a request to its answer; then 408 and the connection is closed"),
    C_I64(struct gateway_conf, ack_timeout_ms, "ack_timeout_ms", 0, "4000", 100, 30000, "ms",
          "how long Kafka may take before the answer is 503; Shopify itself waits 5 s in all"),
    C_I64(struct gateway_conf, connections_max, "connections_max", 0, "512", 8, 65535, "",
          "open connections in all"),
    C_I64(struct gateway_conf, per_address_max, "per_address_max", 0, "512", 1, 65535, "",
          "open connections per address; behind a proxy all come from one"),
    { 0 },
};

const struct conf_section config_sections[CONFIG_SECTIONS] = {
    { "webhook-gateway", gateway_options, offsetof(struct config, gateway), 0,
      "the public door for Shopify's webhooks" },
    SHOP_SECTION(struct config, shops),
};

enum err_class
config_check(const void *of, struct err *e)
{
    const struct config *cfg = of;
    const struct shop_conf *shops = cfg->shops.v;

    TRY(shops_check_some(&cfg->shops, e));
    if ((cfg->gateway.tls_cert == NULL) != (cfg->gateway.tls_key == NULL))
        return err_set(e, ERR_FATAL, "config",
                       "webhook-gateway: give both tls_cert_file and tls_key_file, or neither");
    if (cfg->gateway.body_max > cfg->gateway.in_flight_max)
        return err_set(e, ERR_FATAL, "config",
                       "webhook-gateway: body_max is more than in_flight_max, so such a body could"
                       " never come in; raise in_flight_max");
    if (cfg->gateway.deadline_ms < cfg->gateway.ack_timeout_ms)
        return err_set(e, ERR_FATAL, "config",
                       "webhook-gateway: deadline_ms is less than ack_timeout_ms, so a request"
                       " would be cut while Kafka may still take it; raise deadline_ms");
    for (size_t i = 0; i < cfg->shops.n; i++)
        if (shops[i].webhook_secret == NULL || shops[i].webhook_secret[0] == '\0')
            return err_set(e, ERR_FATAL, "config",
                           "shop.%s.webhook_secret_file: needed to verify webhooks; name a file"
                           " with the app's client secret",
                           shops[i].key);
    return ERR_NONE;
}
