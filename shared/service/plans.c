/*
 * plans.c: counting in doublings; see plans.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "service/plans.h"

#include "service_sql.h"

enum { PLANS_FIRST = 64 };

enum err_class
plans_turn(struct plans *p, size_t handled, struct pg *db, struct err *e)
{
    p->handled += (int64_t)handled;
    if (p->handled < PLANS_FIRST || p->handled < p->next || !pg_healthy(db))
        return ERR_NONE;
    p->next = p->handled * 2;
    const enum err_class class = pg_exec(db, e, NULL, &sql_discard_plans);
    if (class != ERR_NONE)
        pg_rollback(db);
    return class == ERR_FATAL ? class : ERR_NONE;
}
