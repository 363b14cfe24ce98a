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

/* A line and whether its product still exists: as far as the body knows. */
struct line_node { struct order_line l; bool exists, tells_exists; };
static const struct jfield line_fields[] = {
    JSON_ARR(struct line_node, l.allocations, "discount_allocations", J_OPTIONAL,
             &allocation_shape),
    JSON_I64(struct line_node, l.current_quantity, "current_quantity", 0),
    JSON_BOOL(struct line_node, l.gift_card, "gift_card", 0),
    JSON_ID(struct line_node, l.id.v, "id", 0),
    JSON_STR(struct line_node, l.name, "name", J_ANY),
    JSON_OBJ(struct line_node, l.price, "price_set", 0, &money_set_shape),
    JSON_BOOL(struct line_node, exists, "product_exists", J_ANY),
    JSON_HAS(struct line_node, tells_exists, "product_exists"),
    JSON_ID(struct line_node, l.product_id.v, "product_id", J_ANY),
    JSON_ARR(struct line_node, l.properties, "properties", J_OPTIONAL, &attribute_shape),
    JSON_I64(struct line_node, l.quantity, "quantity", 0),
    JSON_BOOL(struct line_node, l.requires_shipping, "requires_shipping", 0),
    JSON_STR(struct line_node, l.sku, "sku", J_ANY),
    JSON_ARR(struct line_node, l.tax_lines, "tax_lines", J_OPTIONAL, &tax_line_shape),
    JSON_BOOL(struct line_node, l.taxable, "taxable", 0),
    JSON_STR(struct line_node, l.title, "title", 0),
    JSON_OBJ(struct line_node, l.total_discount, "total_discount_set", 0, &money_set_shape),
    JSON_I64(struct line_node, l.unfulfilled_quantity, "fulfillable_quantity", 0),
    JSON_ID(struct line_node, l.variant_id.v, "variant_id", J_ANY),
    JSON_STR(struct line_node, l.variant_title, "variant_title", J_ANY),
    JSON_STR(struct line_node, l.vendor, "vendor", J_ANY),
};
static const struct shape line_shape = SHAPE(struct line_node, SHAPE_OPEN, line_fields);

struct shipping_line_node { struct order_shipping_line s; bool removed; };
static const struct jfield shipping_line_fields[] = {
    JSON_ARR(struct shipping_line_node, s.allocations, "discount_allocations", J_OPTIONAL,
             &allocation_shape),
    JSON_STR(struct shipping_line_node, s.carrier, "carrier_identifier", J_ANY),
    JSON_STR(struct shipping_line_node, s.code, "code", J_ANY),
    JSON_OBJ(struct shipping_line_node, s.discounted_price, "discounted_price_set", 0,
             &money_set_shape),
    JSON_ID(struct shipping_line_node, s.id, "id", J_ANY),
    JSON_BOOL(struct shipping_line_node, removed, "is_removed", J_ANY),
    JSON_OBJ(struct shipping_line_node, s.price, "price_set", 0, &money_set_shape),
    JSON_STR(struct shipping_line_node, s.source, "source", J_ANY),
    JSON_ARR(struct shipping_line_node, s.tax_lines, "tax_lines", J_OPTIONAL, &tax_line_shape),
    JSON_STR(struct shipping_line_node, s.title, "title", 0),
};
static const struct shape shipping_line_shape =
    SHAPE(struct shipping_line_node, SHAPE_OPEN, shipping_line_fields);

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

struct adjustment_node { struct order_adjustment a; struct str kind; };
static const struct jfield adjustment_fields[] = {
    JSON_OBJ(struct adjustment_node, a.amount, "amount_set", 0, &money_set_shape),
    JSON_ID(struct adjustment_node, a.id, "id", 0),
    JSON_STR(struct adjustment_node, kind, "kind", J_ANY),
    JSON_OBJ(struct adjustment_node, a.tax, "tax_amount_set", 0, &money_set_shape),
};
static const struct shape adjustment_shape =
    SHAPE(struct adjustment_node, SHAPE_OPEN, adjustment_fields);

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

struct order_node { struct order o; struct str tags; };
static const struct jfield order_fields[] = {
    JSON_ARR(struct order_node, o.attributes, "note_attributes", J_OPTIONAL, &attribute_shape),
    JSON_OBJ(struct order_node, o.billing_address, "billing_address", J_ANY, &address_shape),
    JSON_HAS(struct order_node, o.billing_address.present, "billing_address"),
    JSON_STR(struct order_node, o.cancel_reason, "cancel_reason", J_ANY),
    JSON_TIME(struct order_node, o.cancelled_at, "cancelled_at", J_ANY),
    JSON_TIME(struct order_node, o.closed_at, "closed_at", J_ANY),
    JSON_STR(struct order_node, o.confirmation_number, "confirmation_number", J_ANY),
    JSON_BOOL(struct order_node, o.confirmed, "confirmed", 0),
    JSON_TIME(struct order_node, o.created_at, "created_at", 0),
    JSON_STR(struct order_node, o.currency, "currency", 0),
    JSON_OBJ(struct order_node, o.customer_id, "customer", J_ANY, &id_ref_shape),
    JSON_STR(struct order_node, o.customer_locale, "customer_locale", J_ANY),
    JSON_ARR(struct order_node, o.discount_applications, "discount_applications", J_OPTIONAL,
             &discount_shape),
    JSON_ARR(struct order_node, o.discount_codes, "discount_codes", J_OPTIONAL, &code_shape),
    JSON_BOOL(struct order_node, o.duties_included, "duties_included", J_OPTIONAL),
    JSON_STR(struct order_node, o.email, "email", J_ANY),
    JSON_BOOL(struct order_node, o.estimated_taxes, "estimated_taxes", J_OPTIONAL),
    JSON_STR(struct order_node, o.financial_status, "financial_status", J_ANY),
    JSON_ARR(struct order_node, o.fulfillments, "fulfillments", 0, &fulfillment_shape),
    JSON_ID(struct order_node, o.id.v, "id", 0),
    JSON_ARR(struct order_node, o.lines, "line_items", 0, &line_shape),
    JSON_ID(struct order_node, o.location_id.v, "location_id", J_ANY),
    JSON_STR(struct order_node, o.name, "name", 0),
    JSON_STR(struct order_node, o.note, "note", J_ANY),
    JSON_OBJ(struct order_node, o.original_total, "total_price_set", 0, &money_set_shape),
    JSON_ARR(struct order_node, o.payment_gateway_names, "payment_gateway_names", J_OPTIONAL,
             &shape_str_element),
    JSON_STR(struct order_node, o.phone, "phone", J_ANY),
    JSON_STR(struct order_node, o.po_number, "po_number", J_ANY),
    JSON_STR(struct order_node, o.presentment_currency, "presentment_currency", 0),
    JSON_TIME(struct order_node, o.processed_at, "processed_at", J_ANY),
    JSON_ARR(struct order_node, o.refunds, "refunds", 0, &refund_shape),
    JSON_OBJ(struct order_node, o.shipping_address, "shipping_address", J_ANY, &address_shape),
    JSON_HAS(struct order_node, o.shipping_address.present, "shipping_address"),
    JSON_ARR(struct order_node, o.shipping_lines, "shipping_lines", 0, &shipping_line_shape),
    JSON_STR(struct order_node, o.source_identifier, "source_identifier", J_ANY),
    JSON_STR(struct order_node, o.source_name, "source_name", J_ANY),
    JSON_OBJ(struct order_node, o.subtotal, "current_subtotal_price_set", 0, &money_set_shape),
    JSON_STR(struct order_node, tags, "tags", J_ANY),
    JSON_BOOL(struct order_node, o.tax_exempt, "tax_exempt", J_OPTIONAL),
    JSON_BOOL(struct order_node, o.taxes_included, "taxes_included", 0),
    JSON_BOOL(struct order_node, o.test, "test", 0),
    JSON_DECIMAL(struct order_node, o.tip, "total_tip_received", 0),
    JSON_OBJ(struct order_node, o.total, "current_total_price_set", 0, &money_set_shape),
    JSON_OBJ(struct order_node, o.total_discounts, "current_total_discounts_set", 0,
             &money_set_shape),
    JSON_OBJ(struct order_node, o.total_shipping, "current_shipping_price_set", 0,
             &money_set_shape),
    JSON_OBJ(struct order_node, o.total_tax, "current_total_tax_set", 0, &money_set_shape),
    JSON_TIME(struct order_node, o.version.updated_at, "updated_at", 0),
};
static const struct shape order_shape =
    SHAPE_NAMED("order", struct order_node, SHAPE_OPEN, order_fields);

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
static struct jarray
take_lines(const struct jarray *nodes, struct arena *mem)
{
    struct order_line *v = ARENA_NEW(mem, struct order_line, nodes->n + 1);
    size_t n = 0;

    EACH(struct line_node, node, nodes) {
        v[n] = node->l;
        if (node->tells_exists && !node->exists) {
            v[n].product_id.v = 0;
            v[n].variant_id.v = 0;
        }
        n++;
    }
    return (struct jarray){ v, n };
}

/* A read leaves out shipping lines that were removed by an edit. */
static struct jarray
take_shipping_lines(const struct jarray *nodes, struct arena *mem)
{
    struct order_shipping_line *v = ARENA_NEW(mem, struct order_shipping_line, nodes->n + 1);
    size_t n = 0;

    EACH(struct shipping_line_node, node, nodes)
        if (!node->removed)
            v[n++] = node->s;
    return (struct jarray){ v, n };
}

/* What was refunded of the shipping stands among the refund's shipping lines; old bodies say it a
 * second time, as an adjustment. */
static struct jarray
take_adjustments(const struct jarray *nodes, struct arena *mem)
{
    struct order_adjustment *v = ARENA_NEW(mem, struct order_adjustment, nodes->n + 1);
    size_t n = 0;

    EACH(struct adjustment_node, node, nodes)
        if (!str_is(node->kind, "shipping_refund"))
            v[n++] = node->a;
    return (struct jarray){ v, n };
}

static void
number_discounts(struct order *o)
{
    struct order_discount *v = o->discount_applications.v;

    for (size_t i = 0; i < o->discount_applications.n; i++)
        v[i].index = (int64_t)i;
}

enum err_class
order_from_webhook(struct str body, const struct seen *seen, struct order *ret, struct err *e)
{
    struct order_node node = { 0 };

    TRY(shape_scan(&order_shape, body, seen->mem, &node, e));
    struct order o = node.o;
    o.shop = seen->shop;
    o.version.observed_at = seen->at;
    o.tags = split_tags(node.tags, seen->mem);
    o.lines = take_lines(&node.o.lines, seen->mem);
    o.shipping_lines = take_shipping_lines(&node.o.shipping_lines, seen->mem);
    struct order_refund *refunds = o.refunds.v;
    for (size_t i = 0; i < o.refunds.n; i++)
        refunds[i].adjustments = take_adjustments(&refunds[i].adjustments, seen->mem);
    number_discounts(&o);
    order_canonical(&o, seen->mem);
    *ret = o;
    return ERR_NONE;
}
