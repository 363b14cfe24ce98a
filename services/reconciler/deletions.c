/*
 * deletions.c: what was deleted since the last comparison, from Shopify's log; see shop.h.
 *
 * What is gone is in no search, and whoever missed its webhook would keep it for ever.  The log is
 * asked for every deletion, and what it is about is told apart here: a filter less that may be
 * misunderstood.  A shop that does not show its log is left to counts and full sweeps.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "base/log.h"
#include "reconciler_documents.h"
#include "shop.h"

enum { FIRST_COST = 10 };
/* How much of the log is read again: what was still on its way here then is looked at once more. */
#define AGAIN_US (INT64_C(900) * US_PER_S)

static const struct search destroyed = {
    .doc = &text_destroyed,
    .root = "events",
    .field = "created_at",
    .filter = "action:destroy",
};

void
deletions_begin(struct watch *w)
{
    struct time_us from = w->began;

    for (size_t k = 0; k < KINDS; k++) {
        w->deleted[k].n = 0;
        w->deleted[k].different = 0;
        if (w->loaded[k] && w->from[k].v < from.v)
            from = w->from[k];
    }
    w->listed = 0;
    search_start(&w->run, &destroyed, (struct time_us){ from.v - AGAIN_US });
}

static enum err_class
flush(struct watch *w, size_t kind, struct err *e)
{
    struct deletions *d = &w->deleted[kind];
    const struct comparison c = watch_comparison(w, SWEEP_LIGHT, kind, w->began);

    if (d->n == 0)
        return ERR_NONE;
    w->ours_failed = true;
    TRY(compare_deleted(&c, d->ids, d->at, d->n, &d->different, e));
    w->ours_failed = false;
    d->n = 0;
    return ERR_NONE;
}

static enum err_class
take(void *ctx, const struct json_value *node, struct err *e)
{
    struct watch *w = ctx;
    const struct str type = json_str(json_get(node, "subjectType"));
    const size_t kind = str_is(type, "PRODUCT") ? PRODUCTS : str_is(type, "ORDER") ? ORDERS : KINDS;
    const int64_t id = gid_id(json_str(json_get(node, "subjectId")));
    struct time_us at;

    w->listed++;
    if (kind == KINDS || !w->loaded[kind] || id == 0
        || !str_is(json_str(json_get(node, "action")), "destroy"))
        return ERR_NONE;
    TRY(time_parse(json_str(json_get(node, "createdAt")), &at, e));
    if (at.v > watch_horizon(w, w->began).v)
        return ERR_NONE; /* its webhook may still be on its way */
    struct deletions *d = &w->deleted[kind];
    d->ids[d->n] = id;
    d->at[d->n] = at;
    return ++d->n == BATCH_MAX ? flush(w, kind, e) : ERR_NONE;
}

/* True when the log is not to be had; the shop goes on without. */
static bool
do_without_log(struct watch *w, enum err_class class, const struct err *e)
{
    if (class != ERR_FATAL || w->ours_failed
        || (strcmp(e->code, "ACCESS_DENIED") != 0 && strcmp(e->code, "SEARCH_WARNING") != 0))
        return false;
    LOG_WARN(MSG("Shopify does not show what was deleted: only counts and full sweeps will; asked "
                 "again after a restart"),
             KV("shop", w->shop->key), KV("error", (const char *)e->text));
    w->no_log = true;
    return true;
}

enum err_class
deletions_turn(struct watch *w, bool *over, struct err *e)
{
    int64_t wait_ms = 0;

    *over = w->no_log || (!w->loaded[ORDERS] && !w->loaded[PRODUCTS]);
    if (*over
        || !trouble_may_call(&w->trouble, w->api, PACE_POLLING,
                             w->run.cost > 0 ? w->run.cost : FIRST_COST))
        return ERR_NONE;
    w->ours_failed = false;
    const enum err_class class = search_page(w->api, &w->run, take, w, &wait_ms, e);
    if (do_without_log(w, class, e))
        return ERR_NONE;
    TRY(watch_settle(w, class, wait_ms, e));
    if (class == ERR_NONE && !w->run.done && w->listed >= SEARCH_LISTED_MAX) {
        LOG_WARN(MSG("more deletions than one search shows; full sweeps find the rest"),
                 KV("shop", w->shop->key));
        w->run.done = true;
    }
    if (class != ERR_NONE || !w->run.done)
        return ERR_NONE;
    TRY(flush(w, ORDERS, e));
    TRY(flush(w, PRODUCTS, e));
    *over = true;
    return ERR_NONE;
}
