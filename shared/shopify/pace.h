/*
 * pace.h: how fast a shop may be asked: Shopify's leaky bucket, shared without shared state.
 *
 * Five processes draw on one bucket per shop.  Each spends only above a floor of what Shopify last
 * reported as available, and the floor depends on what the call is for: fulfilments may empty the
 * bucket, an initial load leaves most of it to others.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_PACE_H
#define SHOPIFY_PACE_H

#include "base/types.h"

enum pace_class { PACE_FULFILLMENT, PACE_CANCELLATION, PACE_ATP, PACE_POLLING, PACE_BACKFILL };

struct pace {
    bool known;
    int64_t maximum, available, restore_rate; /* points, points, points per second */
    int64_t at_ms;                            /* monotonic: when `available` was true */
};

/* What extensions.cost.throttleStatus said at now_ms. */
void pace_learn(struct pace *p, int64_t maximum, int64_t available, int64_t restore_rate,
                int64_t now_ms);
/* Points that are on hand at now_ms if nobody else draws. */
int64_t pace_available(const struct pace *p, int64_t now_ms);
/* How long a call of this class and cost has to wait at now_ms; 0: go. Unknown buckets do not wait.
 * A floor that a full bucket could not satisfy is lowered to what it can. */
int64_t pace_wait_ms(const struct pace *p, enum pace_class c, int64_t cost, int64_t now_ms);

#endif
