/*
 * fulfillment_orders_from_graphql.c: the fulfilment orders below an Order node become one fact.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "domain/gid.h"
#include "shopify/canonical.h"
#include "shopify/map.h"

static const struct jfield line_fields[] = {
    JSON_ID(struct fulfillment_order_line, id, "id", 0),
    JSON_ID(struct fulfillment_order_line, inventory_item_id.v, "inventoryItemId", J_ANY),
    JSON_OBJ(struct fulfillment_order_line, line_id, "lineItem", 0, &id_ref_shape),
    JSON_I64(struct fulfillment_order_line, remaining_quantity, "remainingQuantity", 0),
    JSON_I64(struct fulfillment_order_line, total_quantity, "totalQuantity", 0),
};
static const struct shape line_shape =
    SHAPE(struct fulfillment_order_line, SHAPE_OPEN, line_fields);

static const struct jfield one_fields[] = {
    JSON_ID(struct fulfillment_order, id.v, "id", 0),
    JSON_STR(struct fulfillment_order, request_status, "requestStatus", 0),
    JSON_STR(struct fulfillment_order, status, "status", 0),
    JSON_TIME(struct fulfillment_order, updated_at, "updatedAt", J_ANY),
};
static const struct shape one_shape = SHAPE(struct fulfillment_order, SHAPE_OPEN, one_fields);

struct head { int64_t id; struct time_us updated_at; };
static const struct jfield head_fields[] = {
    JSON_ID(struct head, id, "id", 0),
    JSON_TIME(struct head, updated_at, "updatedAt", 0),
};
static const struct shape head_shape = SHAPE(struct head, SHAPE_OPEN, head_fields);

static int
by_id(const void *a, const void *b)
{
    const int64_t x = ((const struct fulfillment_order *)a)->id.v;
    const int64_t y = ((const struct fulfillment_order *)b)->id.v;

    return (x > y) - (x < y);
}

static int
by_line_id(const void *a, const void *b)
{
    const int64_t x = ((const struct fulfillment_order_line *)a)->id;
    const int64_t y = ((const struct fulfillment_order_line *)b)->id;

    return (x > y) - (x < y);
}

static struct jarray
actions(const struct json_value *list, struct arena *mem)
{
    struct str *v = ARENA_NEW(mem, struct str, json_size(list) + 1);
    struct jarray ret = { v, json_size(list) };

    for (size_t i = 0; i < ret.n; i++)
        v[i] = lower(json_str(json_get(json_at(list, i), "action")), mem);
    sort_strings(&ret);
    return ret;
}

/* What a shape cannot say about one fulfilment order. */
static enum err_class
finish(const struct json_value *raw, const struct pages *more, struct arena *mem,
       struct fulfillment_order *f, struct err *e)
{
    f->location_id.v = gid_id(json_str(json_path(raw, "assignedLocation.location.id")));
    f->location_name = empty_is_null(json_str(json_path(raw, "assignedLocation.name")));
    f->delivery_method = lower(json_str(json_path(raw, "deliveryMethod.methodType")), mem);
    f->supported_actions = actions(json_get(raw, "supportedActions"), mem);
    f->status = lower(f->status, mem);
    f->request_status = lower(f->request_status, mem);
    TRY(decode_connection(&line_shape, raw, "lineItems", f->id.v, more, mem, &f->lines, e));
    if (f->lines.n > 1)
        qsort(f->lines.v, f->lines.n, sizeof(struct fulfillment_order_line), by_line_id);
    return ERR_NONE;
}

static enum err_class
map_nodes(const struct json_value *nodes, const struct pages *more, struct arena *mem,
          struct jarray *ret, struct err *e)
{
    TRY(decode_nodes(&one_shape, nodes, mem, ret, e));
    struct fulfillment_order *v = ret->v;
    for (size_t i = 0; i < ret->n; i++)
        if (finish(json_at(nodes, i), more, mem, &v[i], e) != ERR_NONE)
            return err_wrap(e, "[%zu].", i);
    return ERR_NONE;
}

enum err_class
fulfillment_orders_from_graphql(const struct json_value *node, const struct pages *more,
                                const struct seen *seen, struct fulfillment_orders *ret,
                                struct err *e)
{
    struct head head = { 0 };
    struct jarray all = { 0 }, page = { 0 };

    TRY(shape_decode(&head_shape, node, seen->mem, &head, e));
    TRY(map_nodes(json_path(node, "fulfillmentOrders.nodes"), more, seen->mem, &all, e));
    for (size_t i = 0; more != NULL && i < more->n; i++) {
        if (more->v[i].owner != head.id || strcmp(more->v[i].field, "fulfillmentOrders") != 0)
            continue;
        TRY(map_nodes(more->v[i].nodes, more, seen->mem, &page, e));
        all = joined(all, page, sizeof(struct fulfillment_order), seen->mem);
    }
    if (all.n > 1)
        qsort(all.v, all.n, sizeof(struct fulfillment_order), by_id);
    *ret = (struct fulfillment_orders){ .shop = seen->shop,
                                        .order_id = { head.id },
                                        .version = { head.updated_at, seen->at },
                                        .fulfillment_orders = all };
    return ERR_NONE;
}
