/*
 * resource.c: the Kafka key of a webhook; see resource.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "resource.h"

#include "base/hash.h"
#include "domain/gid.h"
#include "domain/key.h"
#include "json/json.h"

enum { WEBHOOK_ID_MAX = 128, HASH_DIGITS = 32 };

/* Where the bodies of each family of topics name their resource. The first rule that finds
 * an id wins. */
static const struct rule {
    const char *topic; /* one that ends in "/" stands for the whole family */
    const char *resource;
    const char *path;
} rules[] = {
    { "orders/edited", "Order", "order_edit.order_id" },
    { "orders/", "Order", "id" },
    { "refunds/", "Order", "order_id" },
    { "fulfillments/", "Order", "order_id" },
    { "fulfillment_events/", "Order", "order_id" },
    { "order_transactions/", "Order", "order_id" },
    { "returns/", "Order", "order.id" },
    { "products/", "Product", "id" },
    { "fulfillment_orders/", "FulfillmentOrder", "fulfillment_order.id" },
    { "fulfillment_orders/", "FulfillmentOrder", "original_fulfillment_order.id" },
    { "inventory_items/", "InventoryItem", "id" },
    { "inventory_levels/", "InventoryItem", "inventory_item_id" },
    { "locations/", "Location", "id" },
};

static bool
rule_covers(const struct rule *r, struct str topic)
{
    const struct str t = str_of(r->topic);

    if (t.p[t.n - 1] == '/')
        return topic.n > t.n && memcmp(topic.p, t.p, t.n) == 0;
    return str_eq(topic, t);
}

/* Numbers in most bodies, GID strings in those of fulfilment orders. 0: none. */
static int64_t
id_at(const struct json_value *body, const char *path)
{
    const struct json_value *v = json_path(body, path);
    int64_t id = 0;

    if (json_i64(v, &id))
        return id > 0 ? id : 0;
    return gid_id(json_str(v));
}

static void
add_resource(struct buf *ret, struct str resource, int64_t id)
{
    buf_str_add(ret, resource);
    buf_char(ret, '/');
    buf_i64(ret, id);
}

static bool
add_by_rule(struct buf *ret, struct str topic, const struct json_value *body)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        const int64_t id = rule_covers(&rules[i], topic) ? id_at(body, rules[i].path) : 0;
        if (id > 0) {
            add_resource(ret, str_of(rules[i].resource), id);
            return true;
        }
    }
    return false;
}

/* Any other body says it itself: "admin_graphql_api_id": "gid://shopify/Shop/1". */
static bool
add_by_gid(struct buf *ret, const struct json_value *body)
{
    const struct str gid = json_str(json_get(body, "admin_graphql_api_id"));
    const int64_t id = gid_id(gid);

    if (id <= 0)
        return false;
    add_resource(ret, gid_type(gid), id);
    return true;
}

static void
add_by_delivery(struct buf *ret, struct str webhook_id, struct str body)
{
    char digest[SHA256_HEX_SIZE];

    if (webhook_id.n > 0 && webhook_id.n <= WEBHOOK_ID_MAX) {
        key_part_add(ret, webhook_id);
        return;
    }
    hash_sha256_hex(body, digest);
    buf_str_add(ret, (struct str){ digest, HASH_DIGITS });
}

void
resource_key(struct buf *ret, struct str shop, struct str topic, struct str webhook_id,
             struct str body)
{
    CLEANUP(json_free) struct json_doc *doc = NULL;
    struct err ignored;

    key_part_add(ret, shop);
    buf_char(ret, '/');
    if (json_parse(&doc, body, &ignored) == ERR_NONE &&
        (add_by_rule(ret, topic, json_root(doc)) || add_by_gid(ret, json_root(doc))))
        return;
    add_by_delivery(ret, webhook_id, body);
}
