/*
 * shop_clock.c: the lower bound of the offset between Shopify's clock and ours; see shop_clock.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/shop_clock.h"

#include "base/clock.h"

/* Clocks drift apart: a bound older than this is replaced by whatever the next answer says. */
#define BOUND_LIFE_US (INT64_C(3600) * US_PER_S)

void
shop_clock_learn(struct shop_clock *c, struct time_us sent, struct time_us received,
                 struct time_us date)
{
    if (date.v == 0)
        return;
    const int64_t at_least = date.v - received.v;
    const int64_t at_most = date.v + US_PER_S - sent.v;
    /* A bound above what is possible now: one of the clocks was set back. */
    const bool impossible = c->known && c->offset_us > at_most;
    const bool old = c->known && received.v - c->set_at.v > BOUND_LIFE_US;

    if (!c->known || impossible || old || at_least > c->offset_us)
        *c = (struct shop_clock){ .known = true, .offset_us = at_least, .set_at = received };
}

struct time_us
shop_clock_at(const struct shop_clock *c, struct time_us ours)
{
    return (struct time_us){ ours.v + (c->known ? c->offset_us : 0) };
}
