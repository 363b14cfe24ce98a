/*
 * recheck.h: what two transactions left behind that did not see each other: exceptions whose cause
 * is gone are closed, lines follow the link of their variant; and what time alone makes true.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PRODUCT_STATE_RECHECK_H
#define PRODUCT_STATE_RECHECK_H

#include "pg/pg.h"

struct recheck {
    int64_t every_ms, next_ms; /* monotonic */
};
/* Looks again when it is time; a database that is away is left to the stream. FATAL: our statement
 * is wrong. */
MUST_CHECK enum err_class recheck_turn(struct recheck *r, struct pg *db, struct err *e);

#endif
