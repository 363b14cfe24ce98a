/*
 * parcel_write.c: decide and record; sending is parcel_send.c's. See parcel_write.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "parcel_write.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "parcel_read.h"
#include "parcel_send.h"

enum {
    SOON_MS = 100,           /* a fulfilment order that is not there yet: 100 ms, 200 ms, .. */
    SOON_SHIFT_MAX = 9,
    SOON_CAP_MS = 30000,
    HELD_MS = 30000,
    PAST_LAG_MS = 200,
    PATIENCE = 15,           /* looks without a fulfilment order before people hear of it */
};

static int64_t
soon_ms(const struct job *j)
{
    const int64_t shift = j->attempts < SOON_SHIFT_MAX ? j->attempts : SOON_SHIFT_MAX;
    const int64_t ms = (int64_t)SOON_MS << shift;

    return ms < SOON_CAP_MS ? ms : SOON_CAP_MS;
}

static enum err_class
wait_for(struct writer *w, struct shop_state *s, const struct job *j, int64_t ms,
         struct time_us gone_at, bool held, const char *why, struct err *e)
{
    const struct release r = { .due = writer_after_ms(ms), .gone_at = gone_at, .held = held,
                               .why = why };

    return parcel_release(w, s, j, &r, e);
}

/* What becomes of a parcel now. */
enum next {
    NEXT_SENT, /* by the caller, as planned */
    NEXT_DONE, /* recorded, refused, or looked at again later: nothing is left to do here */
};

/* Too few units are open: once may be a lagging replica, twice is true. */
static enum err_class
missing(struct writer *w, struct shop_state *s, const struct job *j, const struct order_view *v,
        const struct plan *p, struct time_us began, enum next *next, struct err *e)
{
    const int64_t lag_ms = s->conf->replica_lag_ms;
    const bool confirmed = j->gone_at.v != 0 && began.v - j->gone_at.v >= lag_ms * US_PER_MS;
    char why[160];

    *next = NEXT_DONE;
    (void)snprintf(why, sizeof why, "%s: %lld units of parcel cannot be fulfilled",
                   !v->present ? "Shopify does not show this order (deleted, or older than 60 days"
                                 " without the scope read_all_orders)"
                   : v->cancelled ? "the order is cancelled"
                                  : "removed, or fulfilled by somebody else",
                   (long long)p->missing);
    if (confirmed && p->kind == PLAN_SEND) {
        *next = NEXT_SENT; /* what is still open goes out; the rest is refused afterwards */
        return ERR_NONE;
    }
    if (confirmed) {
        LOG_WARN(MSG("parcel refused"), KV("shop", s->conf->key), KV("order", j->order),
                 KV("parcel", j->parcel), KV("why", (const char *)why));
        return parcel_refuse(w, s, j->order, j->parcel, v->cancelled, why, e);
    }
    return wait_for(w, s, j, lag_ms + PAST_LAG_MS, j->gone_at.v != 0 ? j->gone_at : began, false,
                    why, e);
}

static enum err_class
act_on_plan(struct writer *w, struct shop_state *s, const struct job *j,
            const struct order_view *v, const struct plan *p, struct time_us began,
            enum next *next, struct err *e)
{
    const struct time_us none = { 0 };

    *next = NEXT_DONE;
    if (v->present && p->kind == PLAN_NOT_YET)
        return wait_for(w, s, j, soon_ms(j), none, j->attempts >= PATIENCE,
                        "the order has no fulfilment order in Shopify yet", e);
    if (p->kind == PLAN_HELD)
        return wait_for(w, s, j, HELD_MS, none, true,
                        "its fulfilment order may not be fulfilled now: on hold or scheduled in"
                        " Shopify; release it there", e);
    if (p->missing > 0)
        return missing(w, s, j, v, p, began, next, e);
    *next = p->kind == PLAN_SEND ? NEXT_SENT : NEXT_DONE;
    return ERR_NONE;
}

/* One parcel, and its plan. */
static enum err_class
act(struct writer *w, struct shop_state *s, const struct job *j, const struct order_view *v,
    struct time_us began, struct arena *mem, struct plan *p, enum next *next, struct err *e)
{
    const struct made *found = order_view_find(v, j);

    *next = NEXT_DONE;
    if (found != NULL && v->whole) {
        LOG_INFO(MSG("the fulfilment is there already"), KV("shop", s->conf->key),
                 KV("order", j->order), KV("parcel", j->parcel), KV("fulfillment", found->id));
        return parcel_record(w, s, j, found, "found by a read", e);
    }
    *p = plan_parcel(j->needs, j->n_needs, v->works, v->n_works, mem);
    if (!v->present)
        *p = (struct plan){ .kind = PLAN_GONE, .missing = 1 };
    if (found != NULL || (v->more && !v->whole && (p->missing > 0 || p->kind != PLAN_SEND)))
        return parcel_read_whole(w, s, j, e);
    return act_on_plan(w, s, j, v, p, began, next, e);
}

enum err_class
parcels_act(struct writer *w, struct shop_state *s, struct job *jobs,
            const struct order_view *views, size_t n, struct time_us began, struct arena *mem,
            struct err *e)
{
    struct sending *v = ARENA_NEW(mem, struct sending, n);
    size_t n_send = 0;

    for (size_t i = 0; i < n; i++) {
        enum next next;
        v[n_send] = (struct sending){ .job = &jobs[i], .view = &views[i] };
        TRY(act(w, s, &jobs[i], &views[i], began, mem, &v[n_send].plan, &next, e));
        n_send += next == NEXT_SENT;
    }
    return n_send > 0 ? parcels_send(w, s, v, n_send, e) : ERR_NONE;
}
