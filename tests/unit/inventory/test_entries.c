/*
 * test_entries.c: if this fails, a bad stock record takes its neighbours along, or a count from the
 * future wins for ever.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"

#include "entries.h"

#define PRODUCED INT64_C(1795521600000000) /* 2026-11-24T12:00:00Z */
#define RECORD(as_of, quantity)                                                           \
    "{\"as_of\":\"" as_of "\",\"event_id\":\"1\",\"facility\":\"WH\",\"item\":\"sku:A\"," \
    "\"kind\":\"count\",\"quantity\":" quantity ",\"reason\":null,\"source\":\"wms\"}"

static struct arena *mem;
static struct entries all;
static struct err e;

static int
setup(void **state)
{
    (void)state;
    mem = arena_new();
    all = entries_new(mem, 4);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    arena_free(mem);
    return 0;
}

static enum err_class
add(size_t record, const char *text)
{
    return entries_add(&all, record, str_of(text), (struct time_us){ PRODUCED }, mem, &e);
}

static void
test_good_ones_around_a_bad_one(void **state)
{
    (void)state;
    assert_int_equal(add(3, RECORD("2026-11-24T11:00:00Z", "5")), ERR_NONE);
    assert_int_equal(add(4, "{"), ERR_REJECT);
    assert_int_equal(add(5, RECORD("2026-11-24T11:00:00Z", "\"5\"")), ERR_REJECT);
    assert_string_equal(e.text, "movement.quantity: expected integer");
    assert_int_equal(add(6, RECORD("2026-11-24T11:00:00.5Z", "6")), ERR_NONE);
    assert_int_equal(all.n, 2);
    assert_int_equal(all.record[1], 6);
    assert_int_equal(all.quantities[1], 6);
    assert_int_equal(all.as_of[1].v, PRODUCED - 3599500000);
    assert_true(str_is(all.items[0], "sku:A"));
    assert_true(str_is(all.kinds[0], "count"));
}

static void
test_from_the_future(void **state)
{
    (void)state;
    assert_int_equal(add(0, RECORD("2026-11-25T12:00:00Z", "1")), ERR_NONE);
    assert_int_equal(add(1, RECORD("2026-11-25T12:00:00.000001Z", "1")), ERR_REJECT);
    assert_string_equal(e.text, "as_of: more than a day after the record itself was produced");
}

static void
test_tombstone(void **state)
{
    (void)state;
    assert_int_equal(add(0, NULL), ERR_REJECT);
    assert_int_equal(all.n, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_good_ones_around_a_bad_one, setup, teardown),
        cmocka_unit_test_setup_teardown(test_from_the_future, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tombstone, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
