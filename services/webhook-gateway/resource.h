/*
 * resource.h: what a webhook is about, so that all deliveries about one thing share a Kafka key and
 * with it their order: "acme/Order/5123456789".  Pure.
 *
 * Never fails: a body that is not JSON, or names nothing we know, is keyed by its delivery id, and
 * without one by its own hash.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEBHOOK_GATEWAY_RESOURCE_H
#define WEBHOOK_GATEWAY_RESOURCE_H

#include "base/buf.h"
#include "base/types.h"

enum { RESOURCE_KEY_MAX = 512 };

/* topic: X-Shopify-Topic, webhook_id: X-Shopify-Webhook-Id; either may be null. Appends the key. */
void resource_key(struct buf *ret, struct str shop, struct str topic, struct str webhook_id,
                  struct str body);

#endif
