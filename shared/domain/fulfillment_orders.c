/*
 * fulfillment_orders.c: decode (closed shapes) and emit (canonical JSON); see fulfillment_orders.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "domain/fulfillment_orders.h"

#include "json/emit.h"

static const struct jfield line_fields[] = {
    JSON_ID(struct fulfillment_order_line, id, "fulfillment_order_line_id", 0),
    JSON_ID(struct fulfillment_order_line, inventory_item_id.v, "inventory_item_id", J_NULL_OK),
    JSON_ID(struct fulfillment_order_line, line_id.v, "line_id", 0),
    JSON_I64(struct fulfillment_order_line, remaining_quantity, "remaining_quantity", 0),
    JSON_I64(struct fulfillment_order_line, total_quantity, "total_quantity", 0),
};
static const struct shape line_shape =
    SHAPE(struct fulfillment_order_line, SHAPE_CLOSED, line_fields);

static const struct jfield one_fields[] = {
    JSON_STR(struct fulfillment_order, delivery_method, "delivery_method", J_NULL_OK),
    JSON_ID(struct fulfillment_order, id.v, "fulfillment_order_id", 0),
    JSON_ARR(struct fulfillment_order, lines, "lines", 0, &line_shape),
    JSON_ID(struct fulfillment_order, location_id.v, "location_id", J_NULL_OK),
    JSON_STR(struct fulfillment_order, location_name, "location_name", J_NULL_OK),
    JSON_STR(struct fulfillment_order, request_status, "request_status", 0),
    JSON_STR(struct fulfillment_order, status, "status", 0),
    JSON_ARR(struct fulfillment_order, supported_actions, "supported_actions", 0,
             &shape_str_element),
    JSON_TIME(struct fulfillment_order, updated_at, "updated_at", J_NULL_OK),
};
static const struct shape one_shape = SHAPE(struct fulfillment_order, SHAPE_CLOSED, one_fields);

static const struct jfield all_fields[] = {
    JSON_ARR(struct fulfillment_orders, fulfillment_orders, "fulfillment_orders", 0, &one_shape),
    JSON_TIME(struct fulfillment_orders, version.observed_at, "observed_at", 0),
    JSON_ID(struct fulfillment_orders, order_id.v, "order_id", 0),
    JSON_STR(struct fulfillment_orders, shop, "shop", 0),
    JSON_TIME(struct fulfillment_orders, version.updated_at, "updated_at", 0),
};
static const struct shape all_shape = SHAPE(struct fulfillment_orders, SHAPE_CLOSED, all_fields);

enum err_class
fulfillment_orders_decode(struct str text, struct arena *mem, struct fulfillment_orders *ret,
                          struct err *e)
{
    struct fulfillment_orders f = { 0 };

    TRY(shape_scan(&all_shape, text, mem, &f, e));
    *ret = f;
    return ERR_NONE;
}

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
emit_one(struct emit *j, const struct fulfillment_order *f)
{
    emit_object(j, NULL);
    emit_str(j, "delivery_method", f->delivery_method);
    emit_id(j, "fulfillment_order_id", f->id.v);
    emit_lines(j, f);
    emit_id(j, "location_id", f->location_id.v);
    emit_str(j, "location_name", f->location_name);
    emit_str(j, "request_status", f->request_status);
    emit_str(j, "status", f->status);
    emit_array(j, "supported_actions");
    EACH(struct str, a, &f->supported_actions)
        emit_str(j, NULL, *a);
    emit_array_end(j);
    emit_time(j, "updated_at", f->updated_at);
    emit_object_end(j);
}

void
fulfillment_orders_emit(struct buf *ret, const struct fulfillment_orders *f)
{
    struct emit j;

    emit_init(&j, ret);
    emit_object(&j, NULL);
    emit_array(&j, "fulfillment_orders");
    EACH(struct fulfillment_order, one, &f->fulfillment_orders)
        emit_one(&j, one);
    emit_array_end(&j);
    emit_time(&j, "observed_at", f->version.observed_at);
    emit_id(&j, "order_id", f->order_id.v);
    emit_str(&j, "shop", f->shop);
    emit_time(&j, "updated_at", f->version.updated_at);
    emit_object_end(&j);
}
