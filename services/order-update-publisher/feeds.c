/*
 * feeds.c: changes of orders.
 *
 * Bodies of orders/ webhooks are whole orders and become facts at once.  Everything else only says
 * that something changed: the order is read, together with its fulfilment orders, which no body
 * shows. Fulfilment orders change without moving their order's updatedAt, so they have a poll of
 * their own.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "feeds.h"

#include "publishing/reading.h"

static const struct search orders_changed = {
    .doc = &text_orders_changed,
    .root = "orders",
    .field = "updated_at",
    .filter = "",
};
static const struct feed orders = {
    .stream = "order-updates",
    .resource = "Order",
    .search = &orders_changed,
    .read_id = "id",
    .watermark = true,
    .poll_every = 1,
    .nodes_doc = &text_orders_whole_by_ids,
    .type = "Order",
    .fact = fact_whole_order,
};

static const struct search routes_changed = {
    .doc = &text_fulfillment_orders_changed,
    .root = "fulfillmentOrders",
    .field = "updated_at",
    .filter = "",
};
static const struct feed routes = {
    .stream = "fulfillment-orders",
    .resource = "FulfillmentOrder",
    .search = &routes_changed,
    .read_id = "orderId",
    .parts = true,
    .poll_every = 3,
    .nodes_doc = &text_orders_whole_by_ids,
    .type = "Order",
    .fact = fact_whole_order,
    .bulk = &text_bulk_fulfillment_orders,
    .bulk_fact = fact_routes,
};
static const struct feed *const all[] = { &orders, &routes, NULL };

static const struct webhook_rule rules[] = {
    { "orders/create", WEBHOOK_ROUTE, "id" },
    { "orders/updated", WEBHOOK_BODY, "id" },
    { "orders/cancelled", WEBHOOK_BODY, "id" },
    { "orders/paid", WEBHOOK_BODY, "id" },
    { "orders/fulfilled", WEBHOOK_BODY, "id" },
    { "orders/partially_fulfilled", WEBHOOK_BODY, "id" },
    { "orders/edited", WEBHOOK_HINT, "order_edit.order_id" },
    { "orders/delete", WEBHOOK_HINT, "id" },
    { "refunds/create", WEBHOOK_HINT, "order_id" },
    { "fulfillments/", WEBHOOK_HINT, "order_id" },
    { "fulfillment_orders/", WEBHOOK_OWNER, "id" },
    { "returns/", WEBHOOK_HINT, "order.id" },
    { 0 },
};
static const char *const subscriptions[] = {
    "ORDERS_CREATE",
    "ORDERS_UPDATED",
    "ORDERS_CANCELLED",
    "ORDERS_PAID",
    "ORDERS_FULFILLED",
    "ORDERS_PARTIALLY_FULFILLED",
    "ORDERS_EDITED",
    "ORDERS_DELETE",
    "REFUNDS_CREATE",
    "FULFILLMENTS_CREATE",
    "FULFILLMENTS_UPDATE",
    "FULFILLMENT_ORDERS_ORDER_ROUTING_COMPLETE",
    "FULFILLMENT_ORDERS_MOVED",
    "FULFILLMENT_ORDERS_SPLIT",
    "FULFILLMENT_ORDERS_MERGED",
    "FULFILLMENT_ORDERS_PLACED_ON_HOLD",
    "FULFILLMENT_ORDERS_HOLD_RELEASED",
    "FULFILLMENT_ORDERS_CANCELLED",
    "RETURNS_REQUEST",
    "RETURNS_APPROVE",
    "RETURNS_CANCEL",
    "RETURNS_CLOSE",
    "RETURNS_REOPEN",
    NULL,
};

const struct publishing_spec feeds = {
    .name = "order-update-publisher",
    .feeds = all,
    .rules = rules,
    .body_topic = "order-updates",
    .subscriptions = subscriptions,
    .needs_load = "orders",
};
