/*
 * fulfillment_orders.c: decode the fulfilment orders of an order from our own topic: closed shapes;
 * see fulfillment_orders.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "domain/fulfillment_orders.h"

#include "domain/order_parts.h"

static const struct jfield line_fields[] = {
    JSON_ID(struct fulfillment_order_line, id, "fulfillment_order_line_id", 0),
    JSON_ID(struct fulfillment_order_line, inventory_item_id.v, "inventory_item_id", J_NULL_OK),
    JSON_ID(struct fulfillment_order_line, line_id.v, "line_id", 0),
    JSON_I64(struct fulfillment_order_line, remaining_quantity, "remaining_quantity", 0),
    JSON_I64(struct fulfillment_order_line, total_quantity, "total_quantity", 0),
};
static const struct shape line_shape =
    SHAPE(struct fulfillment_order_line, SHAPE_CLOSED, line_fields);

static const struct jfield delivery_fields[] = {
    JSON_TIME(struct delivery, earliest_at, "earliest_at", J_NULL_OK),
    JSON_STR(struct delivery, instructions, "instructions", J_NULL_OK),
    JSON_TIME(struct delivery, latest_at, "latest_at", J_NULL_OK),
    JSON_STR(struct delivery, method, "method", 0),
    JSON_STR(struct delivery, name, "name", J_NULL_OK),
    JSON_STR(struct delivery, phone, "phone", J_NULL_OK),
    JSON_STR(struct delivery, service_code, "service_code", J_NULL_OK),
};
static const struct shape delivery_shape = SHAPE(struct delivery, SHAPE_CLOSED, delivery_fields);

static const struct jfield destination_fields[] = {
    JSON_STR(struct destination, address1, "address1", J_NULL_OK),
    JSON_STR(struct destination, address2, "address2", J_NULL_OK),
    JSON_STR(struct destination, city, "city", J_NULL_OK),
    JSON_STR(struct destination, company, "company", J_NULL_OK),
    JSON_STR(struct destination, country_code, "country_code", J_NULL_OK),
    JSON_STR(struct destination, email, "email", J_NULL_OK),
    JSON_STR(struct destination, first_name, "first_name", J_NULL_OK),
    JSON_STR(struct destination, last_name, "last_name", J_NULL_OK),
    JSON_ID(struct destination, location_id.v, "location_id", J_NULL_OK),
    JSON_STR(struct destination, phone, "phone", J_NULL_OK),
    JSON_STR(struct destination, province, "province", J_NULL_OK),
    JSON_STR(struct destination, zip, "zip", J_NULL_OK),
};
static const struct shape destination_shape =
    SHAPE(struct destination, SHAPE_CLOSED, destination_fields);

static const struct jfield hold_fields[] = {
    JSON_STR(struct fulfillment_hold, handle, "handle", J_NULL_OK),
    JSON_ID(struct fulfillment_hold, id, "hold_id", 0),
    JSON_STR(struct fulfillment_hold, notes, "notes", J_NULL_OK),
    JSON_BOOL(struct fulfillment_hold, ours, "ours", 0),
    JSON_STR(struct fulfillment_hold, reason, "reason", 0),
};
static const struct shape hold_shape = SHAPE(struct fulfillment_hold, SHAPE_CLOSED, hold_fields);

static const struct jfield one_fields[] = {
    JSON_TIME(struct fulfillment_order, created_at, "created_at", J_NULL_OK),
    JSON_OBJ(struct fulfillment_order, delivery, "delivery", J_NULL_OK, &delivery_shape),
    JSON_OBJ(struct fulfillment_order, destination, "destination", J_NULL_OK, &destination_shape),
    JSON_TIME(struct fulfillment_order, fulfill_at, "fulfill_at", J_NULL_OK),
    JSON_TIME(struct fulfillment_order, fulfill_by, "fulfill_by", J_NULL_OK),
    JSON_ID(struct fulfillment_order, id.v, "fulfillment_order_id", 0),
    JSON_ARR(struct fulfillment_order, holds, "holds", 0, &hold_shape),
    JSON_ARR(struct fulfillment_order, lines, "lines", 0, &line_shape),
    JSON_ID(struct fulfillment_order, location_id.v, "location_id", J_NULL_OK),
    JSON_STR(struct fulfillment_order, location_name, "location_name", J_NULL_OK),
    JSON_STR(struct fulfillment_order, request_status, "request_status", 0),
    JSON_STR(struct fulfillment_order, service, "service", J_NULL_OK),
    JSON_STR(struct fulfillment_order, status, "status", 0),
    JSON_ARR(struct fulfillment_order, supported_actions, "supported_actions", 0,
             &shape_str_element),
    JSON_TIME(struct fulfillment_order, updated_at, "updated_at", J_NULL_OK),
};
static const struct shape one_shape = SHAPE(struct fulfillment_order, SHAPE_CLOSED, one_fields);

static const struct jfield risk_fact_fields[] = {
    JSON_STR(struct risk_fact, description, "description", 0),
    JSON_STR(struct risk_fact, sentiment, "sentiment", 0),
};
static const struct shape risk_fact_shape =
    SHAPE(struct risk_fact, SHAPE_CLOSED, risk_fact_fields);

static const struct jfield assessment_fields[] = {
    JSON_ARR(struct risk_assessment, facts, "facts", 0, &risk_fact_shape),
    JSON_STR(struct risk_assessment, level, "level", 0),
};
static const struct shape assessment_shape =
    SHAPE(struct risk_assessment, SHAPE_CLOSED, assessment_fields);

static const struct jfield risk_fields[] = {
    JSON_ARR(struct order_risk, assessments, "assessments", 0, &assessment_shape),
    JSON_STR(struct order_risk, recommendation, "recommendation", 0),
};
static const struct shape risk_shape = SHAPE(struct order_risk, SHAPE_CLOSED, risk_fields);

static const struct jfield transaction_fields[] = {
    JSON_OBJ(struct order_transaction, amount, "amount", 0, &order_money_shape),
    JSON_STR(struct order_transaction, card_company, "card_company", J_NULL_OK),
    JSON_TIME(struct order_transaction, created_at, "created_at", 0),
    JSON_STR(struct order_transaction, error_code, "error_code", J_NULL_OK),
    JSON_STR(struct order_transaction, gateway, "gateway", J_NULL_OK),
    JSON_STR(struct order_transaction, kind, "kind", 0),
    JSON_ID(struct order_transaction, parent_id, "parent_id", J_NULL_OK),
    JSON_TIME(struct order_transaction, processed_at, "processed_at", J_NULL_OK),
    JSON_STR(struct order_transaction, receipt, "receipt", J_ANY),
    JSON_I64(struct order_transaction, receipt_bytes, "receipt_bytes", J_OPTIONAL),
    JSON_STR(struct order_transaction, status, "status", 0),
    JSON_BOOL(struct order_transaction, test, "test", 0),
    JSON_ID(struct order_transaction, id, "transaction_id", 0),
};
static const struct shape transaction_shape =
    SHAPE(struct order_transaction, SHAPE_CLOSED, transaction_fields);

static const struct jfield group_line_fields[] = {
    JSON_ID(struct group_line, line_id.v, "line_id", 0),
};
static const struct shape group_line_shape =
    SHAPE(struct group_line, SHAPE_CLOSED, group_line_fields);

static const struct jfield group_fields[] = {
    JSON_ID(struct line_group, id, "group_id", 0),
    JSON_ARR(struct line_group, lines, "lines", 0, &group_line_shape),
    JSON_ID(struct line_group, product_id.v, "product_id", J_NULL_OK),
    JSON_I64(struct line_group, quantity, "quantity", 0),
    JSON_STR(struct line_group, sku, "sku", J_NULL_OK),
    JSON_STR(struct line_group, title, "title", 0),
    JSON_ID(struct line_group, variant_id.v, "variant_id", J_NULL_OK),
};
static const struct shape group_shape = SHAPE(struct line_group, SHAPE_CLOSED, group_fields);

static const struct jfield sale_fields[] = {
    JSON_STR(struct order_sale, action, "action", 0),
    JSON_OBJ(struct order_sale, discount, "discount", 0, &order_money_shape),
    JSON_ID(struct order_sale, line_id.v, "line_id", J_NULL_OK),
    JSON_STR(struct order_sale, line_type, "line_type", 0),
    JSON_I64(struct order_sale, quantity, "quantity", J_NULL_OK),
    JSON_HAS(struct order_sale, counted, "quantity"),
    JSON_ID(struct order_sale, id, "sale_id", 0),
    JSON_ID(struct order_sale, shipping_line_id, "shipping_line_id", J_NULL_OK),
    JSON_OBJ(struct order_sale, tax, "tax", 0, &order_money_shape),
    JSON_OBJ(struct order_sale, total, "total", 0, &order_money_shape),
};
static const struct shape sale_shape = SHAPE(struct order_sale, SHAPE_CLOSED, sale_fields);

static const struct jfield agreement_fields[] = {
    JSON_ID(struct order_agreement, id, "agreement_id", 0),
    JSON_TIME(struct order_agreement, happened_at, "happened_at", 0),
    JSON_STR(struct order_agreement, reason, "reason", 0),
    JSON_ID(struct order_agreement, refund_id, "refund_id", J_NULL_OK),
    JSON_ID(struct order_agreement, return_id, "return_id", J_NULL_OK),
    JSON_ARR(struct order_agreement, sales, "sales", 0, &sale_shape),
};
static const struct shape agreement_shape =
    SHAPE(struct order_agreement, SHAPE_CLOSED, agreement_fields);

static const struct jfield duty_fields[] = {
    JSON_STR(struct order_duty, country_code, "country_code", J_NULL_OK),
    JSON_ID(struct order_duty, id, "duty_id", 0),
    JSON_STR(struct order_duty, harmonized_system_code, "harmonized_system_code", J_NULL_OK),
    JSON_OBJ(struct order_duty, price, "price", 0, &order_money_shape),
    JSON_ARR(struct order_duty, tax_lines, "tax_lines", 0, &order_tax_line_shape),
};
static const struct shape duty_shape = SHAPE(struct order_duty, SHAPE_CLOSED, duty_fields);

static const struct jfield beside_fields[] = {
    JSON_ARR(struct order_line_beside, duties, "duties", 0, &duty_shape),
    JSON_ID(struct order_line_beside, line_id.v, "line_id", 0),
    JSON_I64(struct order_line_beside, non_fulfillable_quantity, "non_fulfillable_quantity", 0),
};
static const struct shape beside_shape =
    SHAPE(struct order_line_beside, SHAPE_CLOSED, beside_fields);

static const struct jfield channel_fields[] = {
    JSON_STR(struct order_channel, handle, "handle", J_NULL_OK),
    JSON_STR(struct order_channel, name, "name", J_NULL_OK),
};
static const struct shape channel_shape =
    SHAPE(struct order_channel, SHAPE_CLOSED, channel_fields);

/* What publishers have told from the first day is there; what came later may be absent. */
static const struct jfield all_fields[] = {
    JSON_ARR(struct fulfillment_orders, agreements, "agreements", J_OPTIONAL, &agreement_shape),
    JSON_OBJ(struct fulfillment_orders, channel, "channel", J_NULL_OK, &channel_shape),
    JSON_BOOL(struct fulfillment_orders, edited, "edited", 0),
    JSON_ARR(struct fulfillment_orders, fulfillment_orders, "fulfillment_orders", 0, &one_shape),
    JSON_ARR(struct fulfillment_orders, groups, "groups", 0, &group_shape),
    JSON_ARR(struct fulfillment_orders, lines, "lines", J_OPTIONAL, &beside_shape),
    JSON_ARR(struct fulfillment_orders, metafields, "metafields", 0, &metafield_shape),
    JSON_TIME(struct fulfillment_orders, version.observed_at, "observed_at", 0),
    JSON_ID(struct fulfillment_orders, order_id.v, "order_id", 0),
    JSON_OBJ(struct fulfillment_orders, placed_total, "placed_total", J_ANY, &order_money_shape),
    JSON_HAS(struct fulfillment_orders, tells_sums, "placed_total"),
    JSON_STR(struct fulfillment_orders, return_status, "return_status", J_NULL_OK),
    JSON_OBJ(struct fulfillment_orders, risk, "risk", J_NULL_OK, &risk_shape),
    JSON_STR(struct fulfillment_orders, shop, "shop", 0),
    JSON_ARR(struct fulfillment_orders, tax_lines, "tax_lines", J_OPTIONAL, &order_tax_line_shape),
    JSON_OBJ(struct fulfillment_orders, tip, "tip", J_ANY, &order_money_shape),
    JSON_ARR(struct fulfillment_orders, transactions, "transactions", 0, &transaction_shape),
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
