/*
 * config.c: the options of outbound-producer, one row each; see config.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

static const struct conf_opt producer_options[] = {
    C_I64(struct producer_conf, poll_min_ms, "poll_min_ms", 0, "5", 1, 1000, "ms",
          "sleep after a turn that found nothing to do; it doubles while nothing comes"),
    C_I64(struct producer_conf, poll_max_ms, "poll_max_ms", 0, "100", 1, 10000, "ms",
          "longest sleep: what a change may wait for when all was quiet before it"),
    C_I64(struct producer_conf, batch, "batch", 0, "200", 1, 5000, "",
          "items that are computed, and values that are published, in one turn at most"),
    C_I64(struct producer_conf, judge_interval_ms, "judge_interval_ms", 0, "500", 50, 60000, "ms",
          "how often to look for reads of Shopify that the watermark has passed"),
    C_I64(struct producer_conf, lease_ms, "lease_ms", 0, "10000", 1000, 300000, "ms",
          "how long another process waits before it takes over from one that hangs"),
    C_I64(struct producer_conf, ack_timeout_ms, "ack_timeout_ms", 0, "5000", 100, 150000, "ms",
          "how long to wait for Kafka before the same values are sent again; at most half of"
          " lease_ms"),
    { 0 },
};

const struct conf_section config_sections[CONFIG_SECTIONS] = {
    { "outbound-producer", producer_options, offsetof(struct config, producer), 0,
      "publishes promises and decisions" },
};

enum err_class
config_check(const void *conf, struct err *e)
{
    const struct config *cfg = conf;

    if (cfg->producer.ack_timeout_ms > cfg->producer.lease_ms / 2)
        return err_set(e, ERR_FATAL, "config",
                       "outbound-producer: ack_timeout_ms is more than half of lease_ms, so the"
                       " lease could end while Kafka is waited for; raise lease_ms");
    return ERR_NONE;
}
