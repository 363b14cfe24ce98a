/*
 * parcel_plan.h: which lines of which fulfilment orders a parcel fulfils.  Pure.
 *
 * One call may name fulfilment orders of one location only, so a parcel whose units are committed
 * at several takes several calls; the split is the same whoever makes it: the location that covers
 * most units first, of equals the lower id.  What a call covered is recorded, and the rest is
 * planned anew from a new read.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_WRITER_PARCEL_PLAN_H
#define SHOPIFY_WRITER_PARCEL_PLAN_H

#include "base/arena.h"
#include "base/types.h"

struct line_units { int64_t line, units; };

struct work_line { int64_t id, line, remaining; };
struct work { /* a fulfilment order as a read shows it */
    int64_t id, location;
    bool open;       /* not closed or cancelled: its units are still to be fulfilled */
    bool can_create; /* supportedActions say so */
    struct work_line *lines;
    size_t n_lines;
};

enum plan_kind {
    PLAN_SEND,    /* picks hold what to fulfil now */
    PLAN_HELD,    /* the units are there, but may not be fulfilled now (on hold, scheduled) */
    PLAN_NOT_YET, /* the order has no fulfilment order: they come a moment after it */
    PLAN_GONE,    /* no open fulfilment order has any of the units */
};
struct pick { int64_t work, work_line, line, units; };
struct plan {
    enum plan_kind kind;
    int64_t location;
    struct pick *picks; /* by fulfilment order, then as its lines come */
    size_t n;
    int64_t missing;    /* units that no open fulfilment order has */
};

/* needs: units by line, each line once. works: in any order. Results live in mem. */
struct plan plan_parcel(const struct line_units *needs, size_t n_needs, const struct work *works,
                        size_t n_works, struct arena *mem);

#endif
