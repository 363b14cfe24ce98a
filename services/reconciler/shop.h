/*
 * shop.h: one shop under watch: a light comparison every cycle, a full sweep a day.
 *
 * A turn makes at most one call, so that shops do not wait for each other.  Errors of the shop end
 * here (publishing/trouble.h); those of the database come out.  One process
 * watches a shop at a time (lease `reconciler/<shop>`); comparing twice would do no harm.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RECONCILER_SHOP_H
#define RECONCILER_SHOP_H

#include "compare.h"
#include "config.h"
#include "domain/gid.h"
#include "metrics/metrics.h"
#include "publishing/trouble.h"
#include "service/lease.h"
#include "shopify/bulk.h"
#include "shopify/search.h"

enum { KINDS = 3 };
enum sweep { SWEEP_LIGHT, SWEEP_FULL, SWEEPS };

/* What is compared, and how it is found. */
struct kind {
    const char *name; /* as in drift.kind */
    const struct search *search;
    words_fn *words;
};
extern const struct kind kinds[KINDS];

/* A full sweep goes on between light comparisons, which never wait for it. */
enum full_step { FULL_NONE, FULL_RUN, FULL_POLL, FULL_READ };

struct watch {
    struct service *svc;
    struct pg *db;
    const struct reconciler_conf *cfg;
    const struct shop_conf *shop;
    struct shopify *api;
    struct lease lease;
    struct arena *mem;
    struct comparison compared; /* light */
    bool light;                 /* a light comparison is under way */
    size_t at;                  /* of the kind that it compares */
    struct search_run run;
    struct time_us began;       /* the light comparison, in Shopify's clock */
    struct time_us from[KINDS]; /* since when */
    struct time_us last;        /* the latest change that its search has shown */
    size_t listed;              /* results of that search so far */
    bool loaded[KINDS];         /* before its first load there is nothing to compare with */
    enum full_step full;
    size_t part; /* of the full sweep's documents */
    struct time_us full_began;
    char operation[GID_TEXT_SIZE];
    struct bulk_status status;
    int64_t lease_due_ms, light_due_ms, sweep_due_ms, full_due_ms;
    struct trouble trouble;
    bool ready, ours_failed; /* ours_failed: an error came from the database */
    char labels_of[SWEEPS][KINDS][METRIC_LABELS_MAX];
};

MUST_CHECK enum err_class watch_open(struct watch *w, struct service *svc, struct pg *db,
                                     const struct reconciler_conf *cfg,
                                     const struct shop_conf *shop, struct err *e);
void watch_fini(struct watch *w);
MUST_CHECK enum err_class watch_turn(struct watch *w, struct err *e);
int64_t watch_due_ms(const struct watch *w); /* monotonic */
void watch_release(struct watch *w);

/* For light.c and sweep.c. What an error of a call means for the shop; passes on what is ours. */
MUST_CHECK enum err_class watch_settle(struct watch *w, enum err_class class, int64_t wait_ms,
                                       struct err *e);
/* What changed up to then had to be here when something that began at `t` looked. */
struct time_us watch_horizon(const struct watch *w, struct time_us t);
/* An empty comparison of what began then. */
struct comparison watch_comparison(const struct watch *w, enum sweep sweep, size_t kind,
                                   struct time_us began);
/* The kind is done: the rest is compared and the run is recorded. */
MUST_CHECK enum err_class watch_record(struct watch *w, struct comparison *c, struct time_us began,
                                       struct err *e);

MUST_CHECK enum err_class light_begin(struct watch *w, struct err *e);
MUST_CHECK enum err_class light_turn(struct watch *w, struct err *e);
MUST_CHECK enum err_class sweep_turn(struct watch *w, struct err *e);

#endif
