/*
 * lease.c: see lease.h.
 *
 * What is kept in memory ends before the row does: its time runs from before the question, by a
 * clock that nobody sets.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "service/lease.h"

#include "base/clock.h"
#include "base/log.h"
#include "service/internal.h"
#include "service_sql.h"

enum err_class
lease_hold(struct service *s, struct pg *db, struct lease *l, int64_t ttl_ms, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    const int64_t asked_ms = clock_monotonic_ms();
    const struct time_us now = clock_now(), until = { now.v + ttl_ms * US_PER_MS };
    const bool first =
        l->until_ms == 0; /* later a successor of ours may hold it: leave it to him */

    TRY(pg_exec(db, e, &rows, &sql_lease_hold, PG_CSTR(l->name), PG_CSTR(s->owner), PG_TIME(now),
                PG_TIME(until), first ? PG_CSTR(s->instance) : PG_NULL()));
    l->token = pg_n(rows) > 0 ? pg_i64(rows, 0, 0) : 0;
    if (l->token != 0)
        l->until_ms = asked_ms + ttl_ms;
    return ERR_NONE;
}

bool
lease_is_held(const struct lease *l)
{
    return l->token != 0 && clock_monotonic_ms() < l->until_ms;
}

enum err_class
lease_check(struct pg *db, const struct lease *l, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    TRY(pg_exec(db, e, &rows, &sql_lease_check, PG_CSTR(l->name), PG_I64(l->token)));
    if (pg_n(rows) > 0)
        return ERR_NONE;
    return err_set(e, ERR_RETRY, "MR002", "lease %s: another owner took it", l->name);
}

enum err_class
lease_release(struct pg *db, struct lease *l, struct err *e)
{
    if (l->token == 0)
        return ERR_NONE;
    TRY(pg_exec(db, e, NULL, &sql_lease_release, PG_CSTR(l->name), PG_I64(l->token),
                PG_TIME(clock_now())));
    l->token = 0;
    return ERR_NONE;
}

void
lease_give_back(struct pg *db, struct lease *l)
{
    struct err ignored;

    if (lease_release(db, l, &ignored) != ERR_NONE)
        LOG_WARN(MSG("lease not given back; it ends by itself"),
                 KV("lease", (const char *)l->name));
}
