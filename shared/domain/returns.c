/*
 * returns.c: decode the returns of an order from our own topic: closed shapes; see returns.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "domain/returns.h"

static const struct jfield line_fields[] = {
    JSON_STR(struct return_line, customer_note, "customer_note", J_NULL_OK),
    JSON_ID(struct return_line, sent.fulfillment_line_id, "fulfillment_line_id", J_NULL_OK),
    JSON_ID(struct return_line, sent.line_id.v, "line_id", J_NULL_OK),
    JSON_I64(struct return_line, processed_quantity, "processed_quantity", 0),
    JSON_I64(struct return_line, quantity, "quantity", 0),
    JSON_STR(struct return_line, reason.handle, "reason", J_NULL_OK),
    JSON_STR(struct return_line, reason.name, "reason_name", J_NULL_OK),
    JSON_STR(struct return_line, reason_note, "reason_note", J_NULL_OK),
    JSON_I64(struct return_line, refunded_quantity, "refunded_quantity", 0),
    JSON_ID(struct return_line, id, "return_line_id", 0),
};
static const struct shape line_shape = SHAPE(struct return_line, SHAPE_CLOSED, line_fields);

static const struct jfield line_ref_fields[] = {
    JSON_ID(struct line_ref, line_id.v, "line_id", 0),
};
static const struct shape line_ref_shape = SHAPE(struct line_ref, SHAPE_CLOSED, line_ref_fields);

static const struct jfield exchange_fields[] = {
    JSON_ID(struct exchange_line, id, "exchange_line_id", 0),
    JSON_ARR(struct exchange_line, lines, "lines", 0, &line_ref_shape),
    JSON_I64(struct exchange_line, processed_quantity, "processed_quantity", 0),
    JSON_ID(struct exchange_line, product_id.v, "product_id", J_NULL_OK),
    JSON_I64(struct exchange_line, quantity, "quantity", 0),
    JSON_STR(struct exchange_line, sku, "sku", J_NULL_OK),
    JSON_STR(struct exchange_line, title, "title", J_NULL_OK),
    JSON_ID(struct exchange_line, variant_id.v, "variant_id", J_NULL_OK),
    JSON_STR(struct exchange_line, variant_title, "variant_title", J_NULL_OK),
};
static const struct shape exchange_shape =
    SHAPE(struct exchange_line, SHAPE_CLOSED, exchange_fields);

static const struct jfield disposition_fields[] = {
    JSON_TIME(struct disposition, created_at, "created_at", 0),
    JSON_ID(struct disposition, id, "disposition_id", 0),
    JSON_ID(struct disposition, location_id.v, "location_id", J_NULL_OK),
    JSON_I64(struct disposition, quantity, "quantity", 0),
    JSON_STR(struct disposition, type, "type", 0),
};
static const struct shape disposition_shape =
    SHAPE(struct disposition, SHAPE_CLOSED, disposition_fields);

static const struct jfield reverse_line_fields[] = {
    JSON_ARR(struct reverse_line, dispositions, "dispositions", 0, &disposition_shape),
    JSON_ID(struct reverse_line, sent.fulfillment_line_id, "fulfillment_line_id", J_NULL_OK),
    JSON_ID(struct reverse_line, sent.line_id.v, "line_id", J_NULL_OK),
    JSON_ID(struct reverse_line, id, "reverse_line_id", 0),
    JSON_I64(struct reverse_line, total_quantity, "total_quantity", 0),
};
static const struct shape reverse_line_shape =
    SHAPE(struct reverse_line, SHAPE_CLOSED, reverse_line_fields);

static const struct jfield reverse_fields[] = {
    JSON_ARR(struct reverse_fulfillment_order, lines, "lines", 0, &reverse_line_shape),
    JSON_ID(struct reverse_fulfillment_order, id, "reverse_fulfillment_order_id", 0),
    JSON_STR(struct reverse_fulfillment_order, status, "status", 0),
};
static const struct shape reverse_shape =
    SHAPE(struct reverse_fulfillment_order, SHAPE_CLOSED, reverse_fields);

static const struct jfield refund_fields[] = {
    JSON_ID(struct refund_ref, refund_id, "refund_id", 0),
};
static const struct shape refund_shape = SHAPE(struct refund_ref, SHAPE_CLOSED, refund_fields);

static const struct jfield one_fields[] = {
    JSON_TIME(struct order_return, approved_at, "approved_at", J_NULL_OK),
    JSON_TIME(struct order_return, closed_at, "closed_at", J_NULL_OK),
    JSON_TIME(struct order_return, created_at, "created_at", 0),
    JSON_STR(struct order_return, decline.note, "decline_note", J_NULL_OK),
    JSON_STR(struct order_return, decline.reason, "decline_reason", J_NULL_OK),
    JSON_ARR(struct order_return, exchange_lines, "exchange_lines", 0, &exchange_shape),
    JSON_ARR(struct order_return, lines, "lines", 0, &line_shape),
    JSON_STR(struct order_return, name, "name", 0),
    JSON_ARR(struct order_return, refunds, "refunds", 0, &refund_shape),
    JSON_ID(struct order_return, id, "return_id", 0),
    JSON_ARR(struct order_return, reverse_fulfillment_orders, "reverse_fulfillment_orders", 0,
             &reverse_shape),
    JSON_STR(struct order_return, status, "status", 0),
    JSON_I64(struct order_return, total_quantity, "total_quantity", 0),
};
static const struct shape one_shape = SHAPE(struct order_return, SHAPE_CLOSED, one_fields);

static const struct jfield all_fields[] = {
    JSON_TIME(struct returns, version.observed_at, "observed_at", 0),
    JSON_ID(struct returns, order_id.v, "order_id", 0),
    JSON_ARR(struct returns, returns, "returns", 0, &one_shape),
    JSON_STR(struct returns, shop, "shop", 0),
    JSON_TIME(struct returns, version.updated_at, "updated_at", 0),
};
static const struct shape all_shape = SHAPE(struct returns, SHAPE_CLOSED, all_fields);

enum err_class
returns_decode(struct str text, struct arena *mem, struct returns *ret, struct err *e)
{
    struct returns r = { 0 };

    TRY(shape_scan(&all_shape, text, mem, &r, e));
    *ret = r;
    return ERR_NONE;
}
