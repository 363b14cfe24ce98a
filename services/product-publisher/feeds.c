/*
 * feeds.c: products: their webhooks lack too much, so each is a hint and every product comes from a
 * read.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "feeds.h"

#include "publishing/reading.h"

static const struct search changed = {
    .doc = &text_products_changed,
    .root = "products",
    .field = "updated_at",
    .filter = "status:active,draft,archived,unlisted",
};
static const struct feed products = {
    .stream = "products",
    .resource = "Product",
    .search = &changed,
    .read_id = "id",
    .poll_every = 3,
    .nodes_doc = &text_products_by_ids,
    .type = "Product",
    .fact = fact_product,
    .bulk = &text_bulk_products,
    .bulk_metafields = &text_bulk_products_metafields,
    .bulk_optional = "unitCost",
    .bulk_fact = fact_bulk_product,
};
static const struct feed *const all[] = { &products, NULL };

static const struct webhook_rule rules[] = {
    ON("bulk_operations/finish", WEBHOOK_BULK, "admin_graphql_api_id"),
    ON("products/create", WEBHOOK_HINT, "id"),
    ON("products/update", WEBHOOK_HINT, "id"),
    ON("products/delete", WEBHOOK_HINT, "id"),
    { 0 },
};
static const char *const subscriptions[] = {
    "BULK_OPERATIONS_FINISH",
    "PRODUCTS_CREATE",
    "PRODUCTS_UPDATE",
    "PRODUCTS_DELETE",
    NULL,
};

const struct publishing_spec feeds = {
    .name = "product-publisher",
    .feeds = all,
    .rules = rules,
    .subscriptions = subscriptions,
};
