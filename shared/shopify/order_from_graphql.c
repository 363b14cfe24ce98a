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
    JSON_NUMBER(struct order_address, latitude, "latitude", J_ANY),
    JSON_NUMBER(struct order_address, longitude, "longitude", J_ANY),
    JSON_STR(struct order_address, name, "name", J_ANY),
    JSON_STR(struct order_address, phone, "phone", J_ANY),
    JSON_STR(struct order_address, province, "province", J_ANY),
    JSON_STR(struct order_address, province_code, "provinceCode", J_ANY),
    JSON_STR(struct order_address, zip, "zip", J_ANY),
};
static const struct shape address_shape = SHAPE(struct order_address, SHAPE_OPEN, address_fields);

static const struct jfield tax_line_fields[] = {
    JSON_OBJ(struct order_tax_line, price, "priceSet", 0, &money_bag_shape),
    JSON_NUMBER(struct order_tax_line, rate, "rate", J_NULL_OK),
    JSON_STR(struct order_tax_line, title, "title", 0),
};
const struct shape tax_line_node_shape =
    SHAPE(struct order_tax_line, SHAPE_OPEN, tax_line_fields);

/* {"percentage": 10.0}, or the money of a fixed amount. */
struct percentage { struct str percentage; };
static const struct jfield percentage_fields[] = {
    JSON_NUMBER(struct percentage, percentage, "percentage", J_OPTIONAL),
};
static const struct shape percentage_shape =
    SHAPE(struct percentage, SHAPE_OPEN, percentage_fields);

static const struct jfield discount_fields[] = {
    JSON_STR(struct order_discount, allocation_method, "allocationMethod", 0),
    JSON_STR(struct order_discount, code, "code", J_ANY),
    JSON_I64(struct order_discount, index, "index", 0),
    JSON_STR(struct order_discount, target_selection, "targetSelection", 0),
    JSON_STR(struct order_discount, target_type, "targetType", 0),
    JSON_STR(struct order_discount, title, "title", J_ANY),
    JSON_STR(struct order_discount, type, "__typename", 0),
    JSON_OBJ(struct order_discount, value, "value", 0, &percentage_shape),
};
static const struct shape discount_shape =
    SHAPE(struct order_discount, SHAPE_OPEN, discount_fields);

/* Where a body refers to a list, a read repeats the discount with each of its shares. */
struct shown_allocation { struct order_allocation share; struct order_discount discount; };
static const struct jfield shown_fields[] = {
    JSON_OBJ(struct shown_allocation, share.amount, "allocatedAmountSet", 0, &money_bag_shape),
    JSON_OBJ(struct shown_allocation, discount, "discountApplication", 0, &discount_shape),
};
static const struct shape shown_shape = SHAPE(struct shown_allocation, SHAPE_OPEN, shown_fields);

static const struct jfield line_fields[] = {
    JSON_ARR(struct order_line, allocations, "discountAllocations", 0, &shown_shape),
    JSON_I64(struct order_line, current_quantity, "currentQuantity", 0),
    JSON_BOOL(struct order_line, gift_card, "isGiftCard", 0),
    JSON_ID(struct order_line, id.v, "id", 0),
    JSON_STR(struct order_line, name, "name", 0),
    JSON_OBJ(struct order_line, price, "originalUnitPriceSet", 0, &money_bag_shape),
    JSON_OBJ(struct order_line, product_id, "product", J_NULL_OK, &id_ref_shape),
    JSON_ARR(struct order_line, properties, "customAttributes", 0, &attribute_shape),
    JSON_I64(struct order_line, quantity, "quantity", 0),
    JSON_BOOL(struct order_line, requires_shipping, "requiresShipping", 0),
    JSON_STR(struct order_line, sku, "sku", J_NULL_OK),
    JSON_ARR(struct order_line, tax_lines, "taxLines", 0, &tax_line_node_shape),
    JSON_BOOL(struct order_line, taxable, "taxable", 0),
    JSON_STR(struct order_line, title, "title", 0),
    JSON_OBJ(struct order_line, total_discount, "totalDiscountSet", 0, &money_bag_shape),
    JSON_I64(struct order_line, unfulfilled_quantity, "unfulfilledQuantity", 0),
    JSON_OBJ(struct order_line, variant_id, "variant", J_NULL_OK, &id_ref_shape),
    JSON_STR(struct order_line, variant_title, "variantTitle", J_NULL_OK),
    JSON_STR(struct order_line, vendor, "vendor", J_NULL_OK),
};
static const struct shape line_shape = SHAPE(struct order_line, SHAPE_OPEN, line_fields);
CONNECTION_SHAPE(lines_shape, line_shape);

static const struct jfield shipping_line_fields[] = {
    JSON_ARR(struct order_shipping_line, allocations, "discountAllocations", 0, &shown_shape),
    JSON_STR(struct order_shipping_line, carrier, "carrierIdentifier", J_NULL_OK),
    JSON_STR(struct order_shipping_line, code, "code", J_NULL_OK),
    JSON_OBJ(struct order_shipping_line, discounted_price, "discountedPriceSet", 0,
             &money_bag_shape),
    JSON_ID(struct order_shipping_line, id, "id", J_NULL_OK),
    JSON_OBJ(struct order_shipping_line, price, "originalPriceSet", 0, &money_bag_shape),
    JSON_STR(struct order_shipping_line, source, "source", J_NULL_OK),
    JSON_ARR(struct order_shipping_line, tax_lines, "taxLines", 0, &tax_line_node_shape),
    JSON_STR(struct order_shipping_line, title, "title", 0),
};
static const struct shape shipping_line_shape =
    SHAPE(struct order_shipping_line, SHAPE_OPEN, shipping_line_fields);
CONNECTION_SHAPE(shipping_lines_shape, shipping_line_shape);

static const struct jfield fulfillment_line_fields[] = {
    JSON_OBJ(struct order_fulfillment_line, line_id, "lineItem", 0, &id_ref_shape),
    JSON_I64(struct order_fulfillment_line, quantity, "quantity", J_NULL_OK),
};
static const struct shape fulfillment_line_shape =
    SHAPE(struct order_fulfillment_line, SHAPE_OPEN, fulfillment_line_fields);
CONNECTION_SHAPE(fulfillment_lines_shape, fulfillment_line_shape);

/* One parcel of a fulfilment; they share the company. Kept until they are taken apart below. */
struct parcel { struct str company, number, url; };
static const struct jfield parcel_fields[] = {
    JSON_STR(struct parcel, company, "company", J_NULL_OK),
    JSON_STR(struct parcel, number, "number", J_NULL_OK),
    JSON_STR(struct parcel, url, "url", J_NULL_OK),
};
static const struct shape parcel_shape = SHAPE(struct parcel, SHAPE_OPEN, parcel_fields);

/* Bulk answers carry only the id of a fulfilment; whoever finds one there reads the order again. */
static const struct jfield fulfillment_fields[] = {
    JSON_TIME(struct order_fulfillment, created_at, "createdAt", 0),
    JSON_ID(struct order_fulfillment, id.v, "id", 0),
    JSON_CONNECTION(struct order_fulfillment, lines, "fulfillmentLineItems",
                    &fulfillment_lines_shape),
    JSON_OBJ(struct order_fulfillment, location_id, "location", J_NULL_OK, &id_ref_shape),
    JSON_STR(struct order_fulfillment, name, "name", 0),
    JSON_STR(struct order_fulfillment, status, "status", 0),
    JSON_ARR(struct order_fulfillment, tracking_numbers, "trackingInfo", 0, &parcel_shape),
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
    JSON_OBJ(struct order_refund_line, subtotal, "subtotalSet", 0, &money_bag_shape),
    JSON_OBJ(struct order_refund_line, tax, "totalTaxSet", 0, &money_bag_shape),
};
static const struct shape refund_line_shape =
    SHAPE(struct order_refund_line, SHAPE_OPEN, refund_line_fields);
CONNECTION_SHAPE(refund_lines_shape, refund_line_shape);

static const struct jfield refund_shipping_fields[] = {
    JSON_ID(struct order_refund_shipping, id, "id", 0),
    JSON_OBJ(struct order_refund_shipping, shipping_line_id, "shippingLine", 0, &id_ref_shape),
    JSON_OBJ(struct order_refund_shipping, subtotal, "subtotalAmountSet", 0, &money_bag_shape),
    JSON_OBJ(struct order_refund_shipping, tax, "taxAmountSet", 0, &money_bag_shape),
};
static const struct shape refund_shipping_shape =
    SHAPE(struct order_refund_shipping, SHAPE_OPEN, refund_shipping_fields);
CONNECTION_SHAPE(refund_shippings_shape, refund_shipping_shape);

static const struct jfield adjustment_fields[] = {
    JSON_OBJ(struct order_adjustment, amount, "amountSet", 0, &money_bag_shape),
    JSON_ID(struct order_adjustment, id, "id", 0),
    JSON_OBJ(struct order_adjustment, tax, "taxAmountSet", 0, &money_bag_shape),
};
static const struct shape adjustment_shape =
    SHAPE(struct order_adjustment, SHAPE_OPEN, adjustment_fields);
CONNECTION_SHAPE(adjustments_shape, adjustment_shape);

static const struct jfield payment_fields[] = {
    JSON_STR(struct order_refund_payment, gateway, "gateway", J_NULL_OK),
    JSON_ID(struct order_refund_payment, transaction_id, "id", 0),
    JSON_STR(struct order_refund_payment, kind, "kind", 0),
    JSON_STR(struct order_refund_payment, status, "status", 0),
};
static const struct shape payment_shape =
    SHAPE(struct order_refund_payment, SHAPE_OPEN, payment_fields);
CONNECTION_SHAPE(payments_shape, payment_shape);

static const struct jfield refund_fields[] = {
    JSON_CONNECTION(struct order_refund, adjustments, "orderAdjustments", &adjustments_shape),
    JSON_TIME(struct order_refund, created_at, "createdAt", 0),
    JSON_ID(struct order_refund, id, "id", 0),
    JSON_CONNECTION(struct order_refund, lines, "refundLineItems", &refund_lines_shape),
    JSON_STR(struct order_refund, note, "note", J_NULL_OK),
    JSON_TIME(struct order_refund, processed_at, "processedAt", J_NULL_OK),
    JSON_OBJ(struct order_refund, return_id, "return", J_NULL_OK, &id_ref_shape),
    JSON_CONNECTION(struct order_refund, shipping, "refundShippingLines", &refund_shippings_shape),
    JSON_CONNECTION(struct order_refund, transactions, "transactions", &payments_shape),
};
static const struct shape refund_shape = SHAPE(struct order_refund, SHAPE_OPEN, refund_fields);

/* {"shopMoney": {"amount": "1.00"}} lands in a struct decimal. */
struct shop_amount { struct decimal shop; };
static const struct jfield shop_amount_fields[] = {
    JSON_OBJ(struct shop_amount, shop, "shopMoney", 0, &amount_shape),
};
static const struct shape shop_amount_shape =
    SHAPE(struct shop_amount, SHAPE_OPEN, shop_amount_fields);

static const struct jfield order_fields[] = {
    JSON_ARR(struct order, attributes, "customAttributes", 0, &attribute_shape),
    JSON_OBJ(struct order, billing_address, "billingAddress", J_NULL_OK, &address_shape),
    JSON_HAS(struct order, billing_address.present, "billingAddress"),
    JSON_STR(struct order, cancel_reason, "cancelReason", J_NULL_OK),
    JSON_TIME(struct order, cancelled_at, "cancelledAt", J_NULL_OK),
    JSON_TIME(struct order, closed_at, "closedAt", J_NULL_OK),
    JSON_STR(struct order, confirmation_number, "confirmationNumber", J_NULL_OK),
    JSON_BOOL(struct order, confirmed, "confirmed", 0),
    JSON_TIME(struct order, created_at, "createdAt", 0),
    JSON_STR(struct order, currency, "currencyCode", 0),
    JSON_OBJ(struct order, customer_id, "customer", J_NULL_OK, &id_ref_shape),
    JSON_STR(struct order, customer_locale, "customerLocale", J_NULL_OK),
    JSON_ARR(struct order, discount_codes, "discountCodes", 0, &shape_str_element),
    JSON_BOOL(struct order, duties_included, "dutiesIncluded", 0),
    JSON_STR(struct order, email, "email", J_NULL_OK),
    JSON_BOOL(struct order, estimated_taxes, "estimatedTaxes", 0),
    JSON_STR(struct order, financial_status, "displayFinancialStatus", J_NULL_OK),
    JSON_ARR(struct order, fulfillments, "fulfillments", 0, &fulfillment_shape),
    JSON_ID(struct order, id.v, "id", 0),
    JSON_CONNECTION(struct order, lines, "lineItems", &lines_shape),
    JSON_OBJ(struct order, location_id, "retailLocation", J_NULL_OK, &id_ref_shape),
    JSON_STR(struct order, name, "name", 0),
    JSON_STR(struct order, note, "note", J_NULL_OK),
    JSON_OBJ(struct order, original_total, "totalPriceSet", 0, &money_bag_shape),
    JSON_ARR(struct order, payment_gateway_names, "paymentGatewayNames", 0, &shape_str_element),
    JSON_STR(struct order, phone, "phone", J_NULL_OK),
    JSON_STR(struct order, po_number, "poNumber", J_NULL_OK),
    JSON_STR(struct order, presentment_currency, "presentmentCurrencyCode", 0),
    JSON_TIME(struct order, processed_at, "processedAt", J_NULL_OK),
    JSON_ARR(struct order, refunds, "refunds", 0, &refund_shape),
    JSON_OBJ(struct order, shipping_address, "shippingAddress", J_NULL_OK, &address_shape),
    JSON_HAS(struct order, shipping_address.present, "shippingAddress"),
    JSON_CONNECTION(struct order, shipping_lines, "shippingLines", &shipping_lines_shape),
    JSON_STR(struct order, source_identifier, "sourceIdentifier", J_NULL_OK),
    JSON_STR(struct order, source_name, "sourceName", J_NULL_OK),
    JSON_OBJ(struct order, subtotal, "currentSubtotalPriceSet", 0, &money_bag_shape),
    JSON_ARR(struct order, tags, "tags", 0, &shape_str_element),
    JSON_BOOL(struct order, tax_exempt, "taxExempt", 0),
    JSON_BOOL(struct order, taxes_included, "taxesIncluded", 0),
    JSON_BOOL(struct order, test, "test", 0),
    JSON_OBJ(struct order, tip, "totalTipReceivedSet", 0, &shop_amount_shape),
    JSON_OBJ(struct order, total, "currentTotalPriceSet", 0, &money_bag_shape),
    JSON_OBJ(struct order, total_discounts, "currentTotalDiscountsSet", 0, &money_bag_shape),
    JSON_OBJ(struct order, total_shipping, "currentShippingPriceSet", 0, &money_bag_shape),
    JSON_OBJ(struct order, total_tax, "currentTotalTaxSet", 0, &money_bag_shape),
    JSON_TIME(struct order, version.updated_at, "updatedAt", 0),
};
static const struct shape order_shape = SHAPE(struct order, SHAPE_OPEN, order_fields);

/* What mapping needs at every turn. */
struct mapping { const struct pages *more; struct arena *mem; };

/* The tracking of a fulfilment is decoded as parcels; their numbers and addresses take their place.
 */
static void
take_parcels_apart(struct order_fulfillment *f, struct arena *mem)
{
    const struct parcel *v = f->tracking_numbers.v;
    const size_t n = f->tracking_numbers.n;
    struct str *numbers = ARENA_NEW(mem, struct str, n + 1);
    struct str *urls = ARENA_NEW(mem, struct str, n + 1);

    f->tracking_company = n > 0 ? v[0].company : (struct str){ 0 };
    for (size_t i = 0; i < n; i++) {
        numbers[i] = v[i].number;
        urls[i] = v[i].url;
    }
    f->tracking_numbers = (struct jarray){ numbers, n };
    f->tracking_urls = (struct jarray){ urls, n };
}

static enum err_class
finish_fulfillments(const struct mapping *m, struct order *o, struct err *e)
{
    struct order_fulfillment *v = o->fulfillments.v;

    for (size_t i = 0; i < o->fulfillments.n; i++) {
        take_parcels_apart(&v[i], m->mem);
        if (add_pages(&fulfillment_line_shape, "fulfillmentLineItems", v[i].id.v, m->more, m->mem,
                      &v[i].lines, e)
            != ERR_NONE)
            return err_wrap(e, "fulfillments[%zu].", i);
    }
    return ERR_NONE;
}

static enum err_class
finish_refund(const struct mapping *m, struct order_refund *r, struct err *e)
{
    TRY(add_pages(&refund_line_shape, "refundLineItems", r->id, m->more, m->mem, &r->lines, e));
    TRY(add_pages(&refund_shipping_shape, "refundShippingLines", r->id, m->more, m->mem,
                  &r->shipping, e));
    TRY(add_pages(&adjustment_shape, "orderAdjustments", r->id, m->more, m->mem, &r->adjustments,
                  e));
    return add_pages(&payment_shape, "transactions", r->id, m->more, m->mem, &r->transactions, e);
}

static enum err_class
finish_refunds(const struct mapping *m, struct order *o, struct err *e)
{
    struct order_refund *v = o->refunds.v;

    for (size_t i = 0; i < o->refunds.n; i++)
        if (finish_refund(m, &v[i], e) != ERR_NONE)
            return err_wrap(e, "refunds[%zu].", i);
    return ERR_NONE;
}

/* Shares stay with their line; the discounts they belong to gather in the order. */
static void
part_allocations(struct jarray *shares, struct order *o, struct arena *mem)
{
    const struct shown_allocation *shown = shares->v;
    struct order_discount *all = o->discount_applications.v;
    struct order_allocation *v = ARENA_NEW(mem, struct order_allocation, shares->n + 1);

    for (size_t i = 0; i < shares->n; i++) {
        struct order_discount *d = &all[o->discount_applications.n++];
        *d = shown[i].discount;
        d->value_type = d->value.p != NULL ? STR("percentage") : STR("fixed_amount");
        v[i] = shown[i].share;
        v[i].application = d->index;
    }
    shares->v = v;
}

static void
gather_discounts(struct order *o, struct arena *mem)
{
    struct order_line *lines = o->lines.v;
    struct order_shipping_line *shipping = o->shipping_lines.v;
    size_t n = 0;

    for (size_t i = 0; i < o->lines.n; i++)
        n += lines[i].allocations.n;
    for (size_t i = 0; i < o->shipping_lines.n; i++)
        n += shipping[i].allocations.n;
    o->discount_applications = (struct jarray){ ARENA_NEW(mem, struct order_discount, n + 1), 0 };
    for (size_t i = 0; i < o->lines.n; i++)
        part_allocations(&lines[i].allocations, o, mem);
    for (size_t i = 0; i < o->shipping_lines.n; i++)
        part_allocations(&shipping[i].allocations, o, mem);
}

enum err_class
order_from_graphql(const struct json_value *node, const struct pages *more, const struct seen *seen,
                   struct order *ret, struct err *e)
{
    const struct mapping m = { more, seen->mem };
    struct order o = { 0 };

    TRY(shape_decode(&order_shape, node, seen->mem, &o, e));
    TRY(add_pages(&line_shape, "lineItems", o.id.v, more, seen->mem, &o.lines, e));
    TRY(add_pages(&shipping_line_shape, "shippingLines", o.id.v, more, seen->mem,
                  &o.shipping_lines, e));
    TRY(finish_fulfillments(&m, &o, e));
    TRY(finish_refunds(&m, &o, e));
    gather_discounts(&o, seen->mem);
    o.shop = seen->shop;
    o.version.observed_at = seen->at;
    order_canonical(&o, seen->mem);
    *ret = o;
    return ERR_NONE;
}

/* What lies in connections below these lists is not in a bulk result. */
bool
order_is_cut(const struct json_value *node)
{
    return json_size(json_get(node, "fulfillments")) > 0
           || json_size(json_get(node, "refunds")) > 0;
}
