/*
 * parcel.h: one parcel in work: what should exist, what is covered already, and what the order's
 * fulfilments were before the intent.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_WRITER_PARCEL_H
#define SHOPIFY_WRITER_PARCEL_H

#include "base/arena.h"
#include "domain/fulfillments.h"
#include "parcel_plan.h"
#include "pg/pg.h"

struct ids { int64_t *v; size_t n; };

struct job {
    int64_t order;
    struct str parcel;
    bool intent;       /* sent perhaps: look whether it is there before anything */
    int64_t attempts, refusals; /* of the row when it was read, our intent counted */
    struct time_us gone_at; /* units were missing in a read then; 0: were not */
    struct parcel desired;
    struct line_units *needs; /* desired less covered */
    size_t n_needs;
    struct line_units *part;  /* of the intent */
    size_t n_part;
    struct ids before, own;   /* fulfilments: before the intent; recorded as ours */
    bool whole;        /* needs larger pages, or what each fulfilment holds */
};

/* From a row of take_parcels; everything lives in mem. REJECT when what is stored is not ours. */
MUST_CHECK enum err_class job_read(const struct pg_rows *rows, size_t i, struct arena *mem,
                                   struct job *ret, struct err *e);
/* A copy that lives in another arena. */
struct job job_copy(const struct job *j, struct arena *mem);
bool ids_hold(const struct ids *ids, int64_t id);

#endif
