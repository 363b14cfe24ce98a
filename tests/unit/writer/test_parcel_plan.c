/*
 * test_parcel_plan.c: which lines of which fulfilment orders a parcel fulfils.  If it fails, wrong
 * units are told as shipped, or a call mixes locations and Shopify refuses it for ever.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"
#include "parcel_plan.h"

static struct work_line one[] = { { 101, 1, 3 } };
static struct work_line two[] = { { 201, 1, 2 }, { 202, 2, 5 } };
static struct work_line left[] = { { 301, 1, 0 }, { 302, 2, 1 } };

static struct work
work(int64_t id, int64_t location, bool open, bool can_create, struct work_line *lines, size_t n)
{
    return (struct work){ id, location, open, can_create, lines, n };
}

static int
setup(void **state)
{
    *state = arena_new();
    return 0;
}

static int
teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static void
units_come_from_several_fulfilment_orders_of_one_location(void **state)
{
    const struct work works[] = { work(20, 7, true, true, two, 2), work(10, 7, true, true, one, 1) };
    const struct line_units needs[] = { { 1, 4 }, { 2, 1 } };
    const struct plan p = plan_parcel(needs, 2, works, 2, *state);

    assert_int_equal(p.kind, PLAN_SEND);
    assert_int_equal(p.location, 7);
    assert_int_equal(p.missing, 0);
    assert_int_equal(p.n, 3);
    /* by fulfilment order: 10 gives three of line 1, 20 the fourth and line 2 */
    assert_int_equal(p.picks[0].work, 10);
    assert_int_equal(p.picks[0].units, 3);
    assert_int_equal(p.picks[1].work_line, 201);
    assert_int_equal(p.picks[1].units, 1);
    assert_int_equal(p.picks[2].work_line, 202);
}

static void
the_location_that_covers_most_goes_first_and_the_split_is_always_the_same(void **state)
{
    const struct work works[] = { work(1, 9, true, true, one, 1), work(2, 8, true, true, two, 2) };
    const struct work turned[] = { works[1], works[0] };
    const struct line_units most[] = { { 1, 3 }, { 2, 5 } }, equal[] = { { 1, 2 } };

    assert_int_equal(plan_parcel(most, 2, works, 2, *state).location, 8);
    assert_int_equal(plan_parcel(equal, 1, works, 2, *state).location, 8);
    assert_int_equal(plan_parcel(equal, 1, turned, 2, *state).location, 8);
    const struct plan p = plan_parcel(most, 2, works, 2, *state);
    assert_int_equal(p.missing, 0); /* the rest is at 9: another call */
    for (size_t i = 0; i < p.n; i++)
        assert_int_equal(p.picks[i].work, 2);
}

static void
nothing_to_fulfil_has_three_different_reasons(void **state)
{
    const struct line_units needs[] = { { 1, 1 } };
    const struct work held[] = { work(1, 7, true, false, one, 1) };
    const struct work closed[] = { work(1, 7, false, true, one, 1), work(3, 7, true, true, left, 2) };

    assert_int_equal(plan_parcel(needs, 1, NULL, 0, *state).kind, PLAN_NOT_YET);
    assert_int_equal(plan_parcel(needs, 1, held, 1, *state).kind, PLAN_HELD);
    const struct plan gone = plan_parcel(needs, 1, closed, 2, *state);
    assert_int_equal(gone.kind, PLAN_GONE);
    assert_int_equal(gone.missing, 1);
}

static void
what_is_left_of_a_parcel_is_planned_and_the_missing_counted(void **state)
{
    const struct line_units needs[] = { { 1, 5 }, { 2, 1 } };
    const struct work works[] = { work(1, 7, true, true, one, 1), work(3, 7, true, true, left, 2) };
    const struct plan p = plan_parcel(needs, 2, works, 2, *state);

    assert_int_equal(p.kind, PLAN_SEND);
    assert_int_equal(p.missing, 2);
    assert_int_equal(p.n, 2);
}

static void
units_on_hold_are_not_missing(void **state)
{
    const struct line_units needs[] = { { 1, 5 } };
    const struct work works[] = { work(1, 7, true, true, one, 1), work(2, 7, true, false, two, 2) };
    const struct plan p = plan_parcel(needs, 1, works, 2, *state);

    assert_int_equal(p.kind, PLAN_SEND);
    assert_int_equal(p.missing, 0);
    assert_int_equal(p.n, 1);
    assert_int_equal(p.picks[0].units, 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(units_come_from_several_fulfilment_orders_of_one_location,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            the_location_that_covers_most_goes_first_and_the_split_is_always_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_to_fulfil_has_three_different_reasons, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_left_of_a_parcel_is_planned_and_the_missing_counted,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(units_on_hold_are_not_missing, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
