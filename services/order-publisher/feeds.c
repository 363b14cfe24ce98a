/*
 * feeds.c: new orders: the body of the webhook is the fact; polls find those whose webhook was
 * lost.
 *
 * An order once published is done here: what becomes of it is order-update-publisher's.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "feeds.h"

#include "publishing/reading.h"

static const struct search created = {
    .doc = &text_orders_created,
    .root = "orders",
    .field = "created_at",
    .filter = "",
};
static const struct feed orders = {
    .stream = "orders",
    .resource = "NewOrder",
    .search = &created,
    .read_id = "id",
    .once = true,
    .poll_every = 1,
    .nodes_doc = &text_orders_by_ids,
    .type = "Order",
    .fact = fact_new_order,
    .bulk = &text_bulk_orders,
    .history = true,
    .bulk_fact = fact_bulk_order,
};
static const struct feed *const all[] = { &orders, NULL };

static const struct webhook_rule rules[] = {
    ON("bulk_operations/finish", WEBHOOK_BULK, "admin_graphql_api_id"),
    ON("orders/create", WEBHOOK_BODY, "id"),
    { 0 },
};
static const char *const subscriptions[] = { "BULK_OPERATIONS_FINISH", "ORDERS_CREATE", NULL };

const struct publishing_spec feeds = {
    .name = "order-publisher",
    .feeds = all,
    .rules = rules,
    .body_topic = "orders",
    .subscriptions = subscriptions,
};
