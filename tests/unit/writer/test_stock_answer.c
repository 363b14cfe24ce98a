/*
 * test_stock_answer.c: what an answer to a stock write means.  If it fails, a write that was refused
 * counts as done (the book is wrong from then on), or one bad row holds up two hundred good ones.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "check.h"

#include "stock_answer.h"

static const char body[] =
    "{\"query\":\"..\",\"variables\":{\"idempotencyKey\":\"k\",\"input\":{\"quantities\":["
    "{\"inventoryItemId\":\"gid://shopify/InventoryItem/11\",\"quantity\":1},"
    "{\"inventoryItemId\":\"gid://shopify/InventoryItem/22\",\"quantity\":2},"
    "{\"inventoryItemId\":\"gid://shopify/InventoryItem/33\",\"quantity\":3}]}}}";

#define STALE(i) \
    "{\"field\":[\"input\",\"quantities\",\"" #i "\",\"changeFromQuantity\"],\"message\":\"m\"," \
    "\"code\":\"CHANGE_FROM_QUANTITY_STALE\"}"
#define UNKNOWN_ITEM(i) \
    "{\"field\":[\"input\",\"quantities\",\"" #i "\",\"inventoryItemId\"],\"message\":\"not found\"," \
    "\"code\":\"INVALID_INVENTORY_ITEM\"}"
#define ANSWER(errors) "{\"inventorySetQuantities\":{\"userErrors\":[" errors "]}}"

struct fixture { struct arena *mem; struct json_doc *doc; struct stock_verdict v; };

static void
ask(struct fixture *f, const char *data)
{
    struct err e = { 0 };

    f->mem = arena_new();
    assert_int_equal(json_parse(&f->doc, str_of(data), &e), ERR_NONE);
    assert_int_equal(stock_answer_read(json_root(f->doc), str_of(body), f->mem, &f->v, &e),
                     ERR_NONE);
}

static void
fixture_fini(struct fixture *f)
{
    json_free(f->doc);
    arena_free(f->mem);
}

static void
no_user_error_means_done_even_when_nothing_moved(void **state)
{
    CLEANUP_VALUE(fixture_fini) struct fixture f = { 0 };

    (void)state;
    ask(&f, ANSWER(""));
    assert_int_equal(f.v.meaning, STOCK_DONE);
    assert_int_equal(f.v.n_rows, 3);
}

static void
no_payload_means_that_nobody_knows(void **state)
{
    const char *const data[] = { "{\"inventorySetQuantities\":null}", "{}" };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        CLEANUP_VALUE(fixture_fini) struct fixture f = { 0 };
        ask(&f, data[i]);
        assert_int_equal(f.v.meaning, STOCK_UNKNOWN);
    }
}

static void
rows_are_named_by_their_place_and_each_once(void **state)
{
    CLEANUP_VALUE(fixture_fini) struct fixture f = { 0 };

    (void)state;
    ask(&f, ANSWER(STALE(0) "," UNKNOWN_ITEM(2) "," UNKNOWN_ITEM(2) "," STALE(2)));
    assert_int_equal(f.v.meaning, STOCK_NOT_DONE);
    assert_int_equal(f.v.n_stale, 1);
    assert_int_equal(f.v.stale[0], 11);
    assert_int_equal(f.v.n_refused, 1);
    assert_int_equal(f.v.refused[0], 33);
    assert_true(str_is(f.v.reasons[0], "INVALID_INVENTORY_ITEM: not found"));
}

static void
an_error_that_names_no_row_is_everybodys(void **state)
{
    CLEANUP_VALUE(fixture_fini) struct fixture f = { 0 };

    (void)state;
    ask(&f, ANSWER("{\"field\":[\"input\",\"reason\"],\"message\":\"bad\",\"code\":\"INVALID_REASON\"}"));
    assert_int_equal(f.v.n_refused, 3);
    assert_int_equal(f.v.n_stale, 0);
}

static void
a_place_beyond_the_rows_is_not_believed(void **state)
{
    CLEANUP_VALUE(fixture_fini) struct fixture f = { 0 };

    (void)state;
    ask(&f, ANSWER(UNKNOWN_ITEM(3)));
    assert_int_equal(f.v.n_refused, 3);
}

static void
errors_about_the_key_say_what_to_do_with_it(void **state)
{
    static const struct { const char *code; enum stock_meaning meaning; } cases[] = {
        { "IDEMPOTENCY_CONCURRENT_REQUEST", STOCK_IN_WORK },
        { "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", STOCK_NEW_KEY },
        { "IDEMPOTENCY_KEY_PARAMETER_MISMATCH", STOCK_WRONG_KEY },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP_VALUE(fixture_fini) struct fixture f = { 0 };
        char data[256];
        (void)snprintf(data, sizeof data, ANSWER("{\"field\":null,\"message\":\"m\",\"code\":\"%s\"}"),
                       cases[i].code);
        ask(&f, data);
        assert_int_equal(f.v.meaning, cases[i].meaning);
        assert_int_equal(f.v.n_refused + f.v.n_stale, 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_user_error_means_done_even_when_nothing_moved),
        cmocka_unit_test(no_payload_means_that_nobody_knows),
        cmocka_unit_test(rows_are_named_by_their_place_and_each_once),
        cmocka_unit_test(an_error_that_names_no_row_is_everybodys),
        cmocka_unit_test(a_place_beyond_the_rows_is_not_believed),
        cmocka_unit_test(errors_about_the_key_say_what_to_do_with_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
