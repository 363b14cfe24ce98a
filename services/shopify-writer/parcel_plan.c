/*
 * parcel_plan.c: count what is open, choose a location, pick line by line; see parcel_plan.h.
 *
 * Ties are broken by ids, never by the order in which Shopify lists things: a plan made again after
 * a crash must be the plan that was sent.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "parcel_plan.h"

#include <stdlib.h>

static int64_t
lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Units of a line that open fulfilment orders have: all of them, or those that may be fulfilled now
 * at one location. */
static int64_t
available(int64_t line, const struct work *works, size_t n, bool now, int64_t location)
{
    int64_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        if (!works[i].open || (now && (!works[i].can_create || works[i].location != location)))
            continue;
        for (size_t k = 0; k < works[i].n_lines; k++)
            if (works[i].lines[k].line == line)
                sum += works[i].lines[k].remaining;
    }
    return sum;
}

static int64_t
covered(const struct line_units *needs, size_t n_needs, const struct work *works, size_t n,
        bool now, int64_t location)
{
    int64_t sum = 0;

    for (size_t i = 0; i < n_needs; i++)
        sum += lesser(needs[i].units, available(needs[i].line, works, n, now, location));
    return sum;
}

/* The location that covers most units, of equals the lower id; *best is how many. */
static int64_t
choose_location(const struct line_units *needs, size_t n_needs, const struct work *works,
                size_t n, int64_t *best)
{
    int64_t chosen = 0;

    *best = 0;
    for (size_t i = 0; i < n; i++) {
        const int64_t at = works[i].location;
        const int64_t units = covered(needs, n_needs, works, n, true, at);
        if (units > *best || (units == *best && units > 0 && at < chosen)) {
            *best = units;
            chosen = at;
        }
    }
    return chosen;
}

static int
by_id(const void *a, const void *b)
{
    const struct work *const *x = a, *const *y = b;

    return ((*x)->id > (*y)->id) - ((*x)->id < (*y)->id);
}

/* Takes units of one fulfilment order, line by line, off what is left of the needs. */
static void
pick_from(const struct work *w, struct line_units *left, size_t n_needs, struct plan *p)
{
    for (size_t k = 0; k < w->n_lines; k++)
        for (size_t i = 0; i < n_needs; i++) {
            const int64_t take = lesser(left[i].units, w->lines[k].remaining);
            if (left[i].line != w->lines[k].line || take <= 0)
                continue;
            p->picks[p->n++] = (struct pick){ w->id, w->lines[k].id, left[i].line, take };
            left[i].units -= take;
        }
}

static void
pick_all(const struct line_units *needs, size_t n_needs, const struct work *works, size_t n,
         struct plan *p, struct arena *mem)
{
    struct line_units *left = ARENA_NEW(mem, struct line_units, n_needs);
    const struct work **sorted = ARENA_NEW(mem, const struct work *, n);
    size_t lines = 0;

    for (size_t i = 0; i < n_needs; i++)
        left[i] = needs[i];
    for (size_t i = 0; i < n; i++) {
        sorted[i] = &works[i];
        lines += works[i].n_lines;
    }
    qsort(sorted, n, sizeof(*sorted), by_id);
    p->picks = ARENA_NEW(mem, struct pick, lines);
    for (size_t i = 0; i < n; i++)
        if (sorted[i]->open && sorted[i]->can_create && sorted[i]->location == p->location)
            pick_from(sorted[i], left, n_needs, p);
}

struct plan
plan_parcel(const struct line_units *needs, size_t n_needs, const struct work *works,
            size_t n_works, struct arena *mem)
{
    struct plan p = { .kind = PLAN_NOT_YET };
    int64_t wanted = 0, now = 0;

    for (size_t i = 0; i < n_needs; i++)
        wanted += needs[i].units;
    if (n_works == 0)
        return p;
    p.missing = wanted - covered(needs, n_needs, works, n_works, false, 0);
    p.location = choose_location(needs, n_needs, works, n_works, &now);
    if (now == 0) {
        p.kind = p.missing == wanted ? PLAN_GONE : PLAN_HELD;
        return p;
    }
    p.kind = PLAN_SEND;
    pick_all(needs, n_needs, works, n_works, &p, mem);
    return p;
}
