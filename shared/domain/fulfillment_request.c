/*
 * fulfillment_request.c: shapes and canonical form; see fulfillment_request.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "domain/fulfillment_request.h"

#include "json/emit.h"

#define ADDRESS_FIELD(name) JSON_STR(struct request_address, name, #name, J_NULL_OK)
static const struct jfield address_fields[] = {
    ADDRESS_FIELD(address1),
    ADDRESS_FIELD(address2),
    ADDRESS_FIELD(city),
    ADDRESS_FIELD(company),
    ADDRESS_FIELD(country),
    ADDRESS_FIELD(country_code),
    ADDRESS_FIELD(first_name),
    ADDRESS_FIELD(last_name),
    ADDRESS_FIELD(name),
    ADDRESS_FIELD(phone),
    ADDRESS_FIELD(province),
    ADDRESS_FIELD(province_code),
    ADDRESS_FIELD(zip),
};
static const struct shape address_shape =
    SHAPE(struct request_address, SHAPE_CLOSED, address_fields);

static const struct jfield line_fields[] = {
    JSON_STR(struct request_line, item, "item", 0),
    JSON_ID(struct request_line, line.v, "line_id", 0),
    JSON_I64(struct request_line, quantity, "quantity", 0),
    JSON_STR(struct request_line, sku, "sku", J_NULL_OK),
    JSON_STR(struct request_line, title, "title", 0),
};
static const struct shape line_shape = SHAPE(struct request_line, SHAPE_CLOSED, line_fields);

static const struct jfield request_fields[] = {
    JSON_OBJ(struct fulfillment_request, address, "address", J_NULL_OK, &address_shape),
    JSON_HAS(struct fulfillment_request, address.present, "address"),
    JSON_TIME(struct fulfillment_request, decided_at, "decided_at", 0),
    JSON_STR(struct fulfillment_request, facility, "facility", 0),
    JSON_STR(struct fulfillment_request, kind, "kind", 0),
    JSON_ARR(struct fulfillment_request, lines, "lines", 0, &line_shape),
    JSON_ID(struct fulfillment_request, order.v, "order_id", 0),
    JSON_STR(struct fulfillment_request, order_name, "order_name", J_NULL_OK),
    JSON_I64(struct fulfillment_request, request, "request", 0),
    JSON_STR(struct fulfillment_request, shipping_method, "shipping_method", J_NULL_OK),
    JSON_STR(struct fulfillment_request, shop, "shop", 0),
    JSON_I64(struct fulfillment_request, version, "version", 0),
};
static const struct shape request_shape =
    SHAPE(struct fulfillment_request, SHAPE_CLOSED, request_fields);

enum err_class
fulfillment_request_decode(struct str text, struct arena *mem, struct fulfillment_request *ret,
                           struct err *e)
{
    struct fulfillment_request r = { 0 };

    TRY(shape_scan(&request_shape, text, mem, &r, e));
    *ret = r;
    return ERR_NONE;
}

static void
emit_address(struct emit *j, const struct request_address *a)
{
    if (!a->present) {
        emit_null(j, "address");
        return;
    }
    emit_object(j, "address");
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
emit_lines(struct emit *j, const struct jarray *lines)
{
    emit_array(j, "lines");
    EACH(struct request_line, l, lines) {
        emit_object(j, NULL);
        emit_str(j, "item", l->item);
        emit_i64(j, "line_id", l->line.v);
        emit_i64(j, "quantity", l->quantity);
        emit_str(j, "sku", l->sku);
        emit_str(j, "title", l->title);
        emit_object_end(j);
    }
    emit_array_end(j);
}

void
fulfillment_request_emit(struct buf *ret, const struct fulfillment_request *r)
{
    struct emit j;

    emit_init(&j, ret);
    emit_object(&j, NULL);
    emit_address(&j, &r->address);
    emit_time(&j, "decided_at", r->decided_at);
    emit_str(&j, "facility", r->facility);
    emit_str(&j, "kind", r->kind);
    emit_lines(&j, &r->lines);
    emit_i64(&j, "order_id", r->order.v);
    emit_str(&j, "order_name", r->order_name);
    emit_i64(&j, "request", r->request);
    emit_str(&j, "shipping_method", r->shipping_method);
    emit_str(&j, "shop", r->shop);
    emit_i64(&j, "version", r->version);
    emit_object_end(&j);
}
