/*
 * pace.c: arithmetic of the leaky bucket; see pace.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/pace.h"

static const int64_t floor_percent[] = {
    [PACE_FULFILLMENT] = 0,
    [PACE_CANCELLATION] = 10,
    [PACE_ATP] = 20,
    [PACE_POLLING] = 50,
    [PACE_BACKFILL] = 70,
};

void
pace_learn(struct pace *p, int64_t maximum, int64_t available, int64_t restore_rate, int64_t now_ms)
{
    if (maximum <= 0 || restore_rate <= 0)
        return;
    *p = (struct pace){ true, maximum, available, restore_rate, now_ms };
}

int64_t
pace_available(const struct pace *p, int64_t now_ms)
{
    const int64_t refilled = p->available + (now_ms - p->at_ms) * p->restore_rate / 1000;

    return refilled < p->maximum ? refilled : p->maximum;
}

int64_t
pace_wait_ms(const struct pace *p, enum pace_class c, int64_t cost, int64_t now_ms)
{
    if (!p->known)
        return 0;
    const int64_t above = p->maximum * floor_percent[c] / 100 + cost;
    const int64_t wanted = above < p->maximum ? above : p->maximum;
    const int64_t missing = wanted - pace_available(p, now_ms);

    return missing <= 0 ? 0 : (missing * 1000 + p->restore_rate - 1) / p->restore_rate;
}
