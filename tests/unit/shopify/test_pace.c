/* The bucket, the clock, and numbers with fractions.  SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/clock.h"
#include "shopify/number.h"
#include "shopify/pace.h"
#include "shopify/shop_clock.h"

/* Breaks if a class eats what is kept for a more urgent one, or waits longer than the bucket needs.
 */
static void
each_class_keeps_its_floor(void **state)
{
    struct pace p = { 0 };

    (void)state;
    assert_int_equal(pace_wait_ms(&p, PACE_BACKFILL, 500, 0), 0); /* nothing is known yet */
    pace_learn(&p, 2000, 1000, 100, 0);
    assert_int_equal(pace_wait_ms(&p, PACE_FULFILLMENT, 1000, 0), 0);
    assert_int_equal(pace_wait_ms(&p, PACE_FULFILLMENT, 1010, 0), 100);
    assert_int_equal(pace_wait_ms(&p, PACE_CANCELLATION, 800, 0), 0);
    assert_int_equal(pace_wait_ms(&p, PACE_ATP, 601, 0), 10);
    assert_int_equal(pace_wait_ms(&p, PACE_POLLING, 13, 0), 130);
    assert_int_equal(pace_wait_ms(&p, PACE_POLLING, 13, 130), 0);
    assert_int_equal(pace_wait_ms(&p, PACE_BACKFILL, 10, 0), 4100);
    assert_int_equal(pace_available(&p, 60000), 2000);
    /* A full bucket is enough for everything. */
    assert_int_equal(pace_wait_ms(&p, PACE_BACKFILL, 1000, 60000), 0);
}

/* Breaks if a read could be stamped younger than it is: a slow, stale read would win for ever. */
static void
the_offset_is_a_lower_bound(void **state)
{
    struct shop_clock c = { 0 };
    const int64_t s = US_PER_S;

    (void)state;
    assert_int_equal(shop_clock_at(&c, (struct time_us){ 5 * s }).v, 5 * s);
    /* Shopify is 10.4 s ahead; its header is cut to seconds. Asked at 100.0, received at 100.2. */
    shop_clock_learn(&c, (struct time_us){ 100 * s }, (struct time_us){ 100 * s + 200000 },
                     (struct time_us){ 110 * s });
    assert_int_equal(c.offset_us, 9800000);
    shop_clock_learn(&c, (struct time_us){ 100 * s + 550000 }, (struct time_us){ 100 * s + 650000 },
                     (struct time_us){ 111 * s });
    assert_int_equal(c.offset_us, 10350000);
    /* A worse answer teaches nothing. */
    shop_clock_learn(&c, (struct time_us){ 101 * s }, (struct time_us){ 103 * s },
                     (struct time_us){ 111 * s });
    assert_int_equal(c.offset_us, 10350000);
    /* Somebody set a clock back: what was known is impossible now. */
    shop_clock_learn(&c, (struct time_us){ 200 * s }, (struct time_us){ 200 * s },
                     (struct time_us){ 205 * s });
    assert_int_equal(c.offset_us, 5 * s);
    /* No header, no lesson. */
    shop_clock_learn(&c, (struct time_us){ 1 }, (struct time_us){ 2 }, (struct time_us){ 0 });
    assert_int_equal(c.offset_us, 5 * s);
}

struct number { const char *text; int64_t floor; int64_t micro; };
static const struct number numbers[] = {
    { "[2000]", 2000, 2000000000 },     { "[1999.5]", 1999, 1999500000 },
    { "[0.1]", 0, 100000 },             { "[-1.5]", -2, -1500000 },
    { "[1e3]", 1000, 1000000000 },      { "[2.5e-2]", 0, 25000 },
    { "[0.123456789]", 0, 123456 },     { "[\"7\"]", -7, 0 },
    { "[null]", -7, 0 },                { "[{}]", -7, 0 },
};

/* Breaks if costs or weights with a fraction are misread; no floating point is used. */
static void
numbers_are_read_as_decimals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        CLEANUP(json_free) struct json_doc *doc = NULL;
        struct decimal d = { 0 };
        check_ok(json_parse(&doc, str_of(numbers[i].text), &e));
        const struct json_value *v = json_at(json_root(doc), 0);
        assert_int_equal(number_floor(v, -7), numbers[i].floor);
        if (number_decimal(v, &d))
            assert_int_equal(d.micro, numbers[i].micro);
        else
            assert_int_equal(numbers[i].floor, -7);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_class_keeps_its_floor),
        cmocka_unit_test(the_offset_is_a_lower_bound),
        cmocka_unit_test(numbers_are_read_as_decimals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
