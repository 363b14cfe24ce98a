/*
 * sweep.h: what had to wait is finished: fulfilments that no open intent explains any more, facts
 * and exceptions whose cause changed in a transaction that did not see ours.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef ORDER_STATE_SWEEP_H
#define ORDER_STATE_SWEEP_H

#include "config.h"
#include "pg/pg.h"

struct sweep {
    const struct order_state_conf *conf;
    int64_t pace_ms, next_ms, count_ms; /* monotonic */
};
struct sweep sweep_new(const struct order_state_conf *conf);
/* Sweeps and counts when it is time; a database that is away is left to the stream. FATAL: our
 * statement is wrong. */
MUST_CHECK enum err_class sweep_turn(struct sweep *s, struct pg *db, struct err *e);

#endif
