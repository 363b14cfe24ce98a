/*
 * test_resource.c: if this fails, deliveries about one order land in different partitions, or a
 * strange body is lost.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"

#include "resource.h"

static void
expect(const char *topic, const char *body, const char *want)
{
    CLEANUP_VALUE(buf_fini) struct buf key = { 0 };

    buf_init(&key, RESOURCE_KEY_MAX);
    resource_key(&key, STR("acme"), str_of(topic), STR("b54557e4-bdd9"), str_of(body));
    assert_false(key.failed);
    assert_string_equal(buf_cstr(&key), want);
}

static void
test_what_bodies_name(void **state)
{
    (void)state;
    expect("orders/create", "{\"id\":5123456789012345}", "acme/Order/5123456789012345");
    expect("orders/edited", "{\"order_edit\":{\"id\":1,\"order_id\":7}}", "acme/Order/7");
    expect("refunds/create", "{\"id\":1,\"order_id\":7}", "acme/Order/7");
    expect("fulfillments/update", "{\"id\":1,\"order_id\":7}", "acme/Order/7");
    expect("returns/approve", "{\"id\":1,\"order\":{\"id\":7}}", "acme/Order/7");
    expect("products/delete", "{\"id\":42}", "acme/Product/42");
    expect("fulfillment_orders/moved",
           "{\"original_fulfillment_order\":{\"id\":\"gid://shopify/FulfillmentOrder/9\"}}",
           "acme/FulfillmentOrder/9");
    expect("inventory_levels/update", "{\"inventory_item_id\":3,\"location_id\":4}",
           "acme/InventoryItem/3");
    expect("shop/update", "{\"admin_graphql_api_id\":\"gid://shopify/Shop/11\"}", "acme/Shop/11");
}

static void
test_bodies_that_name_nothing(void **state)
{
    static const char *const bodies[] = {
        "",
        "not json",
        "[]",
        "null",
        "{\"id\":-1}",
        "{\"id\":\"x\"}",
        "{\"id\":1.5}",
        "{\"id\":0}",
        "{\"id\":1,\"id\":2}",
        "{\"id\":99999999999999999999}",
        "{\"id\":7",
        "\xff\xfe",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        expect("orders/create", bodies[i], "acme/b54557e4-bdd9");
    expect(NULL, "{\"id\":5}", "acme/b54557e4-bdd9");
    expect("orders/", "{\"id\":5}", "acme/b54557e4-bdd9");
}

static void
key_without_delivery_id(const char *body, struct buf *ret)
{
    buf_init(ret, RESOURCE_KEY_MAX);
    resource_key(ret, STR("acme"), STR("x/y"), (struct str){ 0 }, str_of(body));
}

static void
test_without_a_delivery_id_the_body_itself_names_it(void **state)
{
    CLEANUP_VALUE(buf_fini) struct buf a = { 0 };
    CLEANUP_VALUE(buf_fini) struct buf b = { 0 };
    CLEANUP_VALUE(buf_fini) struct buf same = { 0 };

    (void)state;
    key_without_delivery_id("one", &a);
    key_without_delivery_id("two", &b);
    key_without_delivery_id("one", &same);
    assert_int_equal(a.n, sizeof "acme/" - 1 + 32);
    assert_string_equal(buf_cstr(&a), buf_cstr(&same));
    assert_string_not_equal(buf_cstr(&a), buf_cstr(&b));
}

static void
test_a_slash_in_the_delivery_id_does_not_split_the_key(void **state)
{
    CLEANUP_VALUE(buf_fini) struct buf key = { 0 };

    (void)state;
    buf_init(&key, RESOURCE_KEY_MAX);
    resource_key(&key, STR("acme"), STR("x/y"), STR("Order/1"), STR("-"));
    assert_string_equal(buf_cstr(&key), "acme/Order%2F1");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_bodies_name),
        cmocka_unit_test(test_bodies_that_name_nothing),
        cmocka_unit_test(test_without_a_delivery_id_the_body_itself_names_it),
        cmocka_unit_test(test_a_slash_in_the_delivery_id_does_not_split_the_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
