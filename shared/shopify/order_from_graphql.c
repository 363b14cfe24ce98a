/*
 * order_from_graphql.c: an Order node, with the fields of the fragment OrderFact, becomes an order.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/canonical.h"
#include "shopify/map.h"

static const struct jfield attribute_fields[] = {
    JSON_STR(struct order_attribute, name, "key", 0),
    JSON_STR(struct order_attribute, value, "value", J_ANY),
};
static const struct shape attribute_shape =
    SHAPE(struct order_attribute, SHAPE_OPEN, attribute_fields);

static const struct jfield address_fields[] = {
    JSON_STR(struct order_address, address1, "address1", J_ANY),
    JSON_STR(struct order_address, address2, "address2", J_ANY),
    JSON_STR(struct order_address, city, "city", J_ANY),
    JSON_STR(struct order_address, company, "company", J_ANY),
    JSON_STR(struct order_address, country, "country", J_ANY),
    JSON_STR(struct order_address, country_code, "countryCodeV2", J_ANY),
    JSON_STR(struct order_address, first_name, "firstName", J_ANY),
    JSON_STR(struct order_address, last_name, "lastName", J_ANY),
    JSON_STR(struct order_address, name, "name", J_ANY),
    JSON_STR(struct order_address, phone, "phone", J_ANY),
    JSON_STR(struct order_address, province, "province", J_ANY),
    JSON_STR(struct order_address, province_code, "provinceCode", J_ANY),
    JSON_STR(struct order_address, zip, "zip", J_ANY),
};
static const struct shape address_shape = SHAPE(struct order_address, SHAPE_OPEN, address_fields);

static const struct jfield line_fields[] = {
    JSON_I64(struct order_line, current_quantity, "currentQuantity", 0),
    JSON_BOOL(struct order_line, gift_card, "isGiftCard", 0),
    JSON_ID(struct order_line, id.v, "id", 0),
    JSON_OBJ(struct order_line, price, "originalUnitPriceSet", 0, &money_bag_shape),
    JSON_OBJ(struct order_line, product_id, "product", J_NULL_OK, &id_ref_shape),
    JSON_ARR(struct order_line, properties, "customAttributes", 0, &attribute_shape),
    JSON_I64(struct order_line, quantity, "quantity", 0),
    JSON_BOOL(struct order_line, requires_shipping, "requiresShipping", 0),
    JSON_STR(struct order_line, sku, "sku", J_NULL_OK),
    JSON_BOOL(struct order_line, taxable, "taxable", 0),
    JSON_STR(struct order_line, title, "title", 0),
    JSON_OBJ(struct order_line, total_discount, "totalDiscountSet", 0, &money_bag_shape),
    JSON_I64(struct order_line, unfulfilled_quantity, "unfulfilledQuantity", 0),
    JSON_OBJ(struct order_line, variant_id, "variant", J_NULL_OK, &id_ref_shape),
    JSON_STR(struct order_line, variant_title, "variantTitle", J_NULL_OK),
    JSON_STR(struct order_line, vendor, "vendor", J_NULL_OK),
};
static const struct shape line_shape = SHAPE(struct order_line, SHAPE_OPEN, line_fields);

static const struct jfield shipping_line_fields[] = {
    JSON_STR(struct order_shipping_line, code, "code", J_NULL_OK),
    JSON_OBJ(struct order_shipping_line, price, "originalPriceSet", 0, &money_bag_shape),
    JSON_STR(struct order_shipping_line, source, "source", J_NULL_OK),
    JSON_STR(struct order_shipping_line, title, "title", 0),
};
static const struct shape shipping_line_shape =
    SHAPE(struct order_shipping_line, SHAPE_OPEN, shipping_line_fields);

static const struct jfield fulfillment_line_fields[] = {
    JSON_OBJ(struct order_fulfillment_line, line_id, "lineItem", 0, &id_ref_shape),
    JSON_I64(struct order_fulfillment_line, quantity, "quantity", J_NULL_OK),
};
static const struct shape fulfillment_line_shape =
    SHAPE(struct order_fulfillment_line, SHAPE_OPEN, fulfillment_line_fields);

/* Bulk answers carry only the id of a fulfilment; whoever finds one there reads the order again. */
static const struct jfield fulfillment_fields[] = {
    JSON_TIME(struct order_fulfillment, created_at, "createdAt", 0),
    JSON_ID(struct order_fulfillment, id.v, "id", 0),
    JSON_OBJ(struct order_fulfillment, location_id, "location", J_NULL_OK, &id_ref_shape),
    JSON_STR(struct order_fulfillment, status, "status", 0),
    JSON_TIME(struct order_fulfillment, updated_at, "updatedAt", 0),
};
static const struct shape fulfillment_shape =
    SHAPE(struct order_fulfillment, SHAPE_OPEN, fulfillment_fields);

static const struct jfield refund_line_fields[] = {
    JSON_ID(struct order_refund_line, id, "id", 0),
    JSON_OBJ(struct order_refund_line, line_id, "lineItem", 0, &id_ref_shape),
    JSON_OBJ(struct order_refund_line, location_id, "location", J_NULL_OK, &id_ref_shape),
    JSON_I64(struct order_refund_line, quantity, "quantity", 0),
    JSON_STR(struct order_refund_line, restock_type, "restockType", 0),
};
static const struct shape refund_line_shape =
    SHAPE(struct order_refund_line, SHAPE_OPEN, refund_line_fields);

static const struct jfield refund_fields[] = {
    JSON_TIME(struct order_refund, created_at, "createdAt", 0),
    JSON_ID(struct order_refund, id, "id", 0),
    JSON_STR(struct order_refund, note, "note", J_NULL_OK),
};
static const struct shape refund_shape = SHAPE(struct order_refund, SHAPE_OPEN, refund_fields);

static const struct jfield order_fields[] = {
    JSON_ARR(struct order, attributes, "customAttributes", 0, &attribute_shape),
    JSON_OBJ(struct order, billing_address, "billingAddress", J_NULL_OK, &address_shape),
    JSON_STR(struct order, cancel_reason, "cancelReason", J_NULL_OK),
    JSON_TIME(struct order, cancelled_at, "cancelledAt", J_NULL_OK),
    JSON_TIME(struct order, closed_at, "closedAt", J_NULL_OK),
    JSON_TIME(struct order, created_at, "createdAt", 0),
    JSON_STR(struct order, currency, "currencyCode", 0),
    JSON_ARR(struct order, discount_codes, "discountCodes", 0, &shape_str_element),
    JSON_STR(struct order, email, "email", J_NULL_OK),
    JSON_STR(struct order, financial_status, "displayFinancialStatus", J_NULL_OK),
    JSON_ARR(struct order, fulfillments, "fulfillments", 0, &fulfillment_shape),
    JSON_ID(struct order, id.v, "id", 0),
    JSON_STR(struct order, name, "name", 0),
    JSON_STR(struct order, note, "note", J_NULL_OK),
    JSON_STR(struct order, phone, "phone", J_NULL_OK),
    JSON_STR(struct order, presentment_currency, "presentmentCurrencyCode", 0),
    JSON_TIME(struct order, processed_at, "processedAt", J_NULL_OK),
    JSON_ARR(struct order, refunds, "refunds", 0, &refund_shape),
    JSON_OBJ(struct order, shipping_address, "shippingAddress", J_NULL_OK, &address_shape),
    JSON_STR(struct order, source_name, "sourceName", J_NULL_OK),
    JSON_OBJ(struct order, subtotal, "currentSubtotalPriceSet", 0, &money_bag_shape),
    JSON_ARR(struct order, tags, "tags", 0, &shape_str_element),
    JSON_BOOL(struct order, test, "test", 0),
    JSON_OBJ(struct order, total, "currentTotalPriceSet", 0, &money_bag_shape),
    JSON_OBJ(struct order, total_discounts, "currentTotalDiscountsSet", 0, &money_bag_shape),
    JSON_OBJ(struct order, total_shipping, "currentShippingPriceSet", 0, &money_bag_shape),
    JSON_OBJ(struct order, total_tax, "currentTotalTaxSet", 0, &money_bag_shape),
    JSON_TIME(struct order, version.updated_at, "updatedAt", 0),
};
static const struct shape order_shape = SHAPE(struct order, SHAPE_OPEN, order_fields);

/* The parts that lie in connections: each with its further pages. */
struct mapping {
    const struct json_value *node;
    const struct pages *more;
    struct arena *mem;
};

static void
tracking(const struct json_value *raw, struct order_fulfillment *f, struct arena *mem)
{
    const struct json_value *info = json_get(raw, "trackingInfo");
    struct str *numbers = ARENA_NEW(mem, struct str, json_size(info) + 1);
    size_t n = 0;

    f->tracking_company = json_str(json_get(json_at(info, 0), "company"));
    for (size_t i = 0; i < json_size(info); i++) {
        const struct str number = json_str(json_get(json_at(info, i), "number"));
        if (number.n > 0)
            numbers[n++] = number;
    }
    f->tracking_numbers = (struct jarray){ numbers, n };
}

static enum err_class
map_fulfillments(const struct mapping *m, struct order *o, struct err *e)
{
    struct order_fulfillment *v = o->fulfillments.v;

    for (size_t i = 0; i < o->fulfillments.n; i++) {
        const struct json_value *raw = json_at(json_get(m->node, "fulfillments"), i);
        tracking(raw, &v[i], m->mem);
        if (decode_connection(&fulfillment_line_shape, raw, "fulfillmentLineItems", v[i].id.v,
                              m->more, m->mem, &v[i].lines, e)
            != ERR_NONE)
            return err_wrap(e, "fulfillments[%zu].", i);
    }
    return ERR_NONE;
}

static enum err_class
map_refunds(const struct mapping *m, struct order *o, struct err *e)
{
    struct order_refund *v = o->refunds.v;

    for (size_t i = 0; i < o->refunds.n; i++) {
        const struct json_value *raw = json_at(json_get(m->node, "refunds"), i);
        if (decode_connection(&refund_line_shape, raw, "refundLineItems", v[i].id, m->more, m->mem,
                              &v[i].lines, e) != ERR_NONE)
            return err_wrap(e, "refunds[%zu].", i);
    }
    return ERR_NONE;
}

enum err_class
order_from_graphql(const struct json_value *node, const struct pages *more, const struct seen *seen,
                   struct order *ret, struct err *e)
{
    const struct mapping m = { node, more, seen->mem };
    struct order o = { 0 };

    TRY(shape_decode(&order_shape, node, seen->mem, &o, e));
    TRY(decode_connection(&line_shape, node, "lineItems", o.id.v, more, seen->mem, &o.lines, e));
    TRY(decode_connection(&shipping_line_shape, node, "shippingLines", o.id.v, more, seen->mem,
                          &o.shipping_lines, e));
    TRY(map_fulfillments(&m, &o, e));
    TRY(map_refunds(&m, &o, e));
    o.shop = seen->shop;
    o.version.observed_at = seen->at;
    o.billing_address.present = json_is_object(json_get(node, "billingAddress"));
    o.shipping_address.present = json_is_object(json_get(node, "shippingAddress"));
    order_canonical(&o, seen->mem);
    *ret = o;
    return ERR_NONE;
}
