/*
 * test_fact.c: if this fails, an older product overwrites a newer one, or the topic ends with the
 * wrong one unnoticed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "arena_case.h"

#include "fact.h"

#define VARIANT(id)                                                                          \
    "{\"barcode\":null,\"compare_at_price\":\"9.50\",\"components\":[],"                     \
    "\"country_of_origin\":null,\"created_at\":null,\"hs_code\":null,"                       \
    "\"image_url\":null,\"inventory_item_id\":8,\"inventory_policy\":\"deny\","              \
    "\"metafields\":[],\"options\":[{\"name\":\"Size\",\"value\":\"M\"}],\"position\":1,"    \
    "\"price\":\"5.00\",\"requires_components\":false,\"requires_shipping\":true,"           \
    "\"sku\":\"A\",\"taxable\":true,\"title\":\"M\",\"tracked\":true,\"unit_cost\":null,"    \
    "\"updated_at\":\"2026-11-24T12:00:00.000000Z\",\"variant_id\":" id ",\"weight\":null}"
#define PRODUCT(deleted_at, variants)                                                        \
    "{\"category\":null,\"created_at\":null,\"deleted_at\":" deleted_at                      \
    ",\"description_html\":null,\"gift_card\":false,\"handle\":\"h\","                       \
    "\"image_url\":null,\"media\":[],\"metafields\":[],"                                     \
    "\"observed_at\":\"2026-11-24T12:00:01.000000Z\",\"options\":[],"                        \
    "\"product_id\":7,\"product_type\":null,\"shop\":\"acme\",\"status\":\"active\","        \
    "\"tags\":[],\"title\":\"T\",\"updated_at\":\"2026-11-24T12:00:00.000000Z\","            \
    "\"variants\":[" variants "],\"vendor\":null}"

static struct err e;

static void
test_decode(void **state)
{
    struct fact f = { 0 };

    (void)state;
    assert_int_equal(
        fact_decode(STR(PRODUCT("null", VARIANT("5") "," VARIANT("4"))), 3, mem, &f, &e), ERR_NONE);
    assert_int_equal(f.record, 3);
    assert_int_equal(f.product_id, 7);
    assert_int_equal(f.hash.n, 64);
    assert_int_equal(f.n_variants, 2);
    assert_int_equal(f.variants[0].variant_id, 4); /* by id */
    assert_int_equal(f.variants[0].inventory_item_id, 8);
    assert_true(str_is(f.variants[0].sku, "A"));
    assert_null(f.variants[0].barcode.p);
    assert_true(f.variants[0].tracked);
}

static void
test_deleted_product_has_no_variants(void **state)
{
    struct fact f = { 0 };

    (void)state;
    assert_int_equal(
        fact_decode(STR(PRODUCT("\"2026-11-24T12:00:00Z\"", VARIANT("5"))), 0, mem, &f, &e),
        ERR_NONE);
    assert_int_equal(f.n_variants, 0);
}

static void
test_refused(void **state)
{
    struct fact f = { 0 };

    (void)state;
    assert_int_equal(fact_decode(STR("{"), 0, mem, &f, &e), ERR_REJECT);
    assert_int_equal(fact_decode(STR("{}"), 0, mem, &f, &e), ERR_REJECT);
    assert_int_equal(
        fact_decode(STR(PRODUCT("null", VARIANT("5") "," VARIANT("5"))), 0, mem, &f, &e),
        ERR_REJECT);
    assert_string_equal(e.text, "variants: id 5 stands there twice");
}

static struct fact
fact(size_t record, const char *shop, int64_t id, int64_t updated, int64_t observed,
     const char *hash)
{
    return (struct fact){ .record = record,
                          .shop = str_of(shop),
                          .product_id = id,
                          .version = { { updated }, { observed } },
                          .hash = str_of(hash) };
}

static enum fact_place
place_of(const struct fact *v, const enum fact_place *places, size_t n, size_t record)
{
    for (size_t i = 0; i < n; i++)
        if (v[i].record == record)
            return places[i];
    fail();
    return FACT_WINS;
}

static void
test_one_winner_per_product(void **state)
{
    enum fact_place p[8];
    struct fact v[] = {
        fact(0, "acme", 1, 5, 1, "a"),  fact(1, "acme", 1, 9, 1, "b"),
        fact(2, "acme", 1, 7, 9, "c"),  fact(3, "acme", 1, 9, 1, "b"),
        fact(4, "acme", 2, 1, 1, "z"),  fact(5, "other", 1, 1, 1, "q"),
        fact(6, "acme", 3, 4, 4, "aa"), fact(7, "acme", 3, 4, 4, "ab"),
    };

    (void)state;
    fact_reduce(v, 8, p);
    assert_int_equal(place_of(v, p, 8, 0), FACT_OLDER);
    assert_int_equal(place_of(v, p, 8, 1), FACT_WINS);
    assert_int_equal(place_of(v, p, 8, 2),
                     FACT_LATE); /* older, yet behind the winner in the topic */
    assert_int_equal(place_of(v, p, 8, 3), FACT_DUPLICATE);
    assert_int_equal(place_of(v, p, 8, 4), FACT_WINS);
    assert_int_equal(place_of(v, p, 8, 5), FACT_WINS);
    assert_int_equal(place_of(v, p, 8, 6), FACT_OLDER); /* equal versions: the higher hash */
    assert_int_equal(place_of(v, p, 8, 7), FACT_WINS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        arena_case(test_decode),
        arena_case(test_deleted_product_has_no_variants),
        arena_case(test_refused),
        cmocka_unit_test(test_one_winner_per_product),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
