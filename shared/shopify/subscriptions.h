/*
 * subscriptions.h: keep a shop's webhook subscriptions as they are declared.
 *
 * Declared are topics at one address: JSON, all fields, no filter (one with a mistake suppresses
 * everything).  Shopify deletes a subscription after eight refusals in a row, silently; so the list
 * is compared again and again.  What is missing is made anew, what was narrowed is replaced, and
 * what delivers our topics to the same path at another host is a leftover and is removed; all else
 * is somebody else's.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_SUBSCRIPTIONS_H
#define SHOPIFY_SUBSCRIPTIONS_H

#include "shopify/client.h"

enum { SUBSCRIPTIONS_MAX = 64 };

struct subscriptions_report {
    size_t made, removed, refused;
    char missing[64];            /* a topic that had to be made */
    char refusal[256];           /* why one cannot be had: a scope, mostly; the others are there */
    char version[16];            /* another version than the shop's in which bodies come, or "" */
};

/* Makes the subscriptions to `topics` (WebhookSubscriptionTopic names, NULL-terminated) at `uri`
 * what they should be, and says what that took. */
MUST_CHECK enum err_class subscriptions_keep(struct shopify *s, const char *const *topics,
                                             const char *uri, struct subscriptions_report *ret,
                                             int64_t *wait_ms, struct err *e);

#endif
