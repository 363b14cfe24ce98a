/*
 * order_canonical.c: one form for equal orders, whichever way they came; see map.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "shopify/canonical.h"
#include "shopify/map.h"

static int
cmp_i64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int
by_line(const void *a, const void *b)
{
    return cmp_i64(((const struct order_line *)a)->id.v, ((const struct order_line *)b)->id.v);
}

static int
by_fulfillment(const void *a, const void *b)
{
    return cmp_i64(((const struct order_fulfillment *)a)->id.v,
                   ((const struct order_fulfillment *)b)->id.v);
}

static int
by_fulfillment_line(const void *a, const void *b)
{
    return cmp_i64(((const struct order_fulfillment_line *)a)->line_id.v,
                   ((const struct order_fulfillment_line *)b)->line_id.v);
}

static int
by_refund(const void *a, const void *b)
{
    return cmp_i64(((const struct order_refund *)a)->id, ((const struct order_refund *)b)->id);
}

static int
by_refund_line(const void *a, const void *b)
{
    return cmp_i64(((const struct order_refund_line *)a)->id,
                   ((const struct order_refund_line *)b)->id);
}

static void
sort(struct jarray *a, size_t size, int (*cmp)(const void *, const void *))
{
    if (a->n > 1)
        qsort(a->v, a->n, size, cmp);
}

static void
canonical_address(struct order_address *a)
{
    struct str *const fields[] = { &a->address1,   &a->address2,  &a->city,
                                   &a->company,    &a->country,   &a->country_code,
                                   &a->first_name, &a->last_name, &a->name,
                                   &a->phone,      &a->province,  &a->province_code,
                                   &a->zip };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        *fields[i] = empty_is_null(*fields[i]);
}

/* A cancelled order has nothing left to fulfil, whatever the two interfaces call that. */
static void
canonical_lines(struct order *o)
{
    struct order_line *v = o->lines.v;

    for (size_t i = 0; i < o->lines.n; i++) {
        v[i].unfulfilled_quantity = o->cancelled_at.v != 0 ? 0 : v[i].unfulfilled_quantity;
        v[i].sku = empty_is_null(v[i].sku);
        v[i].variant_title = empty_is_null(v[i].variant_title);
        v[i].vendor = empty_is_null(v[i].vendor);
    }
    sort(&o->lines, sizeof(*v), by_line);
}

/* A fulfilment may name a line more than once; what counts is the sum, and a line of none is none.
 */
static void
canonical_fulfillment(struct order_fulfillment *f, struct arena *mem)
{
    struct order_fulfillment_line *v = f->lines.v;
    size_t n = 0;

    f->status = lower(f->status, mem);
    f->tracking_company = empty_is_null(f->tracking_company);
    sort(&f->lines, sizeof(*v), by_fulfillment_line);
    for (size_t i = 0; i < f->lines.n; i++) {
        if (v[i].quantity <= 0)
            continue;
        if (n > 0 && v[n - 1].line_id.v == v[i].line_id.v)
            v[n - 1].quantity += v[i].quantity;
        else
            v[n++] = v[i];
    }
    f->lines.n = n;
}

static void
canonical_refund(struct order_refund *r, struct arena *mem)
{
    struct order_refund_line *v = r->lines.v;
    size_t n = 0;

    r->note = empty_is_null(r->note);
    for (size_t i = 0; i < r->lines.n; i++) {
        if (v[i].quantity <= 0)
            continue;
        v[n] = v[i];
        v[n].restock_type = lower(v[i].restock_type, mem);
        n++;
    }
    r->lines.n = n;
    sort(&r->lines, sizeof(*v), by_refund_line);
}

static void
canonical_shipping_lines(struct order *o)
{
    struct order_shipping_line *v = o->shipping_lines.v;

    for (size_t i = 0; i < o->shipping_lines.n; i++) {
        v[i].code = empty_is_null(v[i].code);
        v[i].source = empty_is_null(v[i].source);
    }
}

void
order_canonical(struct order *o, struct arena *mem)
{
    struct order_fulfillment *fulfillments = o->fulfillments.v;
    struct order_refund *refunds = o->refunds.v;

    o->cancel_reason = lower(o->cancel_reason, mem);
    o->financial_status = lower(o->financial_status, mem);
    o->source_name = empty_is_null(o->source_name);
    o->email = empty_is_null(o->email);
    o->phone = empty_is_null(o->phone);
    o->note = empty_is_null(o->note);
    canonical_address(&o->billing_address);
    canonical_address(&o->shipping_address);
    canonical_lines(o);
    canonical_shipping_lines(o);
    for (size_t i = 0; i < o->fulfillments.n; i++)
        canonical_fulfillment(&fulfillments[i], mem);
    for (size_t i = 0; i < o->refunds.n; i++)
        canonical_refund(&refunds[i], mem);
    sort(&o->fulfillments, sizeof(*fulfillments), by_fulfillment);
    sort(&o->refunds, sizeof(*refunds), by_refund);
    sort_strings(&o->tags);
}
