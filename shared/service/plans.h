/*
 * plans.h: prepared plans are made anew as the tables grow.
 *
 * A plan made while a table is nearly empty may read all of it, and stays until the table is
 * analyzed, which can be a minute later.  So plans are dropped whenever this process has handled
 * twice as much as at the last time: a handful of times in its life, but early enough.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVICE_PLANS_H
#define SERVICE_PLANS_H

#include "pg/pg.h"

struct plans { int64_t handled, next; };

/* handled: how much the last turn did. Outside a transaction; a database that is away is left to
 * the next turn. FATAL: our statement is wrong. */
MUST_CHECK enum err_class plans_turn(struct plans *p, size_t handled, struct pg *db, struct err *e);

#endif
