/*
 * life.h: the life of one order by seed, as the records it leaves: what shoppers, staff and
 * warehouses do by Shopify's rules, up to LIFE_RECORDS_MAX records.
 *
 * Knows nothing of the rules under test.  Snapshots are cumulative, as Shopify's are: what was
 * fulfilled or refunded is in every later one.  Some of them share a version and differ (a webhook
 * and a read of the same second), some cannot be read, some orders are deleted.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_LIFE_H
#define TESTS_LIFE_H

#include "base/arena.h"
#include "order_model.h"

enum { LIFE_RECORDS_MAX = 6 };

struct life {
    size_t n;
    struct model_record records[LIFE_RECORDS_MAX];
};

/* The life number n of this seed, the same whenever it is asked for; it lives in `mem`. */
void life_make(struct life *ret, uint64_t seed, uint64_t n, struct arena *mem);

/* The dice of this and of whoever shuffles: splitmix64, uniform in [0, below). */
uint64_t dice_roll(uint64_t *dice, uint64_t below);

#endif
