/*
 * hints.c: see hints.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "publishing/hints.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "publishing_sql.h"

/* A killed reader's hints are due again after this. */
#define CLAIM_US (INT64_C(60) * US_PER_S)

bool
hint_is_deletion(struct str reason)
{
    const struct str tail = STR("/delete");

    return reason.n >= tail.n && memcmp(reason.p + reason.n - tail.n, tail.p, tail.n) == 0;
}

static bool
begins(struct str s, const char *with)
{
    const size_t n = strlen(with);

    return s.n >= n && memcmp(s.p, with, n) == 0;
}

bool
hint_is_asked(struct str reason)
{
    static const char *const ours[] = { "webhook ", HINT_UNREADABLE, HINT_UNSHOWN };
    const struct str r = begins(reason, HINT_SAYS) ? (struct str){ reason.p + strlen(HINT_SAYS),
                                                                   reason.n - strlen(HINT_SAYS) }
                                                   : reason;

    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (begins(r, ours[i]))
            return false;
    return r.n > 0;
}

void
hints_add(struct hints *h, struct arena *mem, const struct hint *one)
{
    if (h->n == h->max) {
        const size_t max = h->max == 0 ? 64 : h->max * 2;
        struct hint *v = ARENA_NEW(mem, struct hint, max);
        if (h->n > 0)
            memcpy(v, h->v, h->n * sizeof(*v));
        h->v = v;
        h->max = max;
    }
    h->v[h->n++] = *one;
}

struct str
hint_resource(struct arena *mem, const char *type, int64_t id)
{
    return arena_printf(mem, "%s/%" PRId64, type, id);
}

enum err_class
hints_save(struct pg *db, const struct hints *h, struct arena *mem, struct err *e)
{
    const size_t n = h->n;

    if (n == 0)
        return ERR_NONE;
    struct str *shops = ARENA_NEW(mem, struct str, n);
    struct str *resources = ARENA_NEW(mem, struct str, n);
    struct str *reasons = ARENA_NEW(mem, struct str, n);
    struct time_us *due = ARENA_NEW(mem, struct time_us, n);
    struct time_us *triggered = ARENA_NEW(mem, struct time_us, n);
    bool *holds = ARENA_NEW(mem, bool, n);
    for (size_t i = 0; i < n; i++) {
        shops[i] = h->v[i].shop;
        resources[i] = h->v[i].resource;
        reasons[i] = h->v[i].reason;
        due[i] = h->v[i].due_at;
        triggered[i] = h->v[i].triggered_at;
        holds[i] = h->v[i].holds_watermark;
    }
    return pg_send(db, e, &sql_add_hints, PG_TEXTS(shops, n), PG_TEXTS(resources, n),
                   PG_TIMES(due, n), PG_TIMES(triggered, n), PG_TEXTS(reasons, n),
                   PG_BOOLS(holds, n));
}

struct time_us
hints_claim(struct time_us now)
{
    return (struct time_us){ now.v + CLAIM_US };
}

enum err_class
hints_take(struct pg *db, struct str shop, const char *type, struct time_us now, size_t n,
           struct arena *mem, struct hints *ret, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    char pattern[HINT_RESOURCE_MAX];

    *ret = (struct hints){ 0 };
    (void)snprintf(pattern, sizeof(pattern), "%s/%%", type);
    TRY(pg_exec(db, e, &rows, &sql_take_hints, PG_TEXT(shop), PG_CSTR(pattern), PG_TIME(now),
                PG_TIME(hints_claim(now)), PG_I32((int32_t)n)));
    for (size_t i = 0; i < pg_n(rows); i++) {
        const struct hint one = {
            .shop = shop,
            .resource = arena_str(mem, pg_text(rows, i, 0)),
            .triggered_at = pg_time(rows, i, 1),
            .attempts = pg_i64(rows, i, 2),
            .reason = arena_str(mem, pg_text(rows, i, 3)),
            .holds_watermark = pg_bool(rows, i, 4),
        };
        hints_add(ret, mem, &one);
    }
    return ERR_NONE;
}

enum err_class
hints_finish(struct pg *db, struct str shop, const struct hints *taken, struct time_us claim,
             struct arena *mem, struct err *e)
{
    struct str *done = ARENA_NEW(mem, struct str, taken->n + 1);
    struct str *later = ARENA_NEW(mem, struct str, taken->n + 1);
    struct time_us *due = ARENA_NEW(mem, struct time_us, taken->n + 1);
    size_t n_done = 0, n_later = 0;

    for (size_t i = 0; i < taken->n; i++) {
        if (taken->v[i].due_at.v == 0) {
            done[n_done++] = taken->v[i].resource;
            continue;
        }
        due[n_later] = taken->v[i].due_at;
        later[n_later++] = taken->v[i].resource;
    }
    if (n_done > 0)
        TRY(pg_send(db, e, &sql_finish_hints, PG_TEXT(shop), PG_TEXTS(done, n_done),
                    PG_TIME(claim)));
    if (n_later > 0)
        TRY(pg_send(db, e, &sql_postpone_hints, PG_TEXT(shop), PG_TEXTS(later, n_later),
                    PG_TIME(claim), PG_TIMES(due, n_later)));
    return pg_flush(db, e);
}
