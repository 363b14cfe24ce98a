/*
 * outcome.h: what a turn has decided, as columns ready for one statement.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef ORDER_ROUTER_OUTCOME_H
#define ORDER_ROUTER_OUTCOME_H

#include "base/arena.h"
#include "config.h"
#include "pg/pg.h"

/* An order as it was taken from the queue. */
struct taken {
    struct str shop;
    int64_t order, gen, attempts;
    struct time_us due_at;
};

struct outcomes {
    size_t n_parts, n_orders;
    struct str *part_shops, *part_facilities, *shops, *details;
    int64_t *part_orders, *part_lines, *part_units, *orders, *gens;
    struct time_us *due;
};

struct outcomes outcomes_new(struct arena *mem, size_t max_parts, size_t max_orders);
void outcomes_part(struct outcomes *o, const struct taken *t, int64_t line, struct str facility,
                   int64_t units);
/* lacking: what no facility has, in words; the null str when nothing is. Then it is tried again
 * later, each time after a longer wait. */
void outcomes_order(struct outcomes *o, const struct taken *t, struct str lacking,
                    const struct order_router_conf *conf, struct time_us now);
MUST_CHECK enum err_class outcomes_send(const struct outcomes *o, struct pg *db, struct time_us now,
                                        struct err *e);

#endif
