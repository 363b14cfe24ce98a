/*
 * order_beside.c: see order_beside.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/order_beside.h"

static const struct jfield shipping_ref_fields[] = {
    JSON_ID(struct id_ref, id, "id", J_NULL_OK),
};
static const struct shape shipping_ref_shape =
    SHAPE(struct id_ref, SHAPE_OPEN, shipping_ref_fields);

static const struct jfield sale_fields[] = {
    JSON_STR(struct order_sale, action, "actionType", 0),
    JSON_OBJ(struct order_sale, discount, "totalDiscountAmountAfterTaxes", 0, &money_bag_shape),
    JSON_ID(struct order_sale, id, "id", 0),
    JSON_OBJ(struct order_sale, line_id, "lineItem", J_ANY, &id_ref_shape),
    JSON_STR(struct order_sale, line_type, "lineType", 0),
    JSON_I64(struct order_sale, quantity, "quantity", J_NULL_OK),
    JSON_HAS(struct order_sale, counted, "quantity"),
    JSON_OBJ(struct order_sale, shipping_line_id, "shippingLine", J_ANY, &shipping_ref_shape),
    JSON_OBJ(struct order_sale, tax, "totalTaxAmount", 0, &money_bag_shape),
    JSON_OBJ(struct order_sale, total, "totalAmount", 0, &money_bag_shape),
};
static const struct shape sale_shape = SHAPE(struct order_sale, SHAPE_OPEN, sale_fields);
CONNECTION_SHAPE(sales_shape, sale_shape);

static const struct jfield agreement_fields[] = {
    JSON_TIME(struct order_agreement, happened_at, "happenedAt", 0),
    JSON_ID(struct order_agreement, id, "id", 0),
    JSON_STR(struct order_agreement, reason, "reason", 0),
    JSON_OBJ(struct order_agreement, refund_id, "refund", J_ANY, &id_ref_shape),
    JSON_OBJ(struct order_agreement, return_id, "return", J_ANY, &id_ref_shape),
    JSON_CONNECTION(struct order_agreement, sales, "sales", &sales_shape),
};
const struct shape agreement_node_shape =
    SHAPE(struct order_agreement, SHAPE_OPEN, agreement_fields);

static const struct jfield duty_fields[] = {
    JSON_STR(struct order_duty, country_code, "countryCodeOfOrigin", J_NULL_OK),
    JSON_STR(struct order_duty, harmonized_system_code, "harmonizedSystemCode", J_NULL_OK),
    JSON_ID(struct order_duty, id, "id", 0),
    JSON_OBJ(struct order_duty, price, "price", 0, &money_bag_shape),
    JSON_ARR(struct order_duty, tax_lines, "taxLines", 0, &tax_line_node_shape),
};
const struct shape duty_node_shape = SHAPE(struct order_duty, SHAPE_OPEN, duty_fields);

static bool
is_as_placed(const struct jarray *agreements)
{
    const struct order_agreement *v = agreements->v;

    return agreements->n == 1 && str_is(v[0].reason, "order");
}

enum err_class
finish_agreements(struct jarray *agreements, const struct pages *more, struct arena *mem,
                  struct err *e)
{
    struct order_agreement *v = agreements->v;

    for (size_t i = 0; i < agreements->n; i++) {
        TRY(add_pages(&sale_shape, "sales", v[i].id, more, mem, &v[i].sales, e));
        struct order_sale *sales = v[i].sales.v;
        for (size_t k = 0; k < v[i].sales.n; k++) {
            sales[k].action = lower(sales[k].action, mem);
            sales[k].line_type = lower(sales[k].line_type, mem);
        }
        v[i].reason = lower(v[i].reason, mem);
        sort_by_id(&v[i].sales, sizeof(*sales));
    }
    sort_by_id(agreements, sizeof(*v));
    if (is_as_placed(agreements))
        agreements->n = 0;
    return ERR_NONE;
}

void
finish_lines_beside(struct jarray *lines)
{
    struct order_line_beside *v = lines->v;
    size_t n = 0;

    for (size_t i = 0; i < lines->n; i++) {
        struct order_duty *duties = v[i].duties.v;
        for (size_t k = 0; k < v[i].duties.n; k++) {
            duties[k].harmonized_system_code = empty_is_null(duties[k].harmonized_system_code);
            sort_tax_lines(&duties[k].tax_lines);
        }
        sort_by_id(&v[i].duties, sizeof(*duties));
        if (v[i].duties.n > 0 || v[i].non_fulfillable_quantity != 0)
            v[n++] = v[i];
    }
    lines->n = n;
    sort_by_id(lines, sizeof(*v));
}

void
finish_receipt(struct order_transaction *t, const struct json_value *receipt, struct arena *mem)
{
    CLEANUP_VALUE(buf_fini) struct buf dump;
    struct str text = json_str(receipt);

    buf_init(&dump, FULFILLMENT_ORDERS_TEXT_MAX);
    if (!json_is_string(receipt) && !json_is_null(receipt)) {
        json_dump(receipt, &dump);
        text = buf_str(&dump);
    }
    t->receipt_bytes = (int64_t)text.n;
    if (text.n > 0 && text.n <= ORDER_RECEIPT_MAX)
        t->receipt = arena_str(mem, text);
}

/* What was agreed stands in no bulk result: it is more than the order itself once that was edited,
 * refunded, or something was sent back. */
bool
beside_is_cut(const struct json_value *node)
{
    const struct str returns = json_str(json_get(node, "returnStatus"));

    return json_bool(json_get(node, "edited")) || json_size(json_get(node, "refunds")) > 0
           || (returns.n > 0 && !str_is(returns, "NO_RETURN"));
}
