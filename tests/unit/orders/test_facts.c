/*
 * test_facts.c: if this fails, a bad snapshot is applied, or is skipped without its order knowing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"

#include "domain/fulfillment_orders.h"
#include "domain/order.h"
#include "domain/returns.h"
#include "facts.h"

#define UPDATED INT64_C(1795521600000000) /* 2026-11-24T12:00:00Z */

static struct arena *mem;
static struct facts all;
static struct buf text;
static struct err e;

static int
setup(void **state)
{
    (void)state;
    mem = arena_new();
    all = facts_new(mem, 8);
    buf_init(&text, ORDER_TEXT_MAX);
    e = (struct err){ 0 };
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    buf_fini(&text);
    arena_free(mem);
    return 0;
}

static enum err_class
add(const char *topic, const char *key, struct str value)
{
    const struct kafka_record r = { .topic = topic, .key = str_of(key), .value = value };

    return facts_add(&all, 5, topic, &r, mem, &e);
}

/* An order with one line of that many units, as the publishers write it. */
static struct str
order_text(int64_t quantity, const char *reason)
{
    struct order_line line = { .id = { 11 },
                               .sku = STR("A"),
                               .title = STR("Thing"),
                               .quantity = quantity,
                               .current_quantity = 1,
                               .unfulfilled_quantity = 1,
                               .requires_shipping = true };
    const struct order o = { .shop = STR("acme"),
                             .id = { 42 },
                             .name = STR("#42"),
                             .version = { { UPDATED }, { UPDATED + 7 } },
                             .created_at = { UPDATED },
                             .currency = STR("EUR"),
                             .presentment_currency = STR("EUR"),
                             .lines = { &line, 1 } };

    buf_clear(&text);
    order_emit(&text, &o, reason);
    return buf_str(&text);
}

static void
an_order_is_the_same_fact_on_both_topics(void **state)
{
    (void)state;
    assert_int_equal(add("orders", "acme/42", order_text(1, NULL)), ERR_NONE);
    assert_int_equal(add("order-updates", "acme/42", order_text(1, "poll")), ERR_NONE);
    assert_int_equal(all.n, 2);
    assert_int_equal(all.record[1], 5);
    assert_int_equal(all.orders[0], 42);
    assert_int_equal(all.updated[0].v, UPDATED);
    assert_int_equal(all.observed[0].v, UPDATED + 7);
    check_str(all.kinds[0], "order");
    check_str(all.shops[0], "acme");
    check_str(all.sources[0], "orders");
    check_str(all.sources[1], "order-updates poll");
    assert_true(str_eq(all.bodies[0], all.bodies[1]));
    assert_true(str_eq(all.hashes[0], all.hashes[1]));
    assert_int_equal(all.hashes[0].n, SHA256_HEX_SIZE - 1);
}

static void
a_parcel_is_named_by_its_sender(void **state)
{
    const struct str parcel = STR(
        "{\"carrier\":null,\"event_id\":\"7/1\",\"facility\":\"WH\",\"lines\":[{\"quantity\":1,"
        "\"sku\":\"A\"}],\"order_id\":42,\"shipped_at\":\"2026-11-24T12:00:00.000000Z\","
        "\"shop\":\"acme\",\"source\":\"wms\",\"tracking_number\":null,\"tracking_url\":null}");
    (void)state;

    assert_int_equal(add("shipments", "acme/42", parcel), ERR_NONE);
    check_str(all.kinds[0], "shipment");
    check_str(all.sources[0], "wms/7%2F1");
    assert_null(all.hashes[0].p);
    assert_int_equal(all.updated[0].v, 0);
}

static void
fulfilment_orders_have_versions_too(void **state)
{
    const struct fulfillment_orders f = { .shop = STR("acme"),
                                          .order_id = { 42 },
                                          .version = { { UPDATED }, { UPDATED + 1 } } };
    (void)state;

    fulfillment_orders_emit(&text, &f);
    assert_int_equal(add("fulfillment-orders", "acme/42", buf_str(&text)), ERR_NONE);
    check_str(all.kinds[0], "fulfillment-orders");
    assert_int_equal(all.observed[0].v, UPDATED + 1);
    assert_int_equal(all.hashes[0].n, SHA256_HEX_SIZE - 1);
}

static void
returns_have_versions_too(void **state)
{
    struct return_line line = { .id = 5, .quantity = 1 };
    struct order_return one = { .id = 7,
                                .name = STR("#42-R1"),
                                .status = STR("open"),
                                .created_at = { UPDATED },
                                .lines = { &line, 1 } };
    const struct returns f = { .shop = STR("acme"),
                               .order_id = { 42 },
                               .version = { { UPDATED }, { UPDATED + 1 } },
                               .returns = { &one, 1 } };
    (void)state;

    returns_emit(&text, &f);
    assert_int_equal(add("returns", "acme/42", buf_str(&text)), ERR_NONE);
    check_str(all.kinds[0], "returns");
    assert_int_equal(all.observed[0].v, UPDATED + 1);
    assert_int_equal(all.hashes[0].n, SHA256_HEX_SIZE - 1);

    line.quantity = -1;
    buf_clear(&text);
    returns_emit(&text, &f);
    assert_int_equal(add("returns", "acme/42", buf_str(&text)), ERR_REJECT);
    assert_int_equal(all.n, 1); /* and nothing is blocked by it */
}

static void
a_tombstone_says_that_its_order_is_no_more(void **state)
{
    const struct kafka_record good = { .topic = "orders", .key = STR("acme/42") };
    const struct kafka_record bad = { .topic = "orders", .key = STR("nobody") };
    (void)state;

    assert_true(facts_add_gone(&all, 3, "orders", &good, mem));
    assert_false(facts_add_gone(&all, 4, "orders", &bad, mem));
    assert_int_equal(all.n, 1);
    check_str(all.kinds[0], "gone");
    check_str(all.shops[0], "acme");
    assert_int_equal(all.orders[0], 42);
    assert_int_equal(all.record[0], 3);
    assert_int_equal(all.updated[0].v, 0);
}

static void
a_bad_snapshot_leaves_a_block_with_its_version(void **state)
{
    (void)state;
    assert_int_equal(add("orders", "acme/42", order_text(-1, NULL)), ERR_REJECT);
    assert_string_equal(e.text, "line 11: quantity of -1: expected 0 to 1000000000");
    assert_int_equal(all.n, 1);
    check_str(all.kinds[0], "block");
    check_str(all.shops[0], "acme");
    check_str(all.bodies[0], e.text);
    assert_int_equal(all.orders[0], 42);
    assert_int_equal(all.updated[0].v, UPDATED);
    assert_int_equal(all.observed[0].v, UPDATED + 7);
}

static void
what_is_not_even_json_blocks_by_its_key(void **state)
{
    (void)state;
    assert_int_equal(add("order-updates", "acme/42", STR("\xff\x01{")), ERR_REJECT);
    assert_int_equal(all.n, 1);
    check_str(all.kinds[0], "block");
    assert_int_equal(all.updated[0].v, 0);
    for (size_t i = 0; i < all.bodies[0].n; i++)
        assert_in_range(all.bodies[0].p[i], ' ', '~');
}

static void
without_a_readable_key_nothing_can_be_blocked(void **state)
{
    (void)state;
    assert_int_equal(add("orders", "nobody", STR("{")), ERR_REJECT);
    assert_int_equal(add("orders", "ACME/42", STR("{")), ERR_REJECT);
    assert_int_equal(all.n, 0);
}

static void
parcels_and_fulfilment_orders_never_block(void **state)
{
    (void)state;
    assert_int_equal(add("shipments", "acme/42", STR("{}")), ERR_REJECT);
    assert_int_equal(add("fulfillment-orders", "acme/42", STR("[]")), ERR_REJECT);
    assert_int_equal(all.n, 0);
}

static void
a_value_under_another_key_is_refused(void **state)
{
    (void)state;
    assert_int_equal(add("orders", "acme/43", order_text(1, NULL)), ERR_REJECT);
    assert_string_equal(e.text, "key acme/43, but the value is of acme/42");
    check_str(all.kinds[0], "block"); /* whatever 43 now is, it is not known */
    assert_int_equal(all.orders[0], 43);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_order_is_the_same_fact_on_both_topics, setup, teardown),
        cmocka_unit_test_setup_teardown(a_parcel_is_named_by_its_sender, setup, teardown),
        cmocka_unit_test_setup_teardown(fulfilment_orders_have_versions_too, setup, teardown),
        cmocka_unit_test_setup_teardown(returns_have_versions_too, setup, teardown),
        cmocka_unit_test_setup_teardown(a_tombstone_says_that_its_order_is_no_more, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_bad_snapshot_leaves_a_block_with_its_version, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_not_even_json_blocks_by_its_key, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_readable_key_nothing_can_be_blocked, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(parcels_and_fulfilment_orders_never_block, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_value_under_another_key_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
