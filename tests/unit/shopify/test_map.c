/* Shopify's objects become facts, the same whichever way they came.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"

#include <stdio.h>

#include "runner.h"
#include "shopify/map.h"

#define FOLDER "tests/corpus/order-pairs"

enum { FILE_MAX_BYTES = 1 << 20 };

typedef enum err_class map_fn(struct str text, const struct seen *seen, struct order *ret,
                              struct err *e);

static enum err_class
from_read(struct str text, const struct seen *seen, struct order *ret, struct err *e)
{
    const struct json_value *v = NULL;

    TRY(json_read(&v, text, seen->mem, e));
    return order_from_graphql(v, NULL, seen, ret, e);
}

static void
map_file(const char *name, const char *file, map_fn *map, struct buf *fact)
{
    CLEANUP_VALUE(buf_fini) struct buf text;
    CLEANUP(arena_free) struct arena *mem = arena_new();
    const struct seen seen = { .shop = STR("acme"), .at = { 1 }, .mem = mem };
    struct order order;

    buf_init(&text, FILE_MAX_BYTES);
    corpus_read(FOLDER, name, file, &text);
    check_ok(map(buf_str(&text), &seen, &order, &e));
    order_emit(fact, &order, NULL);
}

static void
check_pair(const char *name)
{
    CLEANUP_VALUE(buf_fini) struct buf body, read, fact;

    buf_init(&body, FILE_MAX_BYTES);
    buf_init(&read, FILE_MAX_BYTES);
    buf_init(&fact, FILE_MAX_BYTES);
    map_file(name, "body.json", order_from_webhook, &body);
    map_file(name, "read.json", from_read, &read);
    corpus_read(FOLDER, name, "fact.json", &fact);
    buf_char(&body, '\n');
    buf_char(&read, '\n');
    assert_string_equal(buf_cstr(&body), buf_cstr(&fact));
    assert_string_equal(buf_cstr(&read), buf_cstr(&fact));
}

/* Breaks if a field of a webhook body and of a read stop to agree, or ids beyond 2^53 lose digits.
 */
static void
body_and_read_give_the_same_bytes(void **state)
{
    (void)state;
    check_pair("rich");
    check_pair("till");
    check_pair("cancelled");
}

static struct json_doc *
parse(const char *text)
{
    struct json_doc *doc = NULL;

    check_ok(json_parse(&doc, str_of(text), &e));
    return doc;
}

/* Breaks if what is no whole order passes for one, or the reason does not say where it fails. */
static void
what_is_no_order_is_rejected_with_its_place(void **state)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();
    CLEANUP(json_free) struct json_doc *empty = parse("{}");
    const struct seen seen = { .shop = STR("acme"), .at = { 1 }, .mem = mem };
    struct order order;
    struct err e = { 0 };

    (void)state;
    assert_int_equal(order_from_webhook(STR("{}"), &seen, &order, &e), ERR_REJECT);
    assert_non_null(strstr(e.text, "order.confirmed: missing"));
    assert_int_equal(order_from_webhook(STR("[]"), &seen, &order, &e), ERR_REJECT);
    assert_int_equal(order_from_graphql(json_root(empty), NULL, &seen, &order, &e), ERR_REJECT);
}

static const char fulfillment_orders[] =
    "{\"id\":\"gid://shopify/Order/"
    "5\",\"updatedAt\":\"2026-11-24T10:00:00Z\",\"fulfillmentOrders\":{"
    "\"nodes\":[{\"id\":\"gid://shopify/FulfillmentOrder/9\",\"status\":\"OPEN\",\"requestStatus\":"
    "\"UNSUBMITTED\",\"updatedAt\":\"2026-11-24T10:00:01Z\",\"assignedLocation\":{\"name\":"
    "\"Online\","
    "\"location\":null},\"deliveryMethod\":null,\"supportedActions\":[{\"action\":\"MOVE\"},{"
    "\"action\":"
    "\"A_NEW_ACTION\"}],\"lineItems\":{\"nodes\":[{\"id\":\"gid://shopify/FulfillmentOrderLineItem/"
    "3\","
    "\"totalQuantity\":2,\"remainingQuantity\":1,\"inventoryItemId\":\"gid://shopify/InventoryItem/"
    "8\","
    "\"lineItem\":{\"id\":\"gid://shopify/LineItem/7\"}}]}}]}}";
static const char more_lines[] =
    "[{\"id\":\"gid://shopify/FulfillmentOrderLineItem/"
    "1\",\"totalQuantity\":1,\"remainingQuantity\":1,"
    "\"inventoryItemId\":null,\"lineItem\":{\"id\":\"gid://shopify/LineItem/6\"}}]";

/* Breaks if a further page is lost, or an unknown action or a missing location stops the order. */
static void
fulfilment_orders_are_whole_with_their_pages(void **state)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();
    CLEANUP(json_free) struct json_doc *node = parse(fulfillment_orders), *page = parse(more_lines);
    CLEANUP_VALUE(buf_fini) struct buf text;
    const struct page pages[] = { { "lineItems", 9, json_root(page) } };
    const struct pages more = { pages, 1 };
    const struct seen seen = { .shop = STR("acme"), .at = { 1000000 }, .mem = mem };
    struct fulfillment_orders f;

    (void)state;
    buf_init(&text, FILE_MAX_BYTES);
    check_ok(fulfillment_orders_from_graphql(json_root(node), &more, &seen, &f, &e));
    fulfillment_orders_emit(&text, &f);
    assert_string_equal(
        buf_cstr(&text),
        "{\"agreements\":[],\"channel\":null,\"edited\":false,\"fulfillment_orders\":[{\"created"
        "_at\":null,\"delivery\":null,\"destination\":null,\"fulfill_at\":null"
        ",\"fulfill_by\":null,\"fulfillment_order_id\":9,\"holds\":[],\"lines\""
        ":[{\"fulfillment_order_line_id\":1,\"inventory_item_id\":null,\"lin"
        "e_id\":6,\"remaining_quantity\":1,\"total_quantity\":1},{\"fulfillme"
        "nt_order_line_id\":3,\"inventory_item_id\":8,\"line_id\":7,\"remaini"
        "ng_quantity\":1,\"total_quantity\":2}],\"location_id\":null,\"locati"
        "on_name\":\"Online\",\"request_status\":\"unsubmitted\",\"service\":nul"
        "l,\"status\":\"open\",\"supported_actions\":[\"a_new_action\",\"move\"],"
        "\"updated_at\":\"2026-11-24T10:00:01.000000Z\"}],\"groups\":[],\"lines\":[],\"meta"
        "fields\":[],\"observed_at\":\"1970-01-01T00:00:01.000000Z\",\"order_"
        "id\":5,\"placed_total\":null,\"return_status\":null,\"risk\":null,\"shop\":\"acme\","
        "\"tax_lines\":[],\"tip\":null,\"transact"
        "ions\":[],\"updated_at\":\"2026-11-24T10:00:00.000000Z\"}");
}

static const char product[] =
    "{\"id\":\"gid://shopify/Product/"
    "4\",\"title\":\"Kettle\",\"handle\":\"kettle\",\"status\":\"UNLISTED\","
    "\"vendor\":\"\",\"productType\":\"Kitchen\",\"tags\":[\"b\",\"a\"],\"isGiftCard\":false,"
    "\"createdAt\":"
    "\"2026-11-24T10:00:00Z\",\"updatedAt\":\"2026-11-24T10:00:00Z\",\"featuredMedia\":{"
    "\"preview\":null},"
    "\"options\":[{\"id\":\"gid://shopify/ProductOption/2\",\"name\":\"Size\",\"position\":1,"
    "\"optionValues\":[{\"id\":\"gid://shopify/ProductOptionValue/3\",\"name\":\"1 "
    "l\"}]}],\"variants\":{"
    "\"nodes\":[{\"id\":\"gid://shopify/ProductVariant/6\",\"title\":\"1 "
    "l\",\"sku\":\"\",\"barcode\":null,"
    "\"requiresComponents\":false,\"position\":1,\"price\":\"19.9\",\"compareAtPrice\":null,\"taxable\":true,"
    "\"inventoryPolicy\":\"DENY\","
    "\"updatedAt\":\"2026-11-24T10:00:00Z\",\"selectedOptions\":[{\"name\":\"Size\",\"value\":\"1 "
    "l\"}],"
    "\"media\":{\"nodes\":[{\"preview\":{\"image\":{\"url\":\"https://cdn.example.com/k.png\"}}}]},"
    "\"inventoryItem\":{\"id\":\"gid://shopify/InventoryItem/"
    "8\",\"tracked\":true,\"requiresShipping\":true,"
    "\"measurement\":{\"weight\":{\"unit\":\"POUNDS\",\"value\":2.5}}}}]}}";

/* Breaks if a product without SKU, picture or vendor fails, or a weight is converted wrongly. */
static void
a_product_is_mapped_with_its_weight_in_grams(void **state)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();
    CLEANUP(json_free) struct json_doc *node = parse(product);
    const struct seen seen = { .shop = STR("acme"), .at = { 1 }, .mem = mem };
    struct product p;

    (void)state;
    check_ok(product_from_graphql(json_root(node), NULL, &seen, &p, &e));
    const struct variant *v = p.variants.v;
    check_str(p.status, "unlisted");
    assert_null(p.vendor.p);
    assert_null(p.image_url.p);
    assert_int_equal(p.variants.n, 1);
    assert_null(v->sku.p);
    check_str(v->item.weight.unit, "pounds");
    check_str(v->item.weight.value, "2.50");
    assert_int_equal(v->item.weight.grams, 1134);
    assert_null(v->compare_at_price.p);
    check_str(v->image_url, "https://cdn.example.com/k.png");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(body_and_read_give_the_same_bytes),
        cmocka_unit_test(what_is_no_order_is_rejected_with_its_place),
        cmocka_unit_test(fulfilment_orders_are_whole_with_their_pages),
        cmocka_unit_test(a_product_is_mapped_with_its_weight_in_grams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
