/*
 * counts.c: are there as many as here? See shop.h.
 *
 * A surplus here means that something is gone there, whether or not any log tells.  One look proves
 * nothing, because an order that was just closed may be on its way; so a second one follows soon,
 * and when it shows the same, a full sweep of that kind begins at once.  What a sweep could not
 * explain is no reason for another one, and one that found nothing is not repeated for a while.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "json/emit.h"
#include "reconciler_documents.h"
#include "reconciler_sql.h"
#include "shop.h"
#include "shopify/number.h"

enum { COST = 20, LOOKS = 2, LOOK_AGAIN = 4, SWEEP_AGAIN_MS = 600000, VARIABLES_MAX = 1024 };
/* Shopify hides orders older than 60 days from a token without read_all_orders. */
#define SEEN_BY_ALL_US (INT64_C(59) * 24 * 3600 * US_PER_S)

static enum err_class
variables(struct time_us since, struct time_us until, struct buf *ret, struct err *e)
{
    char from[TIME_TEXT_SIZE], to[TIME_TEXT_SIZE], text[VARIABLES_MAX / 4];
    struct emit j;

    (void)time_format_s(since, from);
    (void)time_format_s(until, to);
    emit_init(&j, ret);
    emit_object(&j, NULL);
    (void)snprintf(text, sizeof(text), "status:open created_at:>='%s' created_at:<='%s'", from, to);
    emit_cstr(&j, "orders", text);
    (void)snprintf(text, sizeof(text), "status:active,draft,archived,unlisted created_at:<='%s'",
                   to);
    emit_cstr(&j, "products", text);
    emit_object_end(&j);
    return buf_check(ret, text_counts.name, e);
}

static void
judge(struct watch *w, size_t kind, int64_t surplus)
{
    struct surplus *s = &w->surplus[kind];
    const int64_t now_ms = clock_monotonic_ms();

    if (s->swept || surplus < s->explained)
        s->explained = surplus > 0 ? surplus : 0;
    s->swept = false;
    s->looks = surplus > s->explained ? s->looks + 1 : 0;
    if (s->looks == 0 || w->full != FULL_NONE || now_ms < s->not_before_ms)
        return;
    if (s->looks < LOOKS) {
        const int64_t soon_ms = now_ms + w->cfg->cycle_ms / LOOK_AGAIN;
        w->light_due_ms = soon_ms < w->light_due_ms ? soon_ms : w->light_due_ms;
        return;
    }
    LOG_WARN(MSG("more is here than in Shopify: everything of its kind is compared"),
             KV("shop", w->shop->key), KV("kind", kinds[kind].name), KV("surplus", surplus));
    s->not_before_ms = now_ms + SWEEP_AGAIN_MS;
    s->wanted = true;
}

/* Only a count that is exact says anything. */
static void
judge_count(struct watch *w, size_t kind, const struct json_value *count, int64_t ours)
{
    const int64_t theirs = number_floor(json_get(count, "count"), -1);

    if (w->loaded[kind] && theirs >= 0 && str_is(json_str(json_get(count, "precision")), "EXACT"))
        judge(w, kind, ours - theirs);
}

static enum err_class
count_ours(struct watch *w, const struct shopify_answer *a, struct time_us since,
           struct time_us until, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;

    w->ours_failed = true;
    TRY(pg_exec(w->db, e, &rows, &sql_counts, PG_CSTR(w->shop->key), PG_TIME(since),
                PG_TIME(until)));
    judge_count(w, ORDERS, json_get(a->data, "ordersCount"), pg_i64(rows, 0, 0));
    judge_count(w, PRODUCTS, json_get(a->data, "productsCount"), pg_i64(rows, 0, 1));
    return ERR_NONE;
}

enum err_class
counts_turn(struct watch *w, bool *over, struct err *e)
{
    CLEANUP_VALUE(shopify_answer_fini) struct shopify_answer a = { 0 };
    CLEANUP_VALUE(buf_fini) struct buf vars;
    const struct time_us horizon = watch_horizon(w, w->began);
    const struct time_us until = { horizon.v - horizon.v % US_PER_S }; /* as searches say it */
    const struct time_us since = { until.v - SEEN_BY_ALL_US };

    buf_init(&vars, VARIABLES_MAX);
    *over = !w->loaded[ORDERS] && !w->loaded[PRODUCTS];
    if (*over || !trouble_may_call(&w->trouble, w->api, PACE_POLLING, COST))
        return ERR_NONE;
    TRY(variables(since, until, &vars, e));
    const struct shopify_request request = { .doc = &text_counts, .variables = buf_str(&vars) };
    w->ours_failed = false;
    const enum err_class class = shopify_call(w->api, &request, &a, e);
    TRY(watch_settle(w, class, a.wait_ms, e));
    if (class != ERR_NONE)
        return ERR_NONE;
    *over = true;
    return count_ours(w, &a, since, until, e);
}
