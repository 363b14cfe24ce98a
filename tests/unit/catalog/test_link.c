/*
 * test_link.c: if this fails, stock silently moves from one variant to another.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "arena_case.h"

#include "link.h"

enum { ITEM_ID = 70 };

static struct link
variant(const char *shop, int64_t id, const char *sku, const struct known *known)
{
    return (struct link){ .shop = str_of(shop),
                          .variant_id = id,
                          .want = link_item(IDENTIFIER_SKU, str_of(shop), id, str_of(sku),
                                            (struct str){ 0 }, mem),
                          .placeholder = link_placeholder(str_of(shop), id, mem),
                          .known = known };
}

static struct known
stored(int64_t id, const char *item)
{
    return (struct known){ .shop = STR("acme"),
                           .variant_id = id,
                           .item_id = ITEM_ID,
                           .item = str_of(item),
                           .linked = true,
                           .live = true,
                           .tracked = true };
}

static void
expect(const struct link *l, enum link_verdict verdict, const char *item, bool changed_sku)
{
    assert_int_equal(l->verdict, verdict);
    assert_memory_equal(l->item.p, item, l->item.n);
    assert_int_equal(l->item.n, strlen(item));
    assert_int_equal(l->changed_sku, changed_sku);
}

static struct str
named(enum identifier by, const char *sku, const char *barcode)
{
    return link_item(by, STR("acme"), 5, str_of(sku), str_of(barcode), mem);
}

static void
test_identifier_policy(void **state)
{
    (void)state;
    assert_true(str_is(named(IDENTIFIER_SKU, " A-1\t", "40"), "sku:A-1"));
    assert_true(str_is(named(IDENTIFIER_SKU, "a-1", NULL), "sku:a-1"));
    assert_true(str_is(named(IDENTIFIER_SKU, "  ", "40"), "variant:acme/5"));
    assert_true(str_is(named(IDENTIFIER_SKU, NULL, "40"), "variant:acme/5"));
    assert_true(str_is(named(IDENTIFIER_BARCODE, "A-1", " 40 "), "barcode:40"));
    assert_true(str_is(named(IDENTIFIER_BARCODE, "A-1", NULL), "variant:acme/5"));
    assert_true(str_is(named(IDENTIFIER_SHOPIFY_ID, "A-1", "40"), "variant:acme/5"));
}

static void
test_new_variants(void **state)
{
    struct link v[] = { variant("acme", 1, "A", NULL), variant("acme", 2, "", NULL) };

    (void)state;
    v[0].want_item_id = ITEM_ID; /* stock or an order came first */
    link_decide(v, 2, mem);
    expect(&v[0], LINK_NEW, "sku:A", false);
    expect(&v[1], LINK_NEW, "variant:acme/2", false);
}

static void
test_linked_variant_keeps_its_item(void **state)
{
    const struct known same = stored(1, "sku:A"), changed = stored(2, "sku:B"),
                       emptied = stored(3, "sku:C");
    struct link v[] = { variant("acme", 1, "A", &same), variant("acme", 2, "B2", &changed),
                        variant("acme", 3, "", &emptied) };

    (void)state;
    v[0].owner = 1;
    link_decide(v, 3, mem);
    expect(&v[0], LINK_KEPT, "sku:A", false);
    expect(&v[1], LINK_KEPT, "sku:B", true);
    expect(&v[2], LINK_KEPT, "sku:C", true);
}

/* Two variants that swap SKUs in one edit keep what they have. */
static void
test_swapped_skus(void **state)
{
    const struct known a = stored(1, "sku:A"), b = stored(2, "sku:B");
    struct link v[] = { variant("acme", 1, "B", &a), variant("acme", 2, "A", &b) };

    (void)state;
    v[0].owner = 2;
    v[1].owner = 1;
    link_decide(v, 2, mem);
    expect(&v[0], LINK_KEPT, "sku:A", true);
    expect(&v[1], LINK_KEPT, "sku:B", true);
}

static void
test_second_variant_of_a_sku_is_quarantined(void **state)
{
    const struct known first = stored(9, "sku:A");
    struct link v[] = { variant("acme", 1, "A", NULL), variant("acme", 9, "A", &first),
                        variant("acme", 2, "B", NULL), variant("acme", 3, "B", NULL),
                        variant("other", 4, "B", NULL) };

    (void)state;
    v[0].owner = v[1].owner = 9;
    link_decide(v, 5, mem);
    expect(&v[0], LINK_QUARANTINED, "variant:acme/1", false);
    assert_int_equal(v[0].owner, 9);
    expect(&v[1], LINK_KEPT, "sku:A", false);
    expect(&v[2], LINK_NEW, "sku:B", false);
    expect(&v[3], LINK_QUARANTINED, "variant:acme/3", false);
    assert_int_equal(v[3].owner, 2);
    expect(&v[4], LINK_NEW, "sku:B", false); /* another shop draws on the same stock */
}

static void
test_quarantine_ends_when_the_owner_is_gone(void **state)
{
    struct known waiting = stored(1, "variant:acme/1");
    struct link v = variant("acme", 1, "A", &waiting);

    (void)state;
    waiting.linked = false;
    v.want_item_id = ITEM_ID + 1;
    link_decide(&v, 1, mem);
    expect(&v, LINK_NEW, "sku:A", false);
}

static void
test_placeholder_gets_its_sku(void **state)
{
    const struct known placeholder = stored(1, "variant:acme/1");
    struct link v = variant("acme", 1, "A", &placeholder);

    (void)state;
    link_decide(&v, 1, mem);
    expect(&v, LINK_RENAMED, "sku:A", false);

    v = variant("acme", 1, "A", &placeholder);
    v.want_item_id = ITEM_ID + 1; /* stock of the SKU came before the product said so */
    link_decide(&v, 1, mem);
    expect(&v, LINK_NEW, "sku:A", false);
}

static void
test_booked_under_both_names(void **state)
{
    struct known placeholder = stored(1, "variant:acme/1");
    struct link v = variant("acme", 1, "A", &placeholder);

    (void)state;
    placeholder.placeholder_has_stock = true;
    link_decide(&v, 1, mem);
    expect(&v, LINK_RENAMED, "sku:A", false); /* nothing under the SKU: all of it follows */

    v = variant("acme", 1, "A", &placeholder);
    v.want_item_id = ITEM_ID + 1;
    link_decide(&v, 1, mem);
    expect(&v, LINK_KEPT, "variant:acme/1", true);
}

/* One name for two placeholders of two shops: the first is renamed, the second moves to it. */
static void
test_two_shops_name_one_item(void **state)
{
    const struct known a = stored(1, "variant:acme/1");
    struct known b = stored(2, "variant:other/2");
    struct link v[] = { variant("acme", 1, "A", &a), variant("other", 2, "A", &b) };

    (void)state;
    b.shop = STR("other");
    link_decide(v, 2, mem);
    expect(&v[0], LINK_RENAMED, "sku:A", false);
    expect(&v[1], LINK_NEW, "sku:A", false);
}

static void
test_deleted_variant_that_comes_back(void **state)
{
    struct known dead = stored(1, "sku:A");
    struct link v = variant("acme", 1, "A", &dead);

    (void)state;
    dead.live = false;
    v.want_item_id = ITEM_ID;
    link_decide(&v, 1, mem);
    expect(&v, LINK_NEW, "sku:A", false);

    v = variant("acme", 1, "A", &dead);
    v.want_item_id = ITEM_ID;
    v.owner = 8; /* meanwhile its SKU was given to another */
    link_decide(&v, 1, mem);
    expect(&v, LINK_QUARANTINED, "variant:acme/1", false);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        arena_case(test_identifier_policy),
        arena_case(test_new_variants),
        arena_case(test_linked_variant_keeps_its_item),
        arena_case(test_swapped_skus),
        arena_case(test_second_variant_of_a_sku_is_quarantined),
        arena_case(test_quarantine_ends_when_the_owner_is_gone),
        arena_case(test_placeholder_gets_its_sku),
        arena_case(test_booked_under_both_names),
        arena_case(test_two_shops_name_one_item),
        arena_case(test_deleted_variant_that_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
