/* Ids, keys and versions.  SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "domain/gid.h"
#include "domain/key.h"
#include "domain/version.h"

/* Breaks if an id loses digits, or one type of object passes for another. */
static void
gids_are_exact(void **state)
{
    char text[GID_TEXT_SIZE];
    int64_t id = 0;

    (void)state;
    check_ok(gid_parse(STR("gid://shopify/Order/9223372036854775807"), "Order", &id, &e));
    assert_int_equal(id, INT64_MAX);
    assert_string_equal(gid_format("Order", id, text), "gid://shopify/Order/9223372036854775807");
    check_ok(gid_parse(STR("gid://shopify/InventoryLevel/7?inventory_item_id=8"), "InventoryLevel",
                       &id, &e));
    assert_int_equal(id, 7);
    check_str(gid_type(STR("gid://shopify/LineItem/1")), "LineItem");
    assert_int_equal(gid_id(STR("gid://shopify/LineItem/12")), 12);
    assert_null(gid_type(STR("LineItem/1")).p);
}

static const char *const no_orders[] = {
    "",
    "gid://shopify/Order/",
    "gid://shopify/Order",
    "gid://shopify/Order/0",
    "gid://shopify/Order/-1",
    "gid://shopify/Order/9223372036854775808",
    "gid://shopify/Order/1x",
    "gid://shopify/Product/1",
    "gid://other/Order/1",
    "5123",
    "gid://shopify//1",
};

static void
what_is_no_gid_is_rejected(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(no_orders) / sizeof(no_orders[0]); i++) {
        struct err e = { 0 };
        int64_t id = -1;
        assert_int_equal(gid_parse(str_of(no_orders[i]), "Order", &id, &e), ERR_REJECT);
        assert_int_equal(id, -1);
        assert_non_null(strstr(e.text, "expected gid://shopify/Order/<number>"));
    }
}

/* Breaks if two keys could be confused, or a key of ours cannot be taken apart. */
static void
keys_split_in_one_way(void **state)
{
    CLEANUP_VALUE(buf_fini) struct buf b, back;
    char text[KEY_TEXT_SIZE];
    struct str shop = { 0 };
    int64_t id = 0;

    (void)state;
    assert_string_equal(key_shop_id(STR("acme"), 5123456789, text), "acme/5123456789");
    check_ok(key_split_shop_id(str_of(text), &shop, &id, &e));
    check_str(shop, "acme");
    assert_int_equal(id, 5123456789);
    check_error(key_split_shop_id(STR("acme"), &shop, &id, &e), ERR_REJECT,
                "key \"acme\": expected <shop>/<number>");
    check_error(key_split_shop_id(STR("acme/9223372036854775808"), &shop, &id, &e), ERR_REJECT,
                "key \"acme/9223372036854775808\": expected <shop>/<number>");
    buf_init(&b, 100);
    buf_init(&back, 100);
    key_part_add(&b, STR("sku:A/B 50%"));
    assert_string_equal(buf_cstr(&b), "sku:A%2FB 50%25");
    check_ok(key_part_decode(&back, buf_str(&b), &e));
    assert_string_equal(buf_cstr(&back), "sku:A/B 50%");
    check_error(key_part_decode(&back, STR("50%"), &e), ERR_REJECT,
                "key part \"50%\": '%' without two hexadecimal digits");
    check_error(key_part_decode(&back, STR("%2x"), &e), ERR_REJECT,
                "key part \"%2x\": '%' without two hexadecimal digits");
}

/* Breaks if consumers that see facts in another order end with another fact. */
static void
versions_have_one_winner(void **state)
{
    const struct version old = { { 10 }, { 50 } }, newer = { { 11 }, { 40 } },
                         later = { { 10 }, { 51 } };
    const struct str a = STR("aa"), b = STR("bb");
    char text[VERSION_TEXT_SIZE];

    (void)state;
    assert_true(version_cmp(newer, old) > 0);
    assert_true(version_cmp(later, old) > 0);
    assert_true(version_cmp(later, newer) < 0);
    assert_int_equal(version_cmp(old, old), 0);
    assert_int_equal(version_judge((struct version){ { 0 }, { 0 } }, a, old, b), VERSION_NEWER);
    assert_int_equal(version_judge(old, a, later, a), VERSION_NEWER);
    assert_int_equal(version_judge(later, a, old, b), VERSION_STALE);
    assert_int_equal(version_judge(old, a, old, a), VERSION_DUPLICATE);
    assert_int_equal(version_judge(old, a, old, b), VERSION_RIVAL);
    assert_int_equal(version_judge(old, b, old, a), VERSION_STALE);
    assert_string_equal(version_format(old, text),
                        "1970-01-01T00:00:00.000010Z/1970-01-01T00:00:00.000050Z");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gids_are_exact),
        cmocka_unit_test(what_is_no_gid_is_rejected),
        cmocka_unit_test(keys_split_in_one_way),
        cmocka_unit_test(versions_have_one_winner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
