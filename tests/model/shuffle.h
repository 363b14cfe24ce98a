/*
 * shuffle.h: does the end of a history depend on how its records arrive?  Each history is played as
 * it happened, then in other orders (all of them while it is short, a sample else), some records
 * twice; the model must tell the same every time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_SHUFFLE_H
#define TESTS_SHUFFLE_H

#include "order_model.h"

struct shuffle_figures {
    uint64_t histories, records; /* made */
    uint64_t arrivals;           /* played */
    uint64_t dependent;          /* histories that ended otherwise for another arrival */
    uint64_t first;              /* the first of them */
};
void shuffle_all(struct shuffle_figures *ret, const struct model_rules *rules, uint64_t seed,
                 uint64_t histories);

#endif
