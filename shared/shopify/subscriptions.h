/*
 * subscriptions.h: keep a shop's webhook subscriptions.
 *
 * Shopify deletes a subscription after eight refusals in a row, silently; so the list is compared
 * with what is wanted again and again, and what is missing is made anew.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_SUBSCRIPTIONS_H
#define SHOPIFY_SUBSCRIPTIONS_H

#include "shopify/client.h"

enum { SUBSCRIPTIONS_MAX = 64 };

/* Makes subscriptions to `topics` (WebhookSubscriptionTopic names, NULL-terminated) at `uri` where
 * none exists. *made: how many. */
MUST_CHECK enum err_class subscriptions_keep(struct shopify *s, const char *const *topics,
                                             const char *uri, size_t *made, int64_t *wait_ms,
                                             struct err *e);

#endif
