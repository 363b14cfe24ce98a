/*
 * light.c: what changed since the last comparison, by searches: cheap enough for every minute. What
 * was deleted comes first: a kind is recorded as compared only when that was looked at as well.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "reconciler_sql.h"
#include "shop.h"

enum { FIRST_COST = 60 };

static enum err_class
take(void *ctx, const struct json_value *node, struct err *e)
{
    struct watch *w = ctx;
    struct seen_object o;

    TRY(kinds[w->at].words(node, false, w->mem, &o, e));
    w->last = o.updated_at;
    w->listed++;
    w->ours_failed = true;
    TRY(compare_add(&w->compared, &o, e));
    w->ours_failed = false;
    return ERR_NONE;
}

/* The next kind that has been loaded; behind the last of them there is counting. */
static void
next_kind(struct watch *w)
{
    arena_reset(w->mem);
    while (w->at < KINDS && !w->loaded[w->at])
        w->at++;
    if (w->at == KINDS) {
        w->light = LIGHT_COUNTED;
        return;
    }
    w->light = LIGHT_CHANGED;
    w->listed = 0;
    search_start(&w->run, watch_search(w, w->at), w->from[w->at]);
    w->compared = watch_comparison(w, SWEEP_LIGHT, w->at, w->began);
    w->compared.different = w->deleted[w->at].different;
}

enum err_class
light_begin(struct watch *w, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;

    w->began = shopify_now(w->api);
    TRY(pg_exec(w->db, e, &rows, &sql_last_run, PG_CSTR(w->shop->key), PG_CSTR("light")));
    for (size_t k = 0; k < KINDS; k++) {
        w->from[k] = (struct time_us){ w->began.v - w->cfg->look_back_ms * US_PER_MS };
        w->loaded[k] = false;
        for (size_t i = 0; i < pg_n(rows); i++) {
            if (!str_is(pg_text(rows, i, 0), kinds[k].name))
                continue;
            w->loaded[k] = pg_bool(rows, i, 3);
            if (!pg_is_null(rows, i, 1))
                w->from[k].v = pg_time(rows, i, 1).v - w->cfg->overlap_ms * US_PER_MS;
        }
    }
    w->at = 0;
    w->light = LIGHT_DELETED;
    deletions_begin(w);
    return ERR_NONE;
}

/* Results ascend in time: a listing that is cut is complete up to its last one, and the rest comes
 * with the next comparison, at once. */
static void
cut(struct watch *w)
{
    const struct time_us until = { w->last.v - US_PER_S };
    const int64_t overlap_us = w->cfg->overlap_ms * US_PER_MS;

    w->run.done = true;
    w->light_due_ms = 0;
    if (until.v - overlap_us <= w->from[w->at].v)
        LOG_WARN(
            MSG("more changes than one search shows within the overlap; some are not compared"),
            KV("shop", w->shop->key), KV("kind", kinds[w->at].name));
    else if (until.v < w->compared.horizon.v)
        w->compared.horizon = until;
}

/* A token without read_returns: orders are compared without theirs. */
static bool
do_without_returns(struct watch *w, enum err_class class, const struct err *e)
{
    if (class != ERR_FATAL || w->ours_failed || w->at != ORDERS || w->no_returns
        || strcmp(e->code, "ACCESS_DENIED") != 0)
        return false;
    LOG_WARN(MSG("the token may not read returns: orders are compared without; grant read_returns, "
                 "install the app anew, and restart"),
             KV("shop", w->shop->key), KV("error", (const char *)e->text));
    w->no_returns = true;
    next_kind(w);
    return true;
}

static enum err_class
changed_turn(struct watch *w, struct err *e)
{
    int64_t wait_ms = 0;

    if (!trouble_may_call(&w->trouble, w->api, PACE_POLLING,
                          w->run.cost > 0 ? w->run.cost : FIRST_COST))
        return ERR_NONE;
    w->ours_failed = false;
    const enum err_class class = search_page(w->api, &w->run, take, w, &wait_ms, e);
    if (do_without_returns(w, class, e))
        return ERR_NONE;
    TRY(watch_settle(w, class, wait_ms, e));
    if (class == ERR_NONE && !w->run.done && w->listed >= SEARCH_LISTED_MAX)
        cut(w);
    if (class != ERR_NONE || !w->run.done)
        return ERR_NONE;
    w->ours_failed = true;
    TRY(watch_record(w, &w->compared, w->began, e));
    w->at++;
    next_kind(w);
    return ERR_NONE;
}

enum err_class
light_turn(struct watch *w, struct err *e)
{
    bool over = false;

    switch (w->light) {
    case LIGHT_DELETED:
        TRY(deletions_turn(w, &over, e));
        if (over)
            next_kind(w);
        return ERR_NONE;
    case LIGHT_CHANGED:
        return changed_turn(w, e);
    case LIGHT_COUNTED:
        TRY(counts_turn(w, &over, e));
        if (over)
            w->light = LIGHT_NONE;
        return ERR_NONE;
    case LIGHT_NONE:
        break;
    }
    return ERR_NONE;
}
