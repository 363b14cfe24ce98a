/*
 * order_emit.c: an order fact as canonical JSON: keys ascending, so that equal orders are equal
 * bytes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "domain/order_parts.h"

void
order_money_emit(struct emit *j, const char *key, const struct order_money *m)
{
    emit_object(j, key);
    emit_decimal(j, "presentment", m->presentment);
    emit_decimal(j, "shop", m->shop);
    emit_object_end(j);
}

static void
emit_strings(struct emit *j, const char *key, const struct jarray *a)
{
    emit_array(j, key);
    EACH(struct str, s, a)
        emit_str(j, NULL, *s);
    emit_array_end(j);
}

static void
emit_attributes(struct emit *j, const char *key, const struct jarray *a)
{
    emit_array(j, key);
    EACH(struct order_attribute, at, a) {
        emit_object(j, NULL);
        emit_str(j, "name", at->name);
        emit_str(j, "value", at->value);
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void
emit_address(struct emit *j, const char *key, const struct order_address *a)
{
    if (!a->present) {
        emit_null(j, key);
        return;
    }
    emit_object(j, key);
    emit_str(j, "address1", a->address1);
    emit_str(j, "address2", a->address2);
    emit_str(j, "city", a->city);
    emit_str(j, "company", a->company);
    emit_str(j, "country", a->country);
    emit_str(j, "country_code", a->country_code);
    emit_str(j, "first_name", a->first_name);
    emit_str(j, "last_name", a->last_name);
    emit_str(j, "latitude", a->latitude);
    emit_str(j, "longitude", a->longitude);
    emit_str(j, "name", a->name);
    emit_str(j, "phone", a->phone);
    emit_str(j, "province", a->province);
    emit_str(j, "province_code", a->province_code);
    emit_str(j, "zip", a->zip);
    emit_object_end(j);
}

void
order_tax_lines_emit(struct emit *j, const struct jarray *a)
{
    emit_array(j, "tax_lines");
    EACH(struct order_tax_line, l, a) {
        emit_object(j, NULL);
        order_money_emit(j, "price", &l->price);
        emit_str(j, "rate", l->rate);
        emit_str(j, "title", l->title);
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void
emit_allocations(struct emit *j, const struct jarray *a)
{
    emit_array(j, "discount_allocations");
    EACH(struct order_allocation, one, a) {
        emit_object(j, NULL);
        order_money_emit(j, "amount", &one->amount);
        emit_i64(j, "application", one->application);
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void
emit_discounts(struct emit *j, const struct order *o)
{
    emit_array(j, "discount_applications");
    EACH(struct order_discount, d, &o->discount_applications) {
        emit_object(j, NULL);
        emit_str(j, "allocation_method", d->allocation_method);
        emit_str(j, "code", d->code);
        emit_i64(j, "index", d->index);
        emit_str(j, "target_selection", d->target_selection);
        emit_str(j, "target_type", d->target_type);
        emit_str(j, "title", d->title);
        emit_str(j, "type", d->type);
        emit_str(j, "value", d->value);
        emit_str(j, "value_type", d->value_type);
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void
emit_line(struct emit *j, const struct order_line *l)
{
    emit_object(j, NULL);
    emit_i64(j, "current_quantity", l->current_quantity);
    emit_allocations(j, &l->allocations);
    emit_bool(j, "gift_card", l->gift_card);
    emit_id(j, "line_id", l->id.v);
    emit_str(j, "name", l->name);
    order_money_emit(j, "price", &l->price);
    emit_id(j, "product_id", l->product_id.v);
    emit_attributes(j, "properties", &l->properties);
    emit_i64(j, "quantity", l->quantity);
    emit_bool(j, "requires_shipping", l->requires_shipping);
    emit_str(j, "sku", l->sku);
    order_tax_lines_emit(j, &l->tax_lines);
    emit_bool(j, "taxable", l->taxable);
    emit_str(j, "title", l->title);
    order_money_emit(j, "total_discount", &l->total_discount);
    emit_i64(j, "unfulfilled_quantity", l->unfulfilled_quantity);
    emit_id(j, "variant_id", l->variant_id.v);
    emit_str(j, "variant_title", l->variant_title);
    emit_str(j, "vendor", l->vendor);
    emit_object_end(j);
}

static void
emit_shipping_line(struct emit *j, const struct order_shipping_line *l)
{
    emit_object(j, NULL);
    emit_str(j, "carrier", l->carrier);
    emit_str(j, "code", l->code);
    emit_allocations(j, &l->allocations);
    order_money_emit(j, "discounted_price", &l->discounted_price);
    order_money_emit(j, "price", &l->price);
    emit_id(j, "shipping_line_id", l->id);
    emit_str(j, "source", l->source);
    order_tax_lines_emit(j, &l->tax_lines);
    emit_str(j, "title", l->title);
    emit_object_end(j);
}

static void
emit_fulfillment(struct emit *j, const struct order_fulfillment *f)
{
    emit_object(j, NULL);
    emit_time(j, "created_at", f->created_at);
    emit_id(j, "fulfillment_id", f->id.v);
    emit_array(j, "lines");
    EACH(struct order_fulfillment_line, l, &f->lines) {
        emit_object(j, NULL);
        emit_id(j, "line_id", l->line_id.v);
        emit_i64(j, "quantity", l->quantity);
        emit_object_end(j);
    }
    emit_array_end(j);
    emit_id(j, "location_id", f->location_id.v);
    emit_str(j, "name", f->name);
    emit_str(j, "status", f->status);
    emit_str(j, "tracking_company", f->tracking_company);
    emit_strings(j, "tracking_numbers", &f->tracking_numbers);
    emit_strings(j, "tracking_urls", &f->tracking_urls);
    emit_time(j, "updated_at", f->updated_at);
    emit_object_end(j);
}

static void
emit_refund_line(struct emit *j, const struct order_refund_line *l)
{
    emit_object(j, NULL);
    emit_id(j, "line_id", l->line_id.v);
    emit_id(j, "location_id", l->location_id.v);
    emit_i64(j, "quantity", l->quantity);
    emit_id(j, "refund_line_id", l->id);
    emit_str(j, "restock_type", l->restock_type);
    order_money_emit(j, "subtotal", &l->subtotal);
    order_money_emit(j, "tax", &l->tax);
    emit_object_end(j);
}

static void
emit_refund_shipping(struct emit *j, const struct order_refund_shipping *s)
{
    emit_object(j, NULL);
    emit_id(j, "refund_shipping_line_id", s->id);
    emit_id(j, "shipping_line_id", s->shipping_line_id);
    order_money_emit(j, "subtotal", &s->subtotal);
    order_money_emit(j, "tax", &s->tax);
    emit_object_end(j);
}

static void
emit_adjustment(struct emit *j, const struct order_adjustment *a)
{
    emit_object(j, NULL);
    emit_id(j, "adjustment_id", a->id);
    order_money_emit(j, "amount", &a->amount);
    order_money_emit(j, "tax", &a->tax);
    emit_object_end(j);
}

static void
emit_payment(struct emit *j, const struct order_refund_payment *p)
{
    emit_object(j, NULL);
    emit_str(j, "gateway", p->gateway);
    emit_str(j, "kind", p->kind);
    emit_str(j, "status", p->status);
    emit_id(j, "transaction_id", p->transaction_id);
    emit_object_end(j);
}

static void
emit_refund(struct emit *j, const struct order_refund *r)
{
    emit_object(j, NULL);
    emit_array(j, "adjustments");
    EACH(struct order_adjustment, a, &r->adjustments)
        emit_adjustment(j, a);
    emit_array_end(j);
    emit_time(j, "created_at", r->created_at);
    emit_array(j, "lines");
    EACH(struct order_refund_line, l, &r->lines)
        emit_refund_line(j, l);
    emit_array_end(j);
    emit_str(j, "note", r->note);
    emit_time(j, "processed_at", r->processed_at);
    emit_id(j, "refund_id", r->id);
    emit_id(j, "return_id", r->return_id);
    emit_array(j, "shipping");
    EACH(struct order_refund_shipping, s, &r->shipping)
        emit_refund_shipping(j, s);
    emit_array_end(j);
    emit_array(j, "transactions");
    EACH(struct order_refund_payment, p, &r->transactions)
        emit_payment(j, p);
    emit_array_end(j);
    emit_object_end(j);
}

static void
emit_a_to_e(struct emit *j, const struct order *o)
{
    emit_attributes(j, "attributes", &o->attributes);
    emit_address(j, "billing_address", &o->billing_address);
    emit_str(j, "cancel_reason", o->cancel_reason);
    emit_time(j, "cancelled_at", o->cancelled_at);
    emit_time(j, "closed_at", o->closed_at);
    emit_str(j, "confirmation_number", o->confirmation_number);
    emit_bool(j, "confirmed", o->confirmed);
    emit_time(j, "created_at", o->created_at);
    emit_str(j, "currency", o->currency);
    emit_id(j, "customer_id", o->customer_id);
    emit_str(j, "customer_locale", o->customer_locale);
    emit_discounts(j, o);
    emit_strings(j, "discount_codes", &o->discount_codes);
    emit_bool(j, "duties_included", o->duties_included);
    emit_str(j, "email", o->email);
    emit_bool(j, "estimated_taxes", o->estimated_taxes);
}

static void
emit_f_to_o(struct emit *j, const struct order *o)
{
    emit_str(j, "financial_status", o->financial_status);
    emit_array(j, "fulfillments");
    EACH(struct order_fulfillment, f, &o->fulfillments)
        emit_fulfillment(j, f);
    emit_array_end(j);
    emit_array(j, "lines");
    EACH(struct order_line, l, &o->lines)
        emit_line(j, l);
    emit_array_end(j);
    emit_id(j, "location_id", o->location_id.v);
    emit_str(j, "name", o->name);
    emit_str(j, "note", o->note);
    emit_time(j, "observed_at", o->version.observed_at);
    emit_id(j, "order_id", o->id.v);
    order_money_emit(j, "original_total", &o->original_total);
}

static void
emit_p_to_r(struct emit *j, const struct order *o, const char *reason)
{
    emit_strings(j, "payment_gateway_names", &o->payment_gateway_names);
    emit_str(j, "phone", o->phone);
    emit_str(j, "po_number", o->po_number);
    emit_str(j, "presentment_currency", o->presentment_currency);
    emit_time(j, "processed_at", o->processed_at);
    if (reason != NULL)
        emit_cstr(j, "reason", reason);
    emit_array(j, "refunds");
    EACH(struct order_refund, r, &o->refunds)
        emit_refund(j, r);
    emit_array_end(j);
}

static void
emit_s_to_z(struct emit *j, const struct order *o)
{
    emit_address(j, "shipping_address", &o->shipping_address);
    emit_array(j, "shipping_lines");
    EACH(struct order_shipping_line, l, &o->shipping_lines)
        emit_shipping_line(j, l);
    emit_array_end(j);
    emit_str(j, "shop", o->shop);
    emit_str(j, "source_identifier", o->source_identifier);
    emit_str(j, "source_name", o->source_name);
    order_money_emit(j, "subtotal", &o->subtotal);
    emit_strings(j, "tags", &o->tags);
    emit_bool(j, "tax_exempt", o->tax_exempt);
    emit_bool(j, "taxes_included", o->taxes_included);
    emit_bool(j, "test", o->test);
    emit_decimal(j, "tip", o->tip);
    order_money_emit(j, "total", &o->total);
    order_money_emit(j, "total_discounts", &o->total_discounts);
    order_money_emit(j, "total_shipping", &o->total_shipping);
    order_money_emit(j, "total_tax", &o->total_tax);
    emit_time(j, "updated_at", o->version.updated_at);
}

void
order_emit(struct buf *ret, const struct order *o, const char *reason)
{
    struct emit j;

    emit_init(&j, ret);
    emit_object(&j, NULL);
    emit_a_to_e(&j, o);
    emit_f_to_o(&j, o);
    emit_p_to_r(&j, o, reason);
    emit_s_to_z(&j, o);
    emit_object_end(&j);
}

void
order_hash(const struct order *o, char ret[SHA256_HEX_SIZE])
{
    CLEANUP_VALUE(buf_fini) struct buf text;

    buf_init(&text, ORDER_TEXT_MAX);
    order_emit(&text, o, NULL);
    hash_sha256_hex(buf_str(&text), ret);
}
