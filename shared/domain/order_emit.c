/*
 * order_emit.c: an order fact as canonical JSON: keys ascending, so that equal orders are equal
 * bytes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "domain/order.h"
#include "json/emit.h"

static void
emit_money(struct emit *j, const char *key, const struct order_money *m)
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
    emit_str(j, "name", a->name);
    emit_str(j, "phone", a->phone);
    emit_str(j, "province", a->province);
    emit_str(j, "province_code", a->province_code);
    emit_str(j, "zip", a->zip);
    emit_object_end(j);
}

static void
emit_line(struct emit *j, const struct order_line *l)
{
    emit_object(j, NULL);
    emit_i64(j, "current_quantity", l->current_quantity);
    emit_bool(j, "gift_card", l->gift_card);
    emit_id(j, "line_id", l->id.v);
    emit_money(j, "price", &l->price);
    emit_id(j, "product_id", l->product_id.v);
    emit_attributes(j, "properties", &l->properties);
    emit_i64(j, "quantity", l->quantity);
    emit_bool(j, "requires_shipping", l->requires_shipping);
    emit_str(j, "sku", l->sku);
    emit_bool(j, "taxable", l->taxable);
    emit_str(j, "title", l->title);
    emit_money(j, "total_discount", &l->total_discount);
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
    emit_str(j, "code", l->code);
    emit_money(j, "price", &l->price);
    emit_str(j, "source", l->source);
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
    emit_str(j, "status", f->status);
    emit_str(j, "tracking_company", f->tracking_company);
    emit_strings(j, "tracking_numbers", &f->tracking_numbers);
    emit_time(j, "updated_at", f->updated_at);
    emit_object_end(j);
}

static void
emit_refund(struct emit *j, const struct order_refund *r)
{
    emit_object(j, NULL);
    emit_time(j, "created_at", r->created_at);
    emit_array(j, "lines");
    EACH(struct order_refund_line, l, &r->lines) {
        emit_object(j, NULL);
        emit_id(j, "line_id", l->line_id.v);
        emit_id(j, "location_id", l->location_id.v);
        emit_i64(j, "quantity", l->quantity);
        emit_id(j, "refund_line_id", l->id);
        emit_str(j, "restock_type", l->restock_type);
        emit_object_end(j);
    }
    emit_array_end(j);
    emit_str(j, "note", r->note);
    emit_id(j, "refund_id", r->id);
    emit_object_end(j);
}

/* attributes .. lines: the first half of the alphabet. */
static void
emit_a_to_l(struct emit *j, const struct order *o)
{
    emit_attributes(j, "attributes", &o->attributes);
    emit_address(j, "billing_address", &o->billing_address);
    emit_str(j, "cancel_reason", o->cancel_reason);
    emit_time(j, "cancelled_at", o->cancelled_at);
    emit_time(j, "closed_at", o->closed_at);
    emit_time(j, "created_at", o->created_at);
    emit_str(j, "currency", o->currency);
    emit_strings(j, "discount_codes", &o->discount_codes);
    emit_str(j, "email", o->email);
    emit_str(j, "financial_status", o->financial_status);
    emit_array(j, "fulfillments");
    EACH(struct order_fulfillment, f, &o->fulfillments)
        emit_fulfillment(j, f);
    emit_array_end(j);
    emit_array(j, "lines");
    EACH(struct order_line, l, &o->lines)
        emit_line(j, l);
    emit_array_end(j);
}

static void
emit_n_to_r(struct emit *j, const struct order *o, const char *reason)
{
    emit_str(j, "name", o->name);
    emit_str(j, "note", o->note);
    emit_time(j, "observed_at", o->version.observed_at);
    emit_id(j, "order_id", o->id.v);
    emit_str(j, "phone", o->phone);
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
    emit_str(j, "source_name", o->source_name);
    emit_money(j, "subtotal", &o->subtotal);
    emit_strings(j, "tags", &o->tags);
    emit_bool(j, "test", o->test);
    emit_money(j, "total", &o->total);
    emit_money(j, "total_discounts", &o->total_discounts);
    emit_money(j, "total_shipping", &o->total_shipping);
    emit_money(j, "total_tax", &o->total_tax);
    emit_time(j, "updated_at", o->version.updated_at);
}

void
order_emit(struct buf *ret, const struct order *o, const char *reason)
{
    struct emit j;

    emit_init(&j, ret);
    emit_object(&j, NULL);
    emit_a_to_l(&j, o);
    emit_n_to_r(&j, o, reason);
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
