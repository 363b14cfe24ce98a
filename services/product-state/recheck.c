/*
 * recheck.c: small transactions of their own, now and then; see recheck.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "recheck.h"

#include "base/clock.h"
#include "product_state_sql.h"

enum { STRAYS_MAX = 100 }; /* variants a turn: a transaction stays short */

static enum err_class
look_again(struct pg *db, struct err *e)
{
    TRY(pg_begin(db, e));
    TRY(pg_send(db, e, &sql_close_known_items, PG_TIME(clock_now())));
    TRY(pg_send(db, e, &sql_judge_reused_variants, PG_TIME(clock_now())));
    TRY(pg_commit(db, e));
    TRY(pg_begin(db, e));
    TRY(pg_send(db, e, &sql_repoint_strays, PG_I32(STRAYS_MAX), PG_TIME(clock_now())));
    return pg_commit(db, e);
}

enum err_class
recheck_turn(struct recheck *r, struct pg *db, struct err *e)
{
    const int64_t now_ms = clock_monotonic_ms();

    if (now_ms < r->next_ms || !pg_healthy(db))
        return ERR_NONE;
    r->next_ms = now_ms + r->every_ms;
    const enum err_class rc = look_again(db, e);
    if (rc != ERR_NONE)
        pg_rollback(db);
    return rc == ERR_RETRY ? ERR_NONE : rc;
}
