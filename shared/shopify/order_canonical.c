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
by_tax(const void *a, const void *b)
{
    const struct order_tax_line *x = a, *y = b;
    const int title = str_cmp(x->title, y->title), rate = str_cmp(x->rate, y->rate);

    if (title != 0 || rate != 0)
        return title != 0 ? title : rate;
    return cmp_i64(x->price.shop.micro, y->price.shop.micro);
}

static int
by_share(const void *a, const void *b)
{
    const struct order_allocation *x = a, *y = b;
    const int index = cmp_i64(x->application, y->application);

    return index != 0 ? index : cmp_i64(x->amount.shop.micro, y->amount.shop.micro);
}

static void
sort(struct jarray *a, size_t size, int (*cmp)(const void *, const void *))
{
    if (a->n > 1)
        qsort(a->v, a->n, size, cmp);
}

void
sort_tax_lines(struct jarray *a)
{
    sort(a, sizeof(struct order_tax_line), by_tax);
}

static void
canonical_prices(struct jarray *tax_lines, struct jarray *allocations)
{
    sort_tax_lines(tax_lines);
    sort(allocations, sizeof(struct order_allocation), by_share);
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

/* A cancelled order has nothing left to fulfil, whatever the two interfaces call that; and of a
 * line whose variant was deleted only one of them may still show the product. */
static void
canonical_lines(struct order *o)
{
    struct order_line *v = o->lines.v;

    for (size_t i = 0; i < o->lines.n; i++) {
        v[i].unfulfilled_quantity = o->cancelled_at.v != 0 ? 0 : v[i].unfulfilled_quantity;
        v[i].product_id.v = v[i].variant_id.v != 0 ? v[i].product_id.v : 0;
        v[i].sku = empty_is_null(v[i].sku);
        v[i].variant_title = empty_is_null(v[i].variant_title);
        v[i].vendor = empty_is_null(v[i].vendor);
        v[i].name = empty_is_null(v[i].name);
        canonical_prices(&v[i].tax_lines, &v[i].allocations);
    }
    sort_by_id(&o->lines, sizeof(*v));
}

static void
drop_empty(struct jarray *a)
{
    struct str *v = a->v;
    size_t n = 0;

    for (size_t i = 0; i < a->n; i++)
        if (v[i].n > 0)
            v[n++] = v[i];
    a->n = n;
}

/* A fulfilment may name a line more than once; what counts is the sum, and a line of none is none.
 */
static void
canonical_fulfillment(struct order_fulfillment *f, struct arena *mem)
{
    struct order_fulfillment_line *v = f->lines.v;
    size_t n = 0;

    f->status = lower(f->status, mem);
    f->name = empty_is_null(f->name);
    f->tracking_company = empty_is_null(f->tracking_company);
    drop_empty(&f->tracking_numbers);
    drop_empty(&f->tracking_urls);
    sort_by_id(&f->lines, sizeof(*v));
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
canonical_payments(struct order_refund *r, struct arena *mem)
{
    struct order_refund_payment *v = r->transactions.v;

    for (size_t i = 0; i < r->transactions.n; i++) {
        v[i].kind = lower(v[i].kind, mem);
        v[i].status = lower(v[i].status, mem);
        v[i].gateway = empty_is_null(v[i].gateway);
    }
    sort_by_id(&r->transactions, sizeof(*v));
}

static void
canonical_refund(struct order_refund *r, struct arena *mem)
{
    struct order_refund_line *v = r->lines.v;
    size_t n = 0;

    canonical_payments(r, mem);
    sort_by_id(&r->shipping, sizeof(struct order_refund_shipping));
    sort_by_id(&r->adjustments, sizeof(struct order_adjustment));
    r->note = empty_is_null(r->note);
    for (size_t i = 0; i < r->lines.n; i++) {
        if (v[i].quantity <= 0)
            continue;
        v[n] = v[i];
        v[n].restock_type = lower(v[i].restock_type, mem);
        n++;
    }
    r->lines.n = n;
    sort_by_id(&r->lines, sizeof(*v));
}

static void
canonical_shipping_lines(struct order *o)
{
    struct order_shipping_line *v = o->shipping_lines.v;

    for (size_t i = 0; i < o->shipping_lines.n; i++) {
        v[i].code = empty_is_null(v[i].code);
        v[i].source = empty_is_null(v[i].source);
        v[i].carrier = empty_is_null(v[i].carrier);
        canonical_prices(&v[i].tax_lines, &v[i].allocations);
    }
    sort_by_id(&o->shipping_lines, sizeof(*v));
}

/* "10.0" and 10 are one percentage. The text of a fixed amount says no currency: it is left out,
 * its shares say what it came to. */
static void
canonical_value(struct order_discount *d, struct arena *mem)
{
    char text[DECIMAL_TEXT_SIZE];
    struct decimal value;
    struct err unused = { 0 };

    if (!str_is(d->value_type, "percentage"))
        d->value = (struct str){ 0 };
    else if (d->value.p != NULL && decimal_parse(d->value, &value, &unused) == ERR_NONE)
        d->value = arena_str(mem, str_of(decimal_format(value, text)));
}

/* What bodies call by one word, reads by a type; a type that is new stays as it is. */
static struct str
discount_type(struct str type, struct arena *mem)
{
    static const struct { const char *type, *word; } words[] = {
        { "AutomaticDiscountApplication", "automatic" },
        { "DiscountCodeApplication", "discount_code" },
        { "ManualDiscountApplication", "manual" },
        { "ScriptDiscountApplication", "script" },
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (str_is(type, words[i].type))
            return str_of(words[i].word);
    return lower(type, mem);
}

static bool
is_allocated(const struct jarray *shares, int64_t index)
{
    EACH(struct order_allocation, s, shares)
        if (s->application == index)
            return true;
    return false;
}

static bool
is_used(const struct order *o, int64_t index)
{
    EACH(struct order_line, l, &o->lines)
        if (is_allocated(&l->allocations, index))
            return true;
    EACH(struct order_shipping_line, s, &o->shipping_lines)
        if (is_allocated(&s->allocations, index))
            return true;
    return false;
}

static void
canonical_discount(struct order_discount *d, struct arena *mem)
{
    d->type = discount_type(d->type, mem);
    d->allocation_method = lower(d->allocation_method, mem);
    d->target_selection = lower(d->target_selection, mem);
    d->target_type = lower(d->target_type, mem);
    d->code = empty_is_null(d->code);
    d->title = empty_is_null(d->title);
    canonical_value(d, mem);
}

/* Each once, and only those that took something off: a read shows no others. */
static void
canonical_discounts(struct order *o, struct arena *mem)
{
    struct order_discount *v = o->discount_applications.v;
    size_t n = 0;

    sort_by_id(&o->discount_applications, sizeof(*v));
    for (size_t i = 0; i < o->discount_applications.n; i++) {
        if ((n > 0 && v[n - 1].index == v[i].index) || !is_used(o, v[i].index))
            continue;
        v[n] = v[i];
        canonical_discount(&v[n++], mem);
    }
    o->discount_applications.n = n;
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
    o->source_identifier = empty_is_null(o->source_identifier);
    o->confirmation_number = empty_is_null(o->confirmation_number);
    o->po_number = empty_is_null(o->po_number);
    o->customer_locale = empty_is_null(o->customer_locale);
    canonical_address(&o->billing_address);
    canonical_address(&o->shipping_address);
    canonical_lines(o);
    canonical_shipping_lines(o);
    canonical_discounts(o, mem);
    for (size_t i = 0; i < o->fulfillments.n; i++)
        canonical_fulfillment(&fulfillments[i], mem);
    for (size_t i = 0; i < o->refunds.n; i++)
        canonical_refund(&refunds[i], mem);
    sort_by_id(&o->fulfillments, sizeof(*fulfillments));
    sort_by_id(&o->refunds, sizeof(*refunds));
    sort_strings(&o->tags);
    sort_strings(&o->payment_gateway_names);
}
