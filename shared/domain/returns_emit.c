/*
 * returns_emit.c: the returns of an order as canonical JSON: keys ascending, so that equal returns
 * are equal bytes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "domain/returns.h"
#include "json/emit.h"

static void
emit_line(struct emit *j, const struct return_line *l)
{
    emit_object(j, NULL);
    emit_str(j, "customer_note", l->customer_note);
    emit_id(j, "fulfillment_line_id", l->sent.fulfillment_line_id);
    emit_id(j, "line_id", l->sent.line_id.v);
    emit_i64(j, "processed_quantity", l->processed_quantity);
    emit_i64(j, "quantity", l->quantity);
    emit_str(j, "reason", l->reason.handle);
    emit_str(j, "reason_name", l->reason.name);
    emit_str(j, "reason_note", l->reason_note);
    emit_i64(j, "refunded_quantity", l->refunded_quantity);
    emit_id(j, "return_line_id", l->id);
    emit_object_end(j);
}

static void
emit_exchange_line(struct emit *j, const struct exchange_line *l)
{
    emit_object(j, NULL);
    emit_id(j, "exchange_line_id", l->id);
    emit_array(j, "lines");
    EACH(struct line_ref, line, &l->lines) {
        emit_object(j, NULL);
        emit_id(j, "line_id", line->line_id.v);
        emit_object_end(j);
    }
    emit_array_end(j);
    emit_i64(j, "processed_quantity", l->processed_quantity);
    emit_id(j, "product_id", l->product_id.v);
    emit_i64(j, "quantity", l->quantity);
    emit_str(j, "sku", l->sku);
    emit_str(j, "title", l->title);
    emit_id(j, "variant_id", l->variant_id.v);
    emit_str(j, "variant_title", l->variant_title);
    emit_object_end(j);
}

static void
emit_disposition(struct emit *j, const struct disposition *d)
{
    emit_object(j, NULL);
    emit_time(j, "created_at", d->created_at);
    emit_id(j, "disposition_id", d->id);
    emit_id(j, "location_id", d->location_id.v);
    emit_i64(j, "quantity", d->quantity);
    emit_str(j, "type", d->type);
    emit_object_end(j);
}

static void
emit_reverse_line(struct emit *j, const struct reverse_line *l)
{
    emit_object(j, NULL);
    emit_array(j, "dispositions");
    EACH(struct disposition, d, &l->dispositions)
        emit_disposition(j, d);
    emit_array_end(j);
    emit_id(j, "fulfillment_line_id", l->sent.fulfillment_line_id);
    emit_id(j, "line_id", l->sent.line_id.v);
    emit_id(j, "reverse_line_id", l->id);
    emit_i64(j, "total_quantity", l->total_quantity);
    emit_object_end(j);
}

static void
emit_reverse(struct emit *j, const struct reverse_fulfillment_order *f)
{
    emit_object(j, NULL);
    emit_array(j, "lines");
    EACH(struct reverse_line, l, &f->lines)
        emit_reverse_line(j, l);
    emit_array_end(j);
    emit_id(j, "reverse_fulfillment_order_id", f->id);
    emit_str(j, "status", f->status);
    emit_object_end(j);
}

static void
emit_lists(struct emit *j, const struct order_return *r)
{
    emit_array(j, "exchange_lines");
    EACH(struct exchange_line, l, &r->exchange_lines)
        emit_exchange_line(j, l);
    emit_array_end(j);
    emit_array(j, "lines");
    EACH(struct return_line, l, &r->lines)
        emit_line(j, l);
    emit_array_end(j);
}

static void
emit_refunds(struct emit *j, const struct order_return *r)
{
    emit_array(j, "refunds");
    EACH(struct refund_ref, one, &r->refunds) {
        emit_object(j, NULL);
        emit_id(j, "refund_id", one->refund_id);
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void
emit_one(struct emit *j, const struct order_return *r)
{
    emit_object(j, NULL);
    emit_time(j, "approved_at", r->approved_at);
    emit_time(j, "closed_at", r->closed_at);
    emit_time(j, "created_at", r->created_at);
    emit_str(j, "decline_note", r->decline.note);
    emit_str(j, "decline_reason", r->decline.reason);
    emit_lists(j, r);
    emit_str(j, "name", r->name);
    emit_refunds(j, r);
    emit_id(j, "return_id", r->id);
    emit_array(j, "reverse_fulfillment_orders");
    EACH(struct reverse_fulfillment_order, f, &r->reverse_fulfillment_orders)
        emit_reverse(j, f);
    emit_array_end(j);
    emit_str(j, "status", r->status);
    emit_i64(j, "total_quantity", r->total_quantity);
    emit_object_end(j);
}

void
returns_emit(struct buf *ret, const struct returns *r)
{
    struct emit j;

    emit_init(&j, ret);
    emit_object(&j, NULL);
    emit_time(&j, "observed_at", r->version.observed_at);
    emit_id(&j, "order_id", r->order_id.v);
    emit_array(&j, "returns");
    EACH(struct order_return, one, &r->returns)
        emit_one(&j, one);
    emit_array_end(&j);
    emit_str(&j, "shop", r->shop);
    emit_time(&j, "updated_at", r->version.updated_at);
    emit_object_end(&j);
}

void
returns_hash(const struct returns *r, char ret[SHA256_HEX_SIZE])
{
    CLEANUP_VALUE(buf_fini) struct buf text;

    buf_init(&text, RETURNS_TEXT_MAX);
    returns_emit(&text, r);
    hash_sha256_hex(buf_str(&text), ret);
}
