/*
 * order.c: decode an order fact from our own topics: closed shapes, one table per object; see
 * order.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "domain/order_parts.h"

static const struct jfield money_fields[] = {
    JSON_DECIMAL(struct order_money, presentment, "presentment", 0),
    JSON_DECIMAL(struct order_money, shop, "shop", 0),
};
const struct shape order_money_shape = SHAPE(struct order_money, SHAPE_CLOSED, money_fields);

static const struct jfield attribute_fields[] = {
    JSON_STR(struct order_attribute, name, "name", 0),
    JSON_STR(struct order_attribute, value, "value", J_NULL_OK),
};
static const struct shape attribute_shape =
    SHAPE(struct order_attribute, SHAPE_CLOSED, attribute_fields);

static const struct jfield address_fields[] = {
    JSON_STR(struct order_address, address1, "address1", J_NULL_OK),
    JSON_STR(struct order_address, address2, "address2", J_NULL_OK),
    JSON_STR(struct order_address, city, "city", J_NULL_OK),
    JSON_STR(struct order_address, company, "company", J_NULL_OK),
    JSON_STR(struct order_address, country, "country", J_NULL_OK),
    JSON_STR(struct order_address, country_code, "country_code", J_NULL_OK),
    JSON_STR(struct order_address, first_name, "first_name", J_NULL_OK),
    JSON_STR(struct order_address, last_name, "last_name", J_NULL_OK),
    JSON_STR(struct order_address, latitude, "latitude", J_NULL_OK),
    JSON_STR(struct order_address, longitude, "longitude", J_NULL_OK),
    JSON_STR(struct order_address, name, "name", J_NULL_OK),
    JSON_STR(struct order_address, phone, "phone", J_NULL_OK),
    JSON_STR(struct order_address, province, "province", J_NULL_OK),
    JSON_STR(struct order_address, province_code, "province_code", J_NULL_OK),
    JSON_STR(struct order_address, zip, "zip", J_NULL_OK),
};
static const struct shape address_shape = SHAPE(struct order_address, SHAPE_CLOSED, address_fields);

static const struct jfield tax_line_fields[] = {
    JSON_OBJ(struct order_tax_line, price, "price", 0, &order_money_shape),
    JSON_STR(struct order_tax_line, rate, "rate", J_NULL_OK),
    JSON_STR(struct order_tax_line, title, "title", 0),
};
const struct shape order_tax_line_shape =
    SHAPE(struct order_tax_line, SHAPE_CLOSED, tax_line_fields);

static const struct jfield allocation_fields[] = {
    JSON_OBJ(struct order_allocation, amount, "amount", 0, &order_money_shape),
    JSON_I64(struct order_allocation, application, "application", 0),
};
static const struct shape allocation_shape =
    SHAPE(struct order_allocation, SHAPE_CLOSED, allocation_fields);

static const struct jfield discount_fields[] = {
    JSON_STR(struct order_discount, allocation_method, "allocation_method", J_NULL_OK),
    JSON_STR(struct order_discount, code, "code", J_NULL_OK),
    JSON_I64(struct order_discount, index, "index", 0),
    JSON_STR(struct order_discount, target_selection, "target_selection", J_NULL_OK),
    JSON_STR(struct order_discount, target_type, "target_type", J_NULL_OK),
    JSON_STR(struct order_discount, title, "title", J_NULL_OK),
    JSON_STR(struct order_discount, type, "type", 0),
    JSON_STR(struct order_discount, value, "value", J_NULL_OK),
    JSON_STR(struct order_discount, value_type, "value_type", J_NULL_OK),
};
static const struct shape discount_shape =
    SHAPE(struct order_discount, SHAPE_CLOSED, discount_fields);

static const struct jfield line_fields[] = {
    JSON_I64(struct order_line, current_quantity, "current_quantity", 0),
    JSON_ARR(struct order_line, allocations, "discount_allocations", 0, &allocation_shape),
    JSON_BOOL(struct order_line, gift_card, "gift_card", 0),
    JSON_ID(struct order_line, id.v, "line_id", 0),
    JSON_STR(struct order_line, name, "name", J_NULL_OK),
    JSON_OBJ(struct order_line, price, "price", 0, &order_money_shape),
    JSON_ID(struct order_line, product_id.v, "product_id", J_NULL_OK),
    JSON_ARR(struct order_line, properties, "properties", 0, &attribute_shape),
    JSON_I64(struct order_line, quantity, "quantity", 0),
    JSON_BOOL(struct order_line, requires_shipping, "requires_shipping", 0),
    JSON_STR(struct order_line, sku, "sku", J_NULL_OK),
    JSON_ARR(struct order_line, tax_lines, "tax_lines", 0, &order_tax_line_shape),
    JSON_BOOL(struct order_line, taxable, "taxable", 0),
    JSON_STR(struct order_line, title, "title", 0),
    JSON_OBJ(struct order_line, total_discount, "total_discount", 0, &order_money_shape),
    JSON_I64(struct order_line, unfulfilled_quantity, "unfulfilled_quantity", 0),
    JSON_ID(struct order_line, variant_id.v, "variant_id", J_NULL_OK),
    JSON_STR(struct order_line, variant_title, "variant_title", J_NULL_OK),
    JSON_STR(struct order_line, vendor, "vendor", J_NULL_OK),
};
static const struct shape line_shape = SHAPE(struct order_line, SHAPE_CLOSED, line_fields);

static const struct jfield shipping_line_fields[] = {
    JSON_STR(struct order_shipping_line, carrier, "carrier", J_NULL_OK),
    JSON_STR(struct order_shipping_line, code, "code", J_NULL_OK),
    JSON_ARR(struct order_shipping_line, allocations, "discount_allocations", 0,
             &allocation_shape),
    JSON_OBJ(struct order_shipping_line, discounted_price, "discounted_price", 0,
             &order_money_shape),
    JSON_OBJ(struct order_shipping_line, price, "price", 0, &order_money_shape),
    JSON_ID(struct order_shipping_line, id, "shipping_line_id", J_NULL_OK),
    JSON_STR(struct order_shipping_line, source, "source", J_NULL_OK),
    JSON_ARR(struct order_shipping_line, tax_lines, "tax_lines", 0, &order_tax_line_shape),
    JSON_STR(struct order_shipping_line, title, "title", 0),
};
static const struct shape shipping_line_shape =
    SHAPE(struct order_shipping_line, SHAPE_CLOSED, shipping_line_fields);

static const struct jfield fulfillment_line_fields[] = {
    JSON_ID(struct order_fulfillment_line, line_id.v, "line_id", 0),
    JSON_I64(struct order_fulfillment_line, quantity, "quantity", 0),
};
static const struct shape fulfillment_line_shape =
    SHAPE(struct order_fulfillment_line, SHAPE_CLOSED, fulfillment_line_fields);

static const struct jfield fulfillment_fields[] = {
    JSON_TIME(struct order_fulfillment, created_at, "created_at", 0),
    JSON_ID(struct order_fulfillment, id.v, "fulfillment_id", 0),
    JSON_ARR(struct order_fulfillment, lines, "lines", 0, &fulfillment_line_shape),
    JSON_ID(struct order_fulfillment, location_id.v, "location_id", J_NULL_OK),
    JSON_STR(struct order_fulfillment, name, "name", J_NULL_OK),
    JSON_STR(struct order_fulfillment, status, "status", 0),
    JSON_STR(struct order_fulfillment, tracking_company, "tracking_company", J_NULL_OK),
    JSON_ARR(struct order_fulfillment, tracking_numbers, "tracking_numbers", 0, &shape_str_element),
    JSON_ARR(struct order_fulfillment, tracking_urls, "tracking_urls", 0, &shape_str_element),
    JSON_TIME(struct order_fulfillment, updated_at, "updated_at", 0),
};
static const struct shape fulfillment_shape =
    SHAPE(struct order_fulfillment, SHAPE_CLOSED, fulfillment_fields);

static const struct jfield refund_line_fields[] = {
    JSON_ID(struct order_refund_line, line_id.v, "line_id", 0),
    JSON_ID(struct order_refund_line, location_id.v, "location_id", J_NULL_OK),
    JSON_I64(struct order_refund_line, quantity, "quantity", 0),
    JSON_ID(struct order_refund_line, id, "refund_line_id", 0),
    JSON_STR(struct order_refund_line, restock_type, "restock_type", 0),
    JSON_OBJ(struct order_refund_line, subtotal, "subtotal", 0, &order_money_shape),
    JSON_OBJ(struct order_refund_line, tax, "tax", 0, &order_money_shape),
};
static const struct shape refund_line_shape =
    SHAPE(struct order_refund_line, SHAPE_CLOSED, refund_line_fields);

static const struct jfield refund_shipping_fields[] = {
    JSON_ID(struct order_refund_shipping, id, "refund_shipping_line_id", 0),
    JSON_ID(struct order_refund_shipping, shipping_line_id, "shipping_line_id", J_NULL_OK),
    JSON_OBJ(struct order_refund_shipping, subtotal, "subtotal", 0, &order_money_shape),
    JSON_OBJ(struct order_refund_shipping, tax, "tax", 0, &order_money_shape),
};
static const struct shape refund_shipping_shape =
    SHAPE(struct order_refund_shipping, SHAPE_CLOSED, refund_shipping_fields);

static const struct jfield adjustment_fields[] = {
    JSON_ID(struct order_adjustment, id, "adjustment_id", 0),
    JSON_OBJ(struct order_adjustment, amount, "amount", 0, &order_money_shape),
    JSON_OBJ(struct order_adjustment, tax, "tax", 0, &order_money_shape),
};
static const struct shape adjustment_shape =
    SHAPE(struct order_adjustment, SHAPE_CLOSED, adjustment_fields);

static const struct jfield payment_fields[] = {
    JSON_STR(struct order_refund_payment, gateway, "gateway", J_NULL_OK),
    JSON_STR(struct order_refund_payment, kind, "kind", 0),
    JSON_STR(struct order_refund_payment, status, "status", 0),
    JSON_ID(struct order_refund_payment, transaction_id, "transaction_id", 0),
};
static const struct shape payment_shape =
    SHAPE(struct order_refund_payment, SHAPE_CLOSED, payment_fields);

static const struct jfield refund_fields[] = {
    JSON_ARR(struct order_refund, adjustments, "adjustments", 0, &adjustment_shape),
    JSON_TIME(struct order_refund, created_at, "created_at", 0),
    JSON_ARR(struct order_refund, lines, "lines", 0, &refund_line_shape),
    JSON_STR(struct order_refund, note, "note", J_NULL_OK),
    JSON_TIME(struct order_refund, processed_at, "processed_at", J_NULL_OK),
    JSON_ID(struct order_refund, id, "refund_id", 0),
    JSON_ID(struct order_refund, return_id, "return_id", J_NULL_OK),
    JSON_ARR(struct order_refund, shipping, "shipping", 0, &refund_shipping_shape),
    JSON_ARR(struct order_refund, transactions, "transactions", 0, &payment_shape),
};
static const struct shape refund_shape = SHAPE(struct order_refund, SHAPE_CLOSED, refund_fields);

static const struct jfield order_fields[] = {
    JSON_ARR(struct order, attributes, "attributes", 0, &attribute_shape),
    JSON_OBJ(struct order, billing_address, "billing_address", J_NULL_OK, &address_shape),
    JSON_HAS(struct order, billing_address.present, "billing_address"),
    JSON_STR(struct order, cancel_reason, "cancel_reason", J_NULL_OK),
    JSON_TIME(struct order, cancelled_at, "cancelled_at", J_NULL_OK),
    JSON_TIME(struct order, closed_at, "closed_at", J_NULL_OK),
    JSON_STR(struct order, confirmation_number, "confirmation_number", J_NULL_OK),
    JSON_BOOL(struct order, confirmed, "confirmed", 0),
    JSON_TIME(struct order, created_at, "created_at", 0),
    JSON_STR(struct order, currency, "currency", 0),
    JSON_ID(struct order, customer_id, "customer_id", J_NULL_OK),
    JSON_STR(struct order, customer_locale, "customer_locale", J_NULL_OK),
    JSON_ARR(struct order, discount_applications, "discount_applications", 0, &discount_shape),
    JSON_ARR(struct order, discount_codes, "discount_codes", 0, &shape_str_element),
    JSON_BOOL(struct order, duties_included, "duties_included", 0),
    JSON_STR(struct order, email, "email", J_NULL_OK),
    JSON_BOOL(struct order, estimated_taxes, "estimated_taxes", 0),
    JSON_STR(struct order, financial_status, "financial_status", J_NULL_OK),
    JSON_ARR(struct order, fulfillments, "fulfillments", 0, &fulfillment_shape),
    JSON_ARR(struct order, lines, "lines", 0, &line_shape),
    JSON_ID(struct order, location_id.v, "location_id", J_NULL_OK),
    JSON_STR(struct order, name, "name", 0),
    JSON_STR(struct order, note, "note", J_NULL_OK),
    JSON_TIME(struct order, version.observed_at, "observed_at", 0),
    JSON_ID(struct order, id.v, "order_id", 0),
    JSON_OBJ(struct order, original_total, "original_total", 0, &order_money_shape),
    JSON_ARR(struct order, payment_gateway_names, "payment_gateway_names", 0, &shape_str_element),
    JSON_STR(struct order, phone, "phone", J_NULL_OK),
    JSON_STR(struct order, po_number, "po_number", J_NULL_OK),
    JSON_STR(struct order, presentment_currency, "presentment_currency", 0),
    JSON_TIME(struct order, processed_at, "processed_at", J_NULL_OK),
    JSON_STR(struct order, reason, "reason", J_OPTIONAL),
    JSON_ARR(struct order, refunds, "refunds", 0, &refund_shape),
    JSON_OBJ(struct order, shipping_address, "shipping_address", J_NULL_OK, &address_shape),
    JSON_HAS(struct order, shipping_address.present, "shipping_address"),
    JSON_ARR(struct order, shipping_lines, "shipping_lines", 0, &shipping_line_shape),
    JSON_STR(struct order, shop, "shop", 0),
    JSON_STR(struct order, source_identifier, "source_identifier", J_NULL_OK),
    JSON_STR(struct order, source_name, "source_name", J_NULL_OK),
    JSON_OBJ(struct order, subtotal, "subtotal", 0, &order_money_shape),
    JSON_ARR(struct order, tags, "tags", 0, &shape_str_element),
    JSON_BOOL(struct order, tax_exempt, "tax_exempt", 0),
    JSON_BOOL(struct order, taxes_included, "taxes_included", 0),
    JSON_BOOL(struct order, test, "test", 0),
    JSON_DECIMAL(struct order, tip, "tip", 0),
    JSON_OBJ(struct order, total, "total", 0, &order_money_shape),
    JSON_OBJ(struct order, total_discounts, "total_discounts", 0, &order_money_shape),
    JSON_OBJ(struct order, total_shipping, "total_shipping", 0, &order_money_shape),
    JSON_OBJ(struct order, total_tax, "total_tax", 0, &order_money_shape),
    JSON_TIME(struct order, version.updated_at, "updated_at", 0),
};
static const struct shape order_shape = SHAPE(struct order, SHAPE_CLOSED, order_fields);

enum err_class
order_decode(struct str text, struct arena *mem, struct order *ret, struct err *e)
{
    struct order o = { 0 };

    TRY(shape_scan(&order_shape, text, mem, &o, e));
    *ret = o;
    return ERR_NONE;
}
