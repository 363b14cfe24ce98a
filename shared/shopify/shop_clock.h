/*
 * shop_clock.h: Shopify's clock, told from the Date headers of its answers: ours plus a lower bound
 * of the offset.
 *
 * A Date header is cut to whole seconds, and it was written before we received it: Shopify's time
 * at reception is at least the header's.  The largest (header - reception) seen is the best lower
 * bound. Versions of reads are stamped with it, rounded down: a read never claims to be younger
 * than it is.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_SHOP_CLOCK_H
#define SHOPIFY_SHOP_CLOCK_H

#include "base/types.h"

struct shop_clock {
    bool known;
    int64_t offset_us;  /* Shopify's clock - ours, at least */
    struct time_us set_at; /* when the bound was last raised or confirmed, in our clock */
};

/* An answer that was asked for at `sent` and received at `received` carried this Date. */
void shop_clock_learn(struct shop_clock *c, struct time_us sent, struct time_us received,
                      struct time_us date);
/* Our moment in Shopify's clock, rounded down. Without any answer yet: ours. */
struct time_us shop_clock_at(const struct shop_clock *c, struct time_us ours);

#endif
