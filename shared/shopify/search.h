/*
 * search.h: which objects changed since a moment: a search by time, page by page.
 *
 * Pages are keyset pages of one run (ties in the one-second resolution do not break them); a cursor
 * is never kept beyond its run.  An object that changes meanwhile moves to the end and is seen
 * twice, never missed.  The filter is quoted; one that Shopify ignores comes back as FATAL (see
 * errors.h).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_SEARCH_H
#define SHOPIFY_SEARCH_H

#include "base/clock.h"
#include "shopify/client.h"

enum {
    SEARCH_PAGE = 250,
    SEARCH_PAGE_MIN = 10,
    SEARCH_CURSOR_MAX = 512,
    /* Shopify shows no more than 25,000 results. They ascend in time, so a listing that is cut
     * here, after a page, is complete up to its last one. */
    SEARCH_LISTED_MAX = 20000,
};

struct search {
    const struct text_file *doc; /* with $first, $after and $query */
    const char *root;            /* "orders" */
    const char *field;           /* "updated_at" */
    const char *filter;          /* more of the filter, "" for none */
};
struct search_run {
    const struct search *what;
    struct time_us since, began; /* began: when the first page was asked for, in Shopify's clock */
    char cursor[SEARCH_CURSOR_MAX];
    bool started, done;
    int64_t cost;
    int page; /* results at a time; halved when Shopify finds it too costly, and kept so */
};

typedef enum err_class search_fn(void *ctx, const struct json_value *node, struct err *e);

/* Everything that happened before this is shown by whatever began at `t`: searches and replicas
 * lag, and times are cut to seconds. */
static inline struct time_us
settled_before(const struct shop_conf *shop, struct time_us t)
{
    return (struct time_us){ t.v - (shop->search_lag_ms + shop->replica_lag_ms) * US_PER_MS
                             - US_PER_S };
}

void search_start(struct search_run *run, const struct search *what, struct time_us since);
/* The next page; run->done after the last. RETRY: ask for the same page after *wait_ms. */
MUST_CHECK enum err_class search_page(struct shopify *s, struct search_run *run, search_fn *fn,
                                      void *ctx, int64_t *wait_ms, struct err *e);

#endif
