/*
 * shop.h: one shop under watch: a light comparison every cycle, a full sweep a day.
 *
 * Each shop has a thread (publishing/crew.h).  Errors of the shop end here (publishing/trouble.h);
 * those of the database come out.  One process watches a shop at a time (lease
 * `reconciler/<shop>`); comparing twice would do no harm.
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

enum { ORDERS, FULFILLMENT_ORDERS, PRODUCTS, KINDS };
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
/* A light comparison: what was deleted, what changed, and whether there are as many as here. */
enum light_step { LIGHT_NONE, LIGHT_DELETED, LIGHT_CHANGED, LIGHT_COUNTED };

/* Of a kind, while Shopify's log of deletions is read. */
struct deletions {
    int64_t ids[BATCH_MAX];
    struct time_us at[BATCH_MAX];
    size_t n;
    int64_t different; /* what is still here, in this comparison */
};

/* Of a kind: more is here than there. */
struct surplus {
    int64_t explained;   /* a full sweep found nothing behind so many */
    int looks;           /* in a row that have shown more */
    bool wanted, swept;  /* a full sweep is called for; one has ended since the last look */
    int64_t not_before_ms; /* a sweep because of counts found nothing: no other one until then */
};

struct watch {
    struct service *svc;
    struct pg *db;
    const struct reconciler_conf *cfg;
    const struct shop_conf *shop;
    struct shopify *api;
    struct lease lease;
    struct arena *mem;
    struct comparison compared; /* light */
    enum light_step light;
    size_t at;                  /* of the kind that it compares */
    struct deletions deleted[KINDS];
    struct surplus surplus[KINDS];
    struct search lean_search;   /* orders, for a token that may not see returns */
    struct text_file lean_doc, lean_sweep;
    struct buf lean_text, lean_sweep_text;
    bool no_returns, no_log;     /* the token may not see them; said once */
    struct search_run run;
    struct time_us began;       /* the light comparison, in Shopify's clock */
    struct time_us from[KINDS]; /* since when */
    struct time_us last;        /* the latest change that its search has shown */
    size_t listed;              /* results of that search so far */
    bool loaded[KINDS];         /* before its first load there is nothing to compare with */
    enum full_step full;
    size_t part, parts_end; /* of the full sweep's documents */
    struct time_us full_began;
    char operation[GID_TEXT_SIZE];
    struct bulk_status status;
    int64_t lease_due_ms, light_due_ms, sweep_due_ms, full_due_ms;
    struct trouble trouble;
    bool ready, ours_failed; /* ours_failed: an error came from the database */
    char labels_of[SWEEPS][KINDS][METRIC_LABELS_MAX];
};

MUST_CHECK enum err_class watch_open(struct watch *w, struct service *svc,
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

/* How this kind is searched for. */
const struct search *watch_search(const struct watch *w, size_t kind);

MUST_CHECK enum err_class light_begin(struct watch *w, struct err *e);
MUST_CHECK enum err_class light_turn(struct watch *w, struct err *e);
/* What was deleted (deletions.c); *over after the last of it. */
void deletions_begin(struct watch *w);
MUST_CHECK enum err_class deletions_turn(struct watch *w, bool *over, struct err *e);
/* Whether there are as many (counts.c). */
MUST_CHECK enum err_class counts_turn(struct watch *w, bool *over, struct err *e);
/* A full sweep of everything, or of the kinds whose counts call for one; false: nothing is due. */
bool sweep_begin(struct watch *w);
MUST_CHECK enum err_class sweep_turn(struct watch *w, struct err *e);

#endif
