/*
 * feeds.c: changes of orders.
 *
 * Bodies of orders/ webhooks are whole orders and become facts at once.  Everything else only says
 * that something changed: the order is read, together with its fulfilment orders, which no body
 * shows. Fulfilment orders change without moving their order's updatedAt, so they have a poll of
 * their own.  So have returns, which are many pages deep and which few orders have.
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

static const char *const orders_only[] = { "Order", NULL };
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
    .owners_doc = &text_fulfillment_orders_owners,
    .owner_path = "orderId",
    .owners = orders_only,
    .poll_every = 3,
    .nodes_doc = &text_orders_whole_by_ids,
    .type = "Order",
    .fact = fact_whole_order,
    .bulk = &text_bulk_fulfillment_orders,
    .bulk_fact = fact_bulk_routes,
};

static const struct search returns_changed = {
    .doc = &text_orders_changed,
    .root = "orders",
    .field = "updated_at",
    .filter = "(return_status:return_requested OR return_status:in_progress OR "
              "return_status:inspection_complete OR return_status:returned OR "
              "return_status:return_failed)",
};
static const struct feed returns = {
    .stream = "returns",
    .resource = RETURNS_HINT,
    .search = &returns_changed,
    .read_id = "id",
    .moves_stock = true,
    .poll_every = 3,
    .nodes_doc = &text_returns_by_ids,
    .type = "Order",
    .fact = fact_returns,
    .bulk = &text_bulk_returns,
    .bulk_fact = fact_bulk_returns,
    .scope = "read_returns",
};
/* Webhooks that name no order: whose is it? */
static const char *const orders_with_returns[] = { "Order", RETURNS_HINT, NULL };
static const struct feed one_return = {
    .stream = "return",
    .resource = "Return",
    .owners_doc = &text_returns_owners,
    .owner_path = "owner.id",
    .owners = orders_with_returns,
    .scope = "read_returns",
};
static const struct feed one_reverse = {
    .stream = "reverse-fulfillment-order",
    .resource = "ReverseFulfillmentOrder",
    .owners_doc = &text_returns_owners,
    .owner_path = "maybeOwner.id",
    .owners = orders_with_returns,
    .scope = "read_returns",
};
static const struct feed *const all[] = { &orders,     &routes,      &returns,
                                          &one_return, &one_reverse, NULL };

static const struct webhook_rule rules[] = {
    ON("bulk_operations/finish", WEBHOOK_BULK, "admin_graphql_api_id"),
    ON("orders/create", WEBHOOK_ROUTE, "id"),
    ON("orders/updated", WEBHOOK_BODY, "id"),
    ON("orders/cancelled", WEBHOOK_BODY, "id"),
    ON("orders/paid", WEBHOOK_BODY, "id"),
    ON("orders/fulfilled", WEBHOOK_BODY, "id"),
    ON("orders/partially_fulfilled", WEBHOOK_BODY, "id"),
    ON("orders/edited", WEBHOOK_HINT, "order_edit.order_id"),
    ON("orders/delete", WEBHOOK_HINT, "id"),
    ON("refunds/create", WEBHOOK_HINT, "order_id"),
    ON("fulfillments/", WEBHOOK_HINT, "order_id"),
    ON("fulfillment_orders/", WEBHOOK_OWNER, "id"),
    ON_PART("returns/", "order.id", RETURNS_HINT, "Return"),
    ON_PART("reverse_fulfillment_orders/", "order.id", RETURNS_HINT, "ReverseFulfillmentOrder"),
    { 0 },
};
static const char *const subscriptions[] = {
    "BULK_OPERATIONS_FINISH",
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
    "RETURNS_DECLINE",
    "RETURNS_CANCEL",
    "RETURNS_CLOSE",
    "RETURNS_REOPEN",
    "RETURNS_UPDATE",
    "RETURNS_PROCESS",
    "REVERSE_FULFILLMENT_ORDERS_DISPOSE",
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
