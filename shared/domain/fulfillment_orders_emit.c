/*
 * fulfillment_orders_emit.c: the fulfilment orders of an order, and what else only a read shows, as
 * canonical JSON: keys ascending, so that equal facts are equal bytes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "domain/fulfillment_orders.h"

#include "domain/order_parts.h"

static void
emit_lines(struct emit *j, const struct fulfillment_order *f)
{
    emit_array(j, "lines");
    EACH(struct fulfillment_order_line, l, &f->lines) {
        emit_object(j, NULL);
        emit_id(j, "fulfillment_order_line_id", l->id);
        emit_id(j, "inventory_item_id", l->inventory_item_id.v);
        emit_id(j, "line_id", l->line_id.v);
        emit_i64(j, "remaining_quantity", l->remaining_quantity);
        emit_i64(j, "total_quantity", l->total_quantity);
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void
emit_delivery(struct emit *j, const struct delivery *d)
{
    if (d->method.p == NULL) {
        emit_null(j, "delivery");
        return;
    }
    emit_object(j, "delivery");
    emit_time(j, "earliest_at", d->earliest_at);
    emit_str(j, "instructions", d->instructions);
    emit_time(j, "latest_at", d->latest_at);
    emit_str(j, "method", d->method);
    emit_str(j, "name", d->name);
    emit_str(j, "phone", d->phone);
    emit_str(j, "service_code", d->service_code);
    emit_object_end(j);
}

static bool
is_nowhere(const struct destination *d)
{
    const struct str all[] = { d->first_name, d->last_name,    d->company, d->address1,
                               d->address2,   d->city,         d->province, d->zip,
                               d->country_code, d->email,      d->phone };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (all[i].p != NULL)
            return false;
    return d->location_id.v == 0;
}

static void
emit_destination(struct emit *j, const struct destination *d)
{
    if (is_nowhere(d)) {
        emit_null(j, "destination");
        return;
    }
    emit_object(j, "destination");
    emit_str(j, "address1", d->address1);
    emit_str(j, "address2", d->address2);
    emit_str(j, "city", d->city);
    emit_str(j, "company", d->company);
    emit_str(j, "country_code", d->country_code);
    emit_str(j, "email", d->email);
    emit_str(j, "first_name", d->first_name);
    emit_str(j, "last_name", d->last_name);
    emit_id(j, "location_id", d->location_id.v);
    emit_str(j, "phone", d->phone);
    emit_str(j, "province", d->province);
    emit_str(j, "zip", d->zip);
    emit_object_end(j);
}

static void
emit_holds(struct emit *j, const struct fulfillment_order *f)
{
    emit_array(j, "holds");
    EACH(struct fulfillment_hold, h, &f->holds) {
        emit_object(j, NULL);
        emit_str(j, "handle", h->handle);
        emit_id(j, "hold_id", h->id);
        emit_str(j, "notes", h->notes);
        emit_bool(j, "ours", h->ours);
        emit_str(j, "reason", h->reason);
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void
emit_one(struct emit *j, const struct fulfillment_order *f)
{
    emit_object(j, NULL);
    emit_time(j, "created_at", f->created_at);
    emit_delivery(j, &f->delivery);
    emit_destination(j, &f->destination);
    emit_time(j, "fulfill_at", f->fulfill_at);
    emit_time(j, "fulfill_by", f->fulfill_by);
    emit_id(j, "fulfillment_order_id", f->id.v);
    emit_holds(j, f);
    emit_lines(j, f);
    emit_id(j, "location_id", f->location_id.v);
    emit_str(j, "location_name", f->location_name);
    emit_str(j, "request_status", f->request_status);
    emit_str(j, "service", f->service);
    emit_str(j, "status", f->status);
    emit_array(j, "supported_actions");
    EACH(struct str, a, &f->supported_actions)
        emit_str(j, NULL, *a);
    emit_array_end(j);
    emit_time(j, "updated_at", f->updated_at);
    emit_object_end(j);
}

static void
emit_groups(struct emit *j, const struct fulfillment_orders *f)
{
    emit_array(j, "groups");
    EACH(struct line_group, g, &f->groups) {
        emit_object(j, NULL);
        emit_id(j, "group_id", g->id);
        emit_array(j, "lines");
        EACH(struct group_line, l, &g->lines) {
            emit_object(j, NULL);
            emit_id(j, "line_id", l->line_id.v);
            emit_object_end(j);
        }
        emit_array_end(j);
        emit_id(j, "product_id", g->product_id.v);
        emit_i64(j, "quantity", g->quantity);
        emit_str(j, "sku", g->sku);
        emit_str(j, "title", g->title);
        emit_id(j, "variant_id", g->variant_id.v);
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void
emit_assessment(struct emit *j, const struct risk_assessment *a)
{
    emit_object(j, NULL);
    emit_array(j, "facts");
    EACH(struct risk_fact, f, &a->facts) {
        emit_object(j, NULL);
        emit_str(j, "description", f->description);
        emit_str(j, "sentiment", f->sentiment);
        emit_object_end(j);
    }
    emit_array_end(j);
    emit_str(j, "level", a->level);
    emit_object_end(j);
}

static void
emit_risk(struct emit *j, const struct order_risk *r)
{
    if (r->recommendation.p == NULL) {
        emit_null(j, "risk");
        return;
    }
    emit_object(j, "risk");
    emit_array(j, "assessments");
    EACH(struct risk_assessment, a, &r->assessments)
        emit_assessment(j, a);
    emit_array_end(j);
    emit_str(j, "recommendation", r->recommendation);
    emit_object_end(j);
}

static void
emit_transaction(struct emit *j, const struct order_transaction *t)
{
    emit_object(j, NULL);
    order_money_emit(j, "amount", &t->amount);
    emit_str(j, "card_company", t->card_company);
    emit_time(j, "created_at", t->created_at);
    emit_str(j, "error_code", t->error_code);
    emit_str(j, "gateway", t->gateway);
    emit_str(j, "kind", t->kind);
    emit_id(j, "parent_id", t->parent_id);
    emit_time(j, "processed_at", t->processed_at);
    emit_str(j, "receipt", t->receipt);
    emit_i64(j, "receipt_bytes", t->receipt_bytes);
    emit_str(j, "status", t->status);
    emit_bool(j, "test", t->test);
    emit_id(j, "transaction_id", t->id);
    emit_object_end(j);
}

static void
emit_channel(struct emit *j, const struct order_channel *c)
{
    if (c->handle.p == NULL && c->name.p == NULL) {
        emit_null(j, "channel");
        return;
    }
    emit_object(j, "channel");
    emit_str(j, "handle", c->handle);
    emit_str(j, "name", c->name);
    emit_object_end(j);
}

static void
emit_sale(struct emit *j, const struct order_sale *s)
{
    emit_object(j, NULL);
    emit_str(j, "action", s->action);
    order_money_emit(j, "discount", &s->discount);
    emit_id(j, "line_id", s->line_id.v);
    emit_str(j, "line_type", s->line_type);
    if (s->counted)
        emit_i64(j, "quantity", s->quantity);
    else
        emit_null(j, "quantity");
    emit_id(j, "sale_id", s->id);
    emit_id(j, "shipping_line_id", s->shipping_line_id);
    order_money_emit(j, "tax", &s->tax);
    order_money_emit(j, "total", &s->total);
    emit_object_end(j);
}

static void
emit_agreements(struct emit *j, const struct fulfillment_orders *f)
{
    emit_array(j, "agreements");
    EACH(struct order_agreement, a, &f->agreements) {
        emit_object(j, NULL);
        emit_id(j, "agreement_id", a->id);
        emit_time(j, "happened_at", a->happened_at);
        emit_str(j, "reason", a->reason);
        emit_id(j, "refund_id", a->refund_id);
        emit_id(j, "return_id", a->return_id);
        emit_array(j, "sales");
        EACH(struct order_sale, s, &a->sales)
            emit_sale(j, s);
        emit_array_end(j);
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void
emit_duty(struct emit *j, const struct order_duty *d)
{
    emit_object(j, NULL);
    emit_str(j, "country_code", d->country_code);
    emit_id(j, "duty_id", d->id);
    emit_str(j, "harmonized_system_code", d->harmonized_system_code);
    order_money_emit(j, "price", &d->price);
    order_tax_lines_emit(j, &d->tax_lines);
    emit_object_end(j);
}

static void
emit_lines_beside(struct emit *j, const struct fulfillment_orders *f)
{
    emit_array(j, "lines");
    EACH(struct order_line_beside, l, &f->lines) {
        emit_object(j, NULL);
        emit_array(j, "duties");
        EACH(struct order_duty, d, &l->duties)
            emit_duty(j, d);
        emit_array_end(j);
        emit_id(j, "line_id", l->line_id.v);
        emit_i64(j, "non_fulfillable_quantity", l->non_fulfillable_quantity);
        emit_object_end(j);
    }
    emit_array_end(j);
}

/* Zero is said, unknown is null. */
static void
emit_sum(struct emit *j, const char *key, const struct fulfillment_orders *f,
         const struct order_money *m)
{
    if (f->tells_sums)
        order_money_emit(j, key, m);
    else
        emit_null(j, key);
}

void
fulfillment_orders_emit(struct buf *ret, const struct fulfillment_orders *f)
{
    struct emit j;

    emit_init(&j, ret);
    emit_object(&j, NULL);
    emit_agreements(&j, f);
    emit_channel(&j, &f->channel);
    emit_bool(&j, "edited", f->edited);
    emit_array(&j, "fulfillment_orders");
    EACH(struct fulfillment_order, one, &f->fulfillment_orders)
        emit_one(&j, one);
    emit_array_end(&j);
    emit_groups(&j, f);
    emit_lines_beside(&j, f);
    metafields_emit(&j, "metafields", &f->metafields);
    emit_time(&j, "observed_at", f->version.observed_at);
    emit_id(&j, "order_id", f->order_id.v);
    emit_sum(&j, "placed_total", f, &f->placed_total);
    emit_str(&j, "return_status", f->return_status);
    emit_risk(&j, &f->risk);
    emit_str(&j, "shop", f->shop);
    order_tax_lines_emit(&j, &f->tax_lines);
    emit_sum(&j, "tip", f, &f->tip);
    emit_array(&j, "transactions");
    EACH(struct order_transaction, t, &f->transactions)
        emit_transaction(&j, t);
    emit_array_end(&j);
    emit_time(&j, "updated_at", f->version.updated_at);
    emit_object_end(&j);
}

void
fulfillment_orders_hash(const struct fulfillment_orders *f, char ret[SHA256_HEX_SIZE])
{
    CLEANUP_VALUE(buf_fini) struct buf text;

    buf_init(&text, FULFILLMENT_ORDERS_TEXT_MAX);
    fulfillment_orders_emit(&text, f);
    hash_sha256_hex(buf_str(&text), ret);
}
