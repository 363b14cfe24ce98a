/*
 * order_from_webhook.c: the body of an orders/ webhook (the shape of the old REST API) becomes an
 * order.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/canonical.h"
#include "shopify/map.h"

static const struct jfield attribute_fields[] = {
    JSON_STR(struct order_attribute, name, "name", 0),
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
    JSON_STR(struct order_address, country_code, "country_code", J_ANY),
    JSON_STR(struct order_address, first_name, "first_name", J_ANY),
    JSON_STR(struct order_address, last_name, "last_name", J_ANY),
    JSON_NUMBER(struct order_address, latitude, "latitude", J_ANY),
    JSON_NUMBER(struct order_address, longitude, "longitude", J_ANY),
    JSON_STR(struct order_address, name, "name", J_ANY),
    JSON_STR(struct order_address, phone, "phone", J_ANY),
    JSON_STR(struct order_address, province, "province", J_ANY),
    JSON_STR(struct order_address, province_code, "province_code", J_ANY),
    JSON_STR(struct order_address, zip, "zip", J_ANY),
};
static const struct shape address_shape = SHAPE(struct order_address, SHAPE_OPEN, address_fields);

static const struct jfield tax_line_fields[] = {
    JSON_OBJ(struct order_tax_line, price, "price_set", 0, &money_set_shape),
    JSON_NUMBER(struct order_tax_line, rate, "rate", J_ANY),
    JSON_STR(struct order_tax_line, title, "title", 0),
};
static const struct shape tax_line_shape =
    SHAPE(struct order_tax_line, SHAPE_OPEN, tax_line_fields);

static const struct jfield allocation_fields[] = {
    JSON_OBJ(struct order_allocation, amount, "amount_set", 0, &money_set_shape),
    JSON_I64(struct order_allocation, application, "discount_application_index", 0),
};
static const struct shape allocation_shape =
    SHAPE(struct order_allocation, SHAPE_OPEN, allocation_fields);

/* Its index is its place in the list. */
static const struct jfield discount_fields[] = {
    JSON_STR(struct order_discount, allocation_method, "allocation_method", J_ANY),
    JSON_STR(struct order_discount, code, "code", J_ANY),
    JSON_STR(struct order_discount, target_selection, "target_selection", J_ANY),
    JSON_STR(struct order_discount, target_type, "target_type", J_ANY),
    JSON_STR(struct order_discount, title, "title", J_ANY),
    JSON_STR(struct order_discount, type, "type", 0),
    JSON_STR(struct order_discount, value, "value", J_ANY),
    JSON_STR(struct order_discount, value_type, "value_type", J_ANY),
};
static const struct shape discount_shape =
    SHAPE(struct order_discount, SHAPE_OPEN, discount_fields);

static const struct jfield line_fields[] = {
    JSON_ARR(struct order_line, allocations, "discount_allocations", J_OPTIONAL, &allocation_shape),
    JSON_I64(struct order_line, current_quantity, "current_quantity", 0),
    JSON_BOOL(struct order_line, gift_card, "gift_card", 0),
    JSON_ID(struct order_line, id.v, "id", 0),
    JSON_STR(struct order_line, name, "name", J_ANY),
    JSON_OBJ(struct order_line, price, "price_set", 0, &money_set_shape),
    JSON_ID(struct order_line, product_id.v, "product_id", J_ANY),
    JSON_ARR(struct order_line, properties, "properties", J_OPTIONAL, &attribute_shape),
    JSON_I64(struct order_line, quantity, "quantity", 0),
    JSON_BOOL(struct order_line, requires_shipping, "requires_shipping", 0),
    JSON_STR(struct order_line, sku, "sku", J_ANY),
    JSON_ARR(struct order_line, tax_lines, "tax_lines", J_OPTIONAL, &tax_line_shape),
    JSON_BOOL(struct order_line, taxable, "taxable", 0),
    JSON_STR(struct order_line, title, "title", 0),
    JSON_OBJ(struct order_line, total_discount, "total_discount_set", 0, &money_set_shape),
    JSON_I64(struct order_line, unfulfilled_quantity, "fulfillable_quantity", 0),
    JSON_ID(struct order_line, variant_id.v, "variant_id", J_ANY),
    JSON_STR(struct order_line, variant_title, "variant_title", J_ANY),
    JSON_STR(struct order_line, vendor, "vendor", J_ANY),
};
static const struct shape line_shape = SHAPE(struct order_line, SHAPE_OPEN, line_fields);

static const struct jfield shipping_line_fields[] = {
    JSON_ARR(struct order_shipping_line, allocations, "discount_allocations", J_OPTIONAL,
             &allocation_shape),
    JSON_STR(struct order_shipping_line, carrier, "carrier_identifier", J_ANY),
    JSON_STR(struct order_shipping_line, code, "code", J_ANY),
    JSON_OBJ(struct order_shipping_line, discounted_price, "discounted_price_set", 0,
             &money_set_shape),
    JSON_ID(struct order_shipping_line, id, "id", J_ANY),
    JSON_OBJ(struct order_shipping_line, price, "price_set", 0, &money_set_shape),
    JSON_STR(struct order_shipping_line, source, "source", J_ANY),
    JSON_ARR(struct order_shipping_line, tax_lines, "tax_lines", J_OPTIONAL, &tax_line_shape),
    JSON_STR(struct order_shipping_line, title, "title", 0),
};
static const struct shape shipping_line_shape =
    SHAPE(struct order_shipping_line, SHAPE_OPEN, shipping_line_fields);

static const struct jfield fulfillment_line_fields[] = {
    JSON_ID(struct order_fulfillment_line, line_id.v, "id", 0),
    JSON_I64(struct order_fulfillment_line, quantity, "quantity", 0),
};
static const struct shape fulfillment_line_shape =
    SHAPE(struct order_fulfillment_line, SHAPE_OPEN, fulfillment_line_fields);

static const struct jfield fulfillment_fields[] = {
    JSON_TIME(struct order_fulfillment, created_at, "created_at", 0),
    JSON_ID(struct order_fulfillment, id.v, "id", 0),
    JSON_ARR(struct order_fulfillment, lines, "line_items", 0, &fulfillment_line_shape),
    JSON_ID(struct order_fulfillment, location_id.v, "location_id", J_ANY),
    JSON_STR(struct order_fulfillment, name, "name", J_ANY),
    JSON_STR(struct order_fulfillment, status, "status", 0),
    JSON_STR(struct order_fulfillment, tracking_company, "tracking_company", J_ANY),
    JSON_ARR(struct order_fulfillment, tracking_numbers, "tracking_numbers", J_OPTIONAL,
             &shape_str_element),
    JSON_ARR(struct order_fulfillment, tracking_urls, "tracking_urls", J_OPTIONAL,
             &shape_str_element),
    JSON_TIME(struct order_fulfillment, updated_at, "updated_at", 0),
};
static const struct shape fulfillment_shape =
    SHAPE(struct order_fulfillment, SHAPE_OPEN, fulfillment_fields);

static const struct jfield refund_line_fields[] = {
    JSON_ID(struct order_refund_line, id, "id", 0),
    JSON_ID(struct order_refund_line, line_id.v, "line_item_id", 0),
    JSON_ID(struct order_refund_line, location_id.v, "location_id", J_ANY),
    JSON_I64(struct order_refund_line, quantity, "quantity", 0),
    JSON_STR(struct order_refund_line, restock_type, "restock_type", 0),
    JSON_OBJ(struct order_refund_line, subtotal, "subtotal_set", 0, &money_set_shape),
    JSON_OBJ(struct order_refund_line, tax, "total_tax_set", 0, &money_set_shape),
};
static const struct shape refund_line_shape =
    SHAPE(struct order_refund_line, SHAPE_OPEN, refund_line_fields);

static const struct jfield refund_shipping_fields[] = {
    JSON_ID(struct order_refund_shipping, id, "id", 0),
    JSON_OBJ(struct order_refund_shipping, shipping_line_id, "shipping_line", J_ANY,
             &id_ref_shape),
    JSON_OBJ(struct order_refund_shipping, subtotal, "subtotal_amount_set", 0, &money_set_shape),
    JSON_OBJ(struct order_refund_shipping, tax, "tax_amount_set", 0, &money_set_shape),
};
static const struct shape refund_shipping_shape =
    SHAPE(struct order_refund_shipping, SHAPE_OPEN, refund_shipping_fields);

static const struct jfield adjustment_fields[] = {
    JSON_OBJ(struct order_adjustment, amount, "amount_set", 0, &money_set_shape),
    JSON_ID(struct order_adjustment, id, "id", 0),
    JSON_OBJ(struct order_adjustment, tax, "tax_amount_set", 0, &money_set_shape),
};
static const struct shape adjustment_shape =
    SHAPE(struct order_adjustment, SHAPE_OPEN, adjustment_fields);

static const struct jfield payment_fields[] = {
    JSON_STR(struct order_refund_payment, gateway, "gateway", J_ANY),
    JSON_ID(struct order_refund_payment, transaction_id, "id", 0),
    JSON_STR(struct order_refund_payment, kind, "kind", 0),
    JSON_STR(struct order_refund_payment, status, "status", 0),
};
static const struct shape payment_shape =
    SHAPE(struct order_refund_payment, SHAPE_OPEN, payment_fields);

static const struct jfield refund_fields[] = {
    JSON_ARR(struct order_refund, adjustments, "order_adjustments", J_OPTIONAL, &adjustment_shape),
    JSON_TIME(struct order_refund, created_at, "created_at", 0),
    JSON_ID(struct order_refund, id, "id", 0),
    JSON_ARR(struct order_refund, lines, "refund_line_items", 0, &refund_line_shape),
    JSON_STR(struct order_refund, note, "note", J_ANY),
    JSON_TIME(struct order_refund, processed_at, "processed_at", J_ANY),
    JSON_OBJ(struct order_refund, return_id, "return", J_ANY, &id_ref_shape),
    JSON_ARR(struct order_refund, shipping, "refund_shipping_lines", J_OPTIONAL,
             &refund_shipping_shape),
    JSON_ARR(struct order_refund, transactions, "transactions", J_OPTIONAL, &payment_shape),
};
static const struct shape refund_shape = SHAPE(struct order_refund, SHAPE_OPEN, refund_fields);

struct code { struct str code; };
static const struct jfield code_fields[] = {
    JSON_STR(struct code, code, "code", 0),
};
static const struct shape code_shape = SHAPE(struct code, SHAPE_OPEN, code_fields);

static const struct jfield order_fields[] = {
    JSON_ARR(struct order, attributes, "note_attributes", J_OPTIONAL, &attribute_shape),
    JSON_OBJ(struct order, billing_address, "billing_address", J_ANY, &address_shape),
    JSON_STR(struct order, cancel_reason, "cancel_reason", J_ANY),
    JSON_TIME(struct order, cancelled_at, "cancelled_at", J_ANY),
    JSON_TIME(struct order, closed_at, "closed_at", J_ANY),
    JSON_STR(struct order, confirmation_number, "confirmation_number", J_ANY),
    JSON_BOOL(struct order, confirmed, "confirmed", 0),
    JSON_TIME(struct order, created_at, "created_at", 0),
    JSON_STR(struct order, currency, "currency", 0),
    JSON_OBJ(struct order, customer_id, "customer", J_ANY, &id_ref_shape),
    JSON_STR(struct order, customer_locale, "customer_locale", J_ANY),
    JSON_ARR(struct order, discount_applications, "discount_applications", J_OPTIONAL,
             &discount_shape),
    JSON_ARR(struct order, discount_codes, "discount_codes", J_OPTIONAL, &code_shape),
    JSON_BOOL(struct order, duties_included, "duties_included", J_OPTIONAL),
    JSON_STR(struct order, email, "email", J_ANY),
    JSON_BOOL(struct order, estimated_taxes, "estimated_taxes", J_OPTIONAL),
    JSON_STR(struct order, financial_status, "financial_status", J_ANY),
    JSON_ARR(struct order, fulfillments, "fulfillments", 0, &fulfillment_shape),
    JSON_ID(struct order, id.v, "id", 0),
    JSON_ARR(struct order, lines, "line_items", 0, &line_shape),
    JSON_ID(struct order, location_id.v, "location_id", J_ANY),
    JSON_STR(struct order, name, "name", 0),
    JSON_STR(struct order, note, "note", J_ANY),
    JSON_OBJ(struct order, original_total, "total_price_set", 0, &money_set_shape),
    JSON_ARR(struct order, payment_gateway_names, "payment_gateway_names", J_OPTIONAL,
             &shape_str_element),
    JSON_STR(struct order, phone, "phone", J_ANY),
    JSON_STR(struct order, po_number, "po_number", J_ANY),
    JSON_STR(struct order, presentment_currency, "presentment_currency", 0),
    JSON_TIME(struct order, processed_at, "processed_at", J_ANY),
    JSON_ARR(struct order, refunds, "refunds", 0, &refund_shape),
    JSON_OBJ(struct order, shipping_address, "shipping_address", J_ANY, &address_shape),
    JSON_ARR(struct order, shipping_lines, "shipping_lines", 0, &shipping_line_shape),
    JSON_STR(struct order, source_identifier, "source_identifier", J_ANY),
    JSON_STR(struct order, source_name, "source_name", J_ANY),
    JSON_OBJ(struct order, subtotal, "current_subtotal_price_set", 0, &money_set_shape),
    JSON_BOOL(struct order, tax_exempt, "tax_exempt", J_OPTIONAL),
    JSON_BOOL(struct order, taxes_included, "taxes_included", 0),
    JSON_BOOL(struct order, test, "test", 0),
    JSON_DECIMAL(struct order, tip, "total_tip_received", 0),
    JSON_OBJ(struct order, total, "current_total_price_set", 0, &money_set_shape),
    JSON_OBJ(struct order, total_discounts, "current_total_discounts_set", 0, &money_set_shape),
    JSON_OBJ(struct order, total_shipping, "current_shipping_price_set", 0, &money_set_shape),
    JSON_OBJ(struct order, total_tax, "current_total_tax_set", 0, &money_set_shape),
    JSON_TIME(struct order, version.updated_at, "updated_at", 0),
};
static const struct shape order_shape = SHAPE(struct order, SHAPE_OPEN, order_fields);

/* "one, two": trimmed, empty ones left out. */
static struct jarray
split_tags(struct str text, struct arena *mem)
{
    size_t n = 0, max = 1;

    for (size_t i = 0; i < text.n; i++)
        max += text.p[i] == ',';
    struct str *v = ARENA_NEW(mem, struct str, max);
    const char *end = text.n > 0 ? text.p + text.n : text.p;
    for (const char *p = text.p; p < end; p++) {
        const char *comma = memchr(p, ',', (size_t)(end - p));
        const char *stop = comma != NULL ? comma : end;
        const char *last = stop;
        while (p < last && *p == ' ')
            p++;
        while (last > p && last[-1] == ' ')
            last--;
        if (last > p)
            v[n++] = (struct str){ p, (size_t)(last - p) };
        p = stop;
    }
    return (struct jarray){ v, n };
}

/* A read does not show the variant and product of a line once they are deleted. */
static void
forget_deleted_products(const struct json_value *body, struct order *o)
{
    struct order_line *lines = o->lines.v;

    for (size_t i = 0; i < o->lines.n; i++) {
        const struct json_value *exists =
            json_get(json_at(json_get(body, "line_items"), i), "product_exists");
        if (json_is_null(exists) || json_bool(exists))
            continue;
        lines[i].product_id.v = 0;
        lines[i].variant_id.v = 0;
    }
}

/* A read leaves out shipping lines that were removed by an edit. */
static void
drop_removed_shipping(const struct json_value *body, struct order *o)
{
    struct order_shipping_line *v = o->shipping_lines.v;
    const struct json_value *raw = json_get(body, "shipping_lines");
    size_t n = 0;

    for (size_t i = 0; i < o->shipping_lines.n; i++)
        if (!json_bool(json_get(json_at(raw, i), "is_removed")))
            v[n++] = v[i];
    o->shipping_lines.n = n;
}

static void
number_discounts(struct order *o)
{
    struct order_discount *v = o->discount_applications.v;

    for (size_t i = 0; i < o->discount_applications.n; i++)
        v[i].index = (int64_t)i;
}

/* What was refunded of the shipping stands among the refund's shipping lines; old bodies say it a
 * second time, as an adjustment. */
static void
drop_shipping_adjustments(const struct json_value *body, struct order *o)
{
    struct order_refund *refunds = o->refunds.v;

    for (size_t i = 0; i < o->refunds.n; i++) {
        const struct json_value *raw =
            json_get(json_at(json_get(body, "refunds"), i), "order_adjustments");
        struct order_adjustment *v = refunds[i].adjustments.v;
        size_t n = 0;
        for (size_t k = 0; k < refunds[i].adjustments.n; k++)
            if (!str_is(json_str(json_get(json_at(raw, k), "kind")), "shipping_refund"))
                v[n++] = v[k];
        refunds[i].adjustments.n = n;
    }
}

enum err_class
order_from_webhook(const struct json_value *body, const struct seen *seen, struct order *ret,
                   struct err *e)
{
    struct order o = { 0 };

    TRY(shape_decode(&order_shape, body, seen->mem, &o, e));
    o.shop = seen->shop;
    o.version.observed_at = seen->at;
    o.billing_address.present = json_is_object(json_get(body, "billing_address"));
    o.shipping_address.present = json_is_object(json_get(body, "shipping_address"));
    o.tags = split_tags(json_str(json_get(body, "tags")), seen->mem);
    number_discounts(&o);
    drop_shipping_adjustments(body, &o);
    forget_deleted_products(body, &o);
    drop_removed_shipping(body, &o);
    order_canonical(&o, seen->mem);
    *ret = o;
    return ERR_NONE;
}
