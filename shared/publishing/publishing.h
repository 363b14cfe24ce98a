/*
 * publishing.h: what the three publishers share: everything. A publisher is a description (feeds
 * and webhook rules) and this program.
 *
 *   webhooks   from the topic `shopify-webhooks`, committed with their hints in one transaction
 *   hints      rows, read at once and again later
 *   polls      by time, with overlap
 *   load       a bulk operation, once per shop
 *
 * Several processes share shops by leases, and webhooks by partitions.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PUBLISHING_PUBLISHING_H
#define PUBLISHING_PUBLISHING_H

#include "publishing/feed.h"
#include "service/service.h"

struct publishing_spec {
    const char *name;                     /* of the service: group, lease, hints of its own */
    const struct feed *const *feeds;      /* NULL-terminated; the first is what webhooks speak of */
    const struct webhook_rule *rules;     /* ends with { 0 } */
    const char *body_topic;               /* where whole bodies go: "orders", "order-updates" */
    const char *const *subscriptions;     /* WebhookSubscriptionTopic names; NULL-terminated */
    const char *needs_load; /* watermarks wait for the load of this stream, by another service */
};

/* Runs until the service is stopped. shops: struct shop_conf. */
MUST_CHECK enum err_class publishing_run(struct service *s, const struct publishing_spec *spec,
                                         const struct conf_list *shops, struct err *e);

#endif
