/*
 * test_rules.c: what every decision of the router must be, on thousands of random orders.
 *
 * If one of these breaks, stock is promised twice, or two parcels leave where one would do.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"

#include <string.h>

#include "rules.h"

enum { LINES = 5, ITEMS = 4, FACILITIES = 4, CASES = 20000 };

/* A small generator of our own: the same cases on every machine. */
static uint64_t seed;

static size_t
any(size_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(seed >> 33) % below;
}

struct scene {
    struct route_line lines[LINES];
    int64_t before[ITEMS * FACILITIES], usable[ITEMS * FACILITIES], wanted[LINES];
    size_t facilities[FACILITIES];
    struct route_part parts[LINES * FACILITIES];
    struct supply supply;
    struct route route;
};

static void
set_up(struct scene *s)
{
    s->supply = (struct supply){ ITEMS, FACILITIES, s->usable };
    s->route = (struct route){ .lines = s->lines,
                               .facilities = s->facilities,
                               .supply = &s->supply,
                               .parts = s->parts };
}

static void
make(struct scene *s)
{
    memset(s, 0, sizeof *s);
    set_up(s);
    s->route.n_lines = any(LINES + 1);
    s->route.n_facilities = any(FACILITIES + 1);
    for (size_t i = 0; i < ITEMS * FACILITIES; i++)
        s->before[i] = s->usable[i] = (int64_t)(any(3) ? any(6) : 0);
    for (size_t i = 0; i < s->route.n_lines; i++) {
        s->wanted[i] = s->lines[i].wanted = (int64_t)any(5);
        s->lines[i].item = any(ITEMS);
    }
    for (size_t i = 0; i < FACILITIES; i++)
        s->facilities[i] = i;
    for (size_t i = FACILITIES - 1; i > 0; i--) {
        const size_t j = any(i + 1), kept = s->facilities[i];
        s->facilities[i] = s->facilities[j];
        s->facilities[j] = kept;
    }
}

static int64_t
stock_before(const struct scene *s, size_t item, size_t facility)
{
    return s->before[item * FACILITIES + facility];
}

/* Units of a line, over all its parts. */
static int64_t
placed(const struct scene *s, size_t line)
{
    int64_t units = 0;

    for (size_t i = 0; i < s->route.n_parts; i++)
        if (s->parts[i].line == line)
            units += s->parts[i].units;
    return units;
}

/* The first facility of the preference that could ship everything; n_facilities if none can. */
static size_t
first_that_has_all(const struct scene *s)
{
    for (size_t k = 0; k < s->route.n_facilities; k++) {
        bool all = true;
        for (size_t item = 0; item < ITEMS; item++) {
            int64_t units = 0;
            for (size_t i = 0; i < s->route.n_lines; i++)
                units += s->lines[i].item == item ? s->wanted[i] : 0;
            all = all && units <= stock_before(s, item, s->facilities[k]);
        }
        if (all)
            return k;
    }
    return s->route.n_facilities;
}

/* Nothing is taken that is not there, and the shared table says what is left. */
static void
check_supply(const struct scene *s)
{
    int64_t taken[ITEMS * FACILITIES] = { 0 };

    for (size_t i = 0; i < s->route.n_parts; i++) {
        const struct route_part *p = &s->parts[i];
        assert_true(p->units > 0);
        assert_true(p->line < s->route.n_lines);
        taken[s->lines[p->line].item * FACILITIES + p->facility] += p->units;
    }
    for (size_t i = 0; i < ITEMS * FACILITIES; i++) {
        assert_true(taken[i] <= s->before[i]);
        assert_int_equal(s->usable[i], s->before[i] - taken[i]);
    }
}

/* Never more than wanted; and less only where no facility has any left. */
static void
check_lines(const struct scene *s)
{
    for (size_t i = 0; i < s->route.n_lines; i++) {
        assert_int_equal(s->lines[i].wanted, s->wanted[i] - placed(s, i));
        assert_true(s->lines[i].wanted >= 0);
        for (size_t k = 0; s->lines[i].wanted > 0 && k < s->route.n_facilities; k++)
            assert_int_equal(s->usable[s->lines[i].item * FACILITIES + s->facilities[k]], 0);
    }
}

static void
check_outcome(const struct scene *s, enum route_outcome outcome)
{
    int64_t wanted = 0, left = 0;

    for (size_t i = 0; i < s->route.n_lines; i++) {
        wanted += s->wanted[i];
        left += s->lines[i].wanted;
    }
    if (wanted == 0)
        assert_int_equal(outcome, ROUTE_NOTHING);
    else if (left == wanted)
        assert_int_equal(outcome, ROUTE_NONE);
    else if (left > 0)
        assert_int_equal(outcome, ROUTE_PARTIAL);
    else
        assert_true(outcome == ROUTE_WHOLE || outcome == ROUTE_SPLIT);
    const size_t k = first_that_has_all(s);
    assert_int_equal(outcome == ROUTE_WHOLE, wanted > 0 && k < s->route.n_facilities);
    for (size_t i = 0; outcome == ROUTE_WHOLE && i < s->route.n_parts; i++)
        assert_int_equal(s->parts[i].facility, s->facilities[k]);
}

static void
every_decision_is_covered_and_as_whole_as_can_be(void **state)
{
    (void)state;
    seed = 1;
    for (int n = 0; n < CASES; n++) {
        struct scene s;
        make(&s);
        const enum route_outcome outcome = route_decide(&s.route);
        check_supply(&s);
        check_lines(&s);
        check_outcome(&s, outcome);
    }
}

static void
the_same_order_and_stock_give_the_same_parts(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 500; n++) {
        struct scene a, b;
        seed = n;
        make(&a);
        seed = n;
        make(&b);
        assert_int_equal(route_decide(&a.route), route_decide(&b.route));
        assert_int_equal(a.route.n_parts, b.route.n_parts);
        for (size_t i = 0; i < a.route.n_parts; i++) {
            assert_int_equal(a.parts[i].line, b.parts[i].line);
            assert_int_equal(a.parts[i].facility, b.parts[i].facility);
            assert_int_equal(a.parts[i].units, b.parts[i].units);
        }
    }
}

/* Orders of one turn share the table: the second must see what the first has taken. */
static void
two_orders_never_get_the_same_unit(void **state)
{
    struct scene s = { 0 };
    (void)state;

    set_up(&s);
    s.usable[0] = 3;
    s.route.n_lines = s.route.n_facilities = 1;
    s.lines[0].wanted = 2;
    assert_int_equal(route_decide(&s.route), ROUTE_WHOLE);
    s.lines[0].wanted = 2;
    assert_int_equal(route_decide(&s.route), ROUTE_PARTIAL);
    assert_int_equal(s.parts[0].units, 1);
    s.lines[0].wanted = 2;
    assert_int_equal(route_decide(&s.route), ROUTE_NONE);
}

/* 12 = 10 + 2: what one building lacks comes from the next one. */
static void
an_order_that_no_facility_has_whole_is_split_by_preference(void **state)
{
    struct scene s = { 0 };
    (void)state;

    set_up(&s);
    s.usable[0] = 10;
    s.usable[1] = 3;
    s.facilities[1] = 1;
    s.route.n_lines = 1;
    s.route.n_facilities = 2;
    s.lines[0].wanted = 12;
    assert_int_equal(route_decide(&s.route), ROUTE_SPLIT);
    assert_int_equal(s.route.n_parts, 2);
    assert_int_equal(s.parts[0].units, 10);
    assert_int_equal(s.parts[1].units, 2);
    assert_string_equal(route_outcome_name(ROUTE_SPLIT), "split");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_decision_is_covered_and_as_whole_as_can_be),
        cmocka_unit_test(the_same_order_and_stock_give_the_same_parts),
        cmocka_unit_test(two_orders_never_get_the_same_unit),
        cmocka_unit_test(an_order_that_no_facility_has_whole_is_split_by_preference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
