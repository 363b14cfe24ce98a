/*
 * order_view.h: what a read shows of one order: its fulfilment orders, and the fulfilments made.
 * Pure.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_WRITER_ORDER_VIEW_H
#define SHOPIFY_WRITER_ORDER_VIEW_H

#include "json/json.h"
#include "parcel.h"

struct made { /* a fulfilment that exists */
    int64_t id, location; /* location 0: not asked for, or none */
    bool stands; /* neither cancelled nor failed: it has its units */
    struct time_us created_at;
    struct str *numbers;
    size_t n_numbers;
    struct line_units *lines; /* only of a whole view */
    size_t n_lines;
};
struct order_view {
    bool present;   /* Shopify shows the order at all */
    bool cancelled;
    bool more;      /* pages were too small to show everything */
    bool whole;     /* fulfilments are shown with what they hold */
    struct work *works;
    size_t n_works;
    struct made *made;
    size_t n_made;
};

/* Has a fulfilment of this status its units? Not CANCELLED; nor FAILURE and ERROR, which say that
 * the request to whoever should have shipped failed: nothing was shipped, the units are open again.
 * Whatever else Shopify may come to say does: taking ours for missing would send it twice. */
bool fulfillment_stands(struct str status);
/* node: an Order of orders_to_fulfil.graphql, or JSON null. Everything lives in mem. REJECT when it
 * is not what we asked for. */
MUST_CHECK enum err_class order_view_read(const struct json_value *node, bool whole,
                                          struct arena *mem, struct order_view *ret,
                                          struct err *e);
/*
 * The fulfilment that this parcel's call has made, though nobody heard: not one that was there
 * before the intent, nor one recorded already; with the parcel's tracking number, or, without any,
 * with exactly the units of the intent (that needs a whole view).  NULL: there is none.
 */
const struct made *order_view_find(const struct order_view *v, const struct job *j);

#endif
