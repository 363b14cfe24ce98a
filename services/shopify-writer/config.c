/*
 * config.c: the options of shopify-writer, one row each; see config.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

static const struct conf_opt writer_options[] = {
    C_I64(struct writer_conf, sweep_interval_ms, "sweep_interval_ms", 0, "900000", 1000, 86400000,
          "ms", "how often every row is compared with Shopify, whether or not anything happens"),
    C_I64(struct writer_conf, reread_ms, "reread_ms", 0, "30000", 100, 3600000, "ms",
          "when to read again after a read that something of ours or a sale fell into"),
    C_I64(struct writer_conf, key_life_ms, "key_life_ms", 0, "82800000", 1000, 85500000, "ms",
          "an unanswered stock write older than this is never sent again; Shopify forgets its key"
          " after 24 h"),
    C_I64(struct writer_conf, repeat_ms, "repeat_ms", 0, "500", 10, 60000, "ms",
          "first repetition of a stock write without answer; doubles up to a minute"),
    C_I64(struct writer_conf, stock_calls, "stock_calls", 0, "3", 1, 16, "",
          "stock writes in the air at a time, per shop; each takes up to 250 rows"),
    C_I64(struct writer_conf, parcel_calls, "parcel_calls", 0, "8", 1, 32, "",
          "fulfilments in the air at a time, per shop"),
    C_I64(struct writer_conf, read_calls, "read_calls", 0, "2", 1, 8, "",
          "reads of stock, and of orders, in the air at a time, per shop"),
    C_I64(struct writer_conf, idle_ms, "idle_ms", 0, "200", 1, 5000, "ms",
          "how long to wait for records when nothing is in the air; a timer may be late by this"),
    C_BOOL(struct writer_conf, notify_customer, "notify_customer", 0, "false",
           "whether Shopify mails customers about fulfilments that we make"),
    C_I64(struct writer_conf, first_push_rows, "first_push_rows", 0, "50", 0, 1000000, "",
          "the first push of a location with at most so many rows is never stopped"),
    C_I64(struct writer_conf, first_push_changed_percent, "first_push_changed_percent", 0, "30", 0,
          100, "%", "the first push of a location stops when more of its rows would change"),
    C_I64(struct writer_conf, first_push_zeroed_percent, "first_push_zeroed_percent", 0, "5", 0,
          100, "%", "and when more of its rows would go to nothing left to sell"),
    { 0 },
};

const struct conf_section config_sections[CONFIG_SECTIONS] = {
    { "shopify-writer", writer_options, offsetof(struct config, writer), 0,
      "writes stock and fulfilments to Shopify" },
    SHOP_SECTION(struct config, shops),
};

enum err_class
config_check(const void *conf, struct err *e)
{
    const struct config *cfg = conf;

    return shops_check_some(&cfg->shops, e);
}
