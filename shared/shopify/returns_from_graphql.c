/*
 * returns_from_graphql.c: the returns below an Order node become one fact.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/canonical.h"
#include "shopify/map.h"

static const struct jfield sent_fields[] = {
    JSON_ID(struct sent_line, fulfillment_line_id, "id", 0),
    JSON_OBJ(struct sent_line, line_id, "lineItem", 0, &id_ref_shape),
};
static const struct shape sent_shape = SHAPE(struct sent_line, SHAPE_OPEN, sent_fields);

static const struct jfield reason_fields[] = {
    JSON_STR(struct return_reason, handle, "handle", 0),
    JSON_STR(struct return_reason, name, "name", 0),
};
static const struct shape reason_shape = SHAPE(struct return_reason, SHAPE_OPEN, reason_fields);

/* An unverified line has no fulfillmentLineItem. */
static const struct jfield line_fields[] = {
    JSON_STR(struct return_line, customer_note, "customerNote", J_NULL_OK),
    JSON_OBJ(struct return_line, sent, "fulfillmentLineItem", J_ANY, &sent_shape),
    JSON_ID(struct return_line, id, "id", 0),
    JSON_I64(struct return_line, processed_quantity, "processedQuantity", 0),
    JSON_I64(struct return_line, quantity, "quantity", 0),
    JSON_I64(struct return_line, refunded_quantity, "refundedQuantity", 0),
    JSON_OBJ(struct return_line, reason, "returnReasonDefinition", J_NULL_OK, &reason_shape),
    JSON_STR(struct return_line, reason_note, "returnReasonNote", J_NULL_OK),
};
static const struct shape line_shape = SHAPE(struct return_line, SHAPE_OPEN, line_fields);
CONNECTION_SHAPE(lines_shape, line_shape);

static const struct jfield exchange_fields[] = {
    JSON_ID(struct exchange_line, id, "id", 0),
    JSON_ARR(struct exchange_line, lines, "lineItems", J_NULL_OK, &id_ref_shape),
    JSON_I64(struct exchange_line, processed_quantity, "processedQuantity", 0),
    JSON_ID(struct exchange_line, product_id.v, "productId", J_NULL_OK),
    JSON_I64(struct exchange_line, quantity, "quantity", 0),
    JSON_STR(struct exchange_line, sku, "variantSku", J_NULL_OK),
    JSON_STR(struct exchange_line, title, "title", J_NULL_OK),
    JSON_ID(struct exchange_line, variant_id.v, "variantId", J_NULL_OK),
    JSON_STR(struct exchange_line, variant_title, "variantTitle", J_NULL_OK),
};
static const struct shape exchange_shape =
    SHAPE(struct exchange_line, SHAPE_OPEN, exchange_fields);
CONNECTION_SHAPE(exchanges_shape, exchange_shape);

static const struct jfield disposition_fields[] = {
    JSON_TIME(struct disposition, created_at, "createdAt", 0),
    JSON_ID(struct disposition, id, "id", 0),
    JSON_OBJ(struct disposition, location_id, "location", J_NULL_OK, &id_ref_shape),
    JSON_I64(struct disposition, quantity, "quantity", 0),
    JSON_STR(struct disposition, type, "type", 0),
};
static const struct shape disposition_shape =
    SHAPE(struct disposition, SHAPE_OPEN, disposition_fields);

static const struct jfield reverse_line_fields[] = {
    JSON_ARR(struct reverse_line, dispositions, "dispositions", 0, &disposition_shape),
    JSON_OBJ(struct reverse_line, sent, "fulfillmentLineItem", J_NULL_OK, &sent_shape),
    JSON_ID(struct reverse_line, id, "id", 0),
    JSON_I64(struct reverse_line, total_quantity, "totalQuantity", 0),
};
static const struct shape reverse_line_shape =
    SHAPE(struct reverse_line, SHAPE_OPEN, reverse_line_fields);
CONNECTION_SHAPE(reverse_lines_shape, reverse_line_shape);

static const struct jfield reverse_fields[] = {
    JSON_ID(struct reverse_fulfillment_order, id, "id", 0),
    JSON_CONNECTION(struct reverse_fulfillment_order, lines, "lineItems", &reverse_lines_shape),
    JSON_STR(struct reverse_fulfillment_order, status, "status", 0),
};
static const struct shape reverse_shape =
    SHAPE(struct reverse_fulfillment_order, SHAPE_OPEN, reverse_fields);
CONNECTION_SHAPE(reverses_shape, reverse_shape);
CONNECTION_SHAPE(refunds_shape, id_ref_shape);

static const struct jfield decline_fields[] = {
    JSON_STR(struct return_decline, note, "note", J_NULL_OK),
    JSON_STR(struct return_decline, reason, "reason", 0),
};
static const struct shape decline_shape =
    SHAPE(struct return_decline, SHAPE_OPEN, decline_fields);

static const struct jfield one_fields[] = {
    JSON_TIME(struct order_return, approved_at, "requestApprovedAt", J_NULL_OK),
    JSON_TIME(struct order_return, closed_at, "closedAt", J_NULL_OK),
    JSON_TIME(struct order_return, created_at, "createdAt", 0),
    JSON_OBJ(struct order_return, decline, "decline", J_NULL_OK, &decline_shape),
    JSON_CONNECTION(struct order_return, exchange_lines, "exchangeLineItems", &exchanges_shape),
    JSON_ID(struct order_return, id, "id", 0),
    JSON_CONNECTION(struct order_return, lines, "returnLineItems", &lines_shape),
    JSON_STR(struct order_return, name, "name", 0),
    JSON_CONNECTION(struct order_return, refunds, "refunds", &refunds_shape),
    JSON_CONNECTION(struct order_return, reverse_fulfillment_orders, "reverseFulfillmentOrders",
                    &reverses_shape),
    JSON_STR(struct order_return, status, "status", 0),
    JSON_I64(struct order_return, total_quantity, "totalQuantity", 0),
};
static const struct shape one_shape = SHAPE(struct order_return, SHAPE_OPEN, one_fields);
CONNECTION_SHAPE(returns_shape, one_shape);

static const struct jfield order_fields[] = {
    JSON_ID(struct returns, order_id.v, "id", 0),
    JSON_CONNECTION(struct returns, returns, "returns", &returns_shape),
    JSON_TIME(struct returns, version.updated_at, "updatedAt", 0),
};
static const struct shape order_shape = SHAPE(struct returns, SHAPE_OPEN, order_fields);

static void
finish_lines(struct order_return *r)
{
    struct return_line *lines = r->lines.v;
    struct exchange_line *exchanges = r->exchange_lines.v;

    for (size_t i = 0; i < r->lines.n; i++) {
        lines[i].reason_note = empty_is_null(lines[i].reason_note);
        lines[i].customer_note = empty_is_null(lines[i].customer_note);
    }
    for (size_t i = 0; i < r->exchange_lines.n; i++) {
        exchanges[i].sku = empty_is_null(exchanges[i].sku);
        exchanges[i].variant_title = empty_is_null(exchanges[i].variant_title);
        sort_by_id(&exchanges[i].lines, sizeof(struct line_ref));
    }
    sort_by_id(&r->lines, sizeof(*lines));
    sort_by_id(&r->exchange_lines, sizeof(*exchanges));
}

static enum err_class
finish_reverse(struct reverse_fulfillment_order *f, const struct pages *more, struct arena *mem,
               struct err *e)
{
    TRY(add_pages(&reverse_line_shape, "lineItems", f->id, more, mem, &f->lines, e));
    struct reverse_line *lines = f->lines.v;
    for (size_t i = 0; i < f->lines.n; i++) {
        struct disposition *v = lines[i].dispositions.v;
        for (size_t k = 0; k < lines[i].dispositions.n; k++)
            v[k].type = lower(v[k].type, mem);
        sort_by_id(&lines[i].dispositions, sizeof(*v));
    }
    f->status = lower(f->status, mem);
    sort_by_id(&f->lines, sizeof(*lines));
    return ERR_NONE;
}

static enum err_class
finish(struct order_return *r, const struct pages *more, struct arena *mem, struct err *e)
{
    struct jarray *const reverses = &r->reverse_fulfillment_orders;

    TRY(add_pages(&line_shape, "returnLineItems", r->id, more, mem, &r->lines, e));
    TRY(add_pages(&exchange_shape, "exchangeLineItems", r->id, more, mem, &r->exchange_lines, e));
    TRY(add_pages(&reverse_shape, "reverseFulfillmentOrders", r->id, more, mem, reverses, e));
    TRY(add_pages(&id_ref_shape, "refunds", r->id, more, mem, &r->refunds, e));
    struct reverse_fulfillment_order *v = reverses->v;
    for (size_t i = 0; i < reverses->n; i++)
        TRY(finish_reverse(&v[i], more, mem, e));
    r->status = lower(r->status, mem);
    r->decline.reason = lower(r->decline.reason, mem);
    r->decline.note = empty_is_null(r->decline.note);
    finish_lines(r);
    sort_by_id(reverses, sizeof(*v));
    sort_by_id(&r->refunds, sizeof(struct refund_ref));
    return ERR_NONE;
}

enum err_class
returns_from_graphql(const struct json_value *node, const struct pages *more,
                     const struct seen *seen, struct returns *ret, struct err *e)
{
    struct returns r = { 0 };

    TRY(shape_decode(&order_shape, node, seen->mem, &r, e));
    TRY(add_pages(&one_shape, "returns", r.order_id.v, more, seen->mem, &r.returns, e));
    struct order_return *v = r.returns.v;
    for (size_t i = 0; i < r.returns.n; i++)
        if (finish(&v[i], more, seen->mem, e) != ERR_NONE)
            return err_wrap(e, "returns[%zu].", i);
    sort_by_id(&r.returns, sizeof(*v));
    r.shop = seen->shop;
    r.version.observed_at = seen->at;
    *ret = r;
    return ERR_NONE;
}

/* What is only asked for, or declined, has no reverse fulfilment order and no refund. */
bool
returns_are_cut(const struct json_value *node)
{
    const struct json_value *nodes = json_path(node, "returns.nodes");

    for (size_t i = 0; i < json_size(nodes); i++) {
        const struct str status = json_str(json_get(json_at(nodes, i), "status"));
        if (!str_is(status, "REQUESTED") && !str_is(status, "DECLINED"))
            return true;
    }
    return false;
}
