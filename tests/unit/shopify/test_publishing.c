/* What a publisher remembers so that it need not read again.  SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"

#include "base/clock.h"
#include "publishing/known.h"
#include "publishing/worker.h"

enum { LAG_MS = 2000 };

static struct known_entry
entry(int64_t id, int64_t updated_s, int64_t observed_ms)
{
    return (struct known_entry){ id, { { updated_s * US_PER_S }, { observed_ms * US_PER_MS } }, 1 };
}

static enum known_verdict
judge(const struct known *k, int64_t id, int64_t updated_s)
{
    return known_judge(k, id, (struct time_us){ updated_s * US_PER_S }, LAG_MS);
}

/* Breaks if a change in the same second as one already seen could be missed for ever. */
static void
only_a_look_after_the_second_is_conclusive(void **state)
{
    CLEANUP(known_free) struct known *k = known_new();
    const struct known_entry early = entry(7, 100, 100400), late = entry(7, 100, 103000);

    (void)state;
    assert_int_equal(judge(k, 7, 100), KNOWN_NEW);
    known_put(k, &early);
    assert_int_equal(judge(k, 7, 100), KNOWN_AGAIN);
    assert_int_equal(judge(k, 7, 101), KNOWN_NEW);
    assert_int_equal(judge(k, 7, 99), KNOWN_COVERED);
    known_put(k, &late);
    assert_int_equal(judge(k, 7, 100), KNOWN_COVERED);
    known_put(k, &early); /* older news change nothing */
    assert_int_equal(judge(k, 7, 100), KNOWN_COVERED);
}

/* Breaks if entries get lost while the table grows, or memory grows without end. */
static void
memory_is_bounded_and_whole(void **state)
{
    CLEANUP(known_free) struct known *k = known_new();

    (void)state;
    for (int64_t i = 1; i <= 10000; i++) {
        const struct known_entry one = entry(i * 32771, i, i * 1000);
        known_put(k, &one);
    }
    for (int64_t i = 1; i <= 10000; i++)
        assert_non_null(known_find(k, i * 32771));
    assert_null(known_find(k, 5));
    known_forget(k, (struct time_us){ 5001 * US_PER_S });
    assert_int_equal(known_count(k), 5000);
    assert_null(known_find(k, 32771));
    for (int64_t i = 1; i <= KNOWN_MAX * 2; i++) {
        const struct known_entry one = entry(i, 1, 1);
        known_put(k, &one);
    }
    assert_true(known_count(k) <= KNOWN_MAX);
}

/* Breaks if the id of an order is taken for that of a fulfilment order: the hint finds nothing. */
static void
parts_are_hinted_by_their_owner(void **state)
{
    const struct feed whole = { .resource = "Product", .type = "Product" };
    const struct feed parts = { .resource = "FulfillmentOrder", .type = "Order", .parts = true };

    (void)state;
    assert_string_equal(feed_hint_type(&whole), "Product");
    assert_string_equal(feed_hint_type(&parts), "Order");
}

/* Breaks if the watermark passes a change that was older than the read which could not show it. */
static void
what_is_missing_holds_from_the_cursor_on(void **state)
{
    const struct feed_work polled = { .through = { 50 } }, fresh = { .through = { 0 } };

    (void)state;
    assert_int_equal(missing_since(&polled, (struct time_us){ 70 }).v, 50);
    assert_int_equal(missing_since(&polled, (struct time_us){ 40 }).v, 40);
    assert_int_equal(missing_since(&fresh, (struct time_us){ 70 }).v, 70);
}

/* Breaks if the cursor passes a change that the poll left for later, because its second was not over:
 * with a search that hardly lags, nothing would ever read it. */
static void
no_poll_claims_what_it_left_for_later(void **state)
{
    const struct time_us began = { 1000 * US_PER_S };

    (void)state;
    for (int64_t search_ms = 0; search_ms <= 3000; search_ms += 100) {
        const struct shop_conf shop = { .search_lag_ms = search_ms, .replica_lag_ms = LAG_MS };
        const struct time_us until = complete_until(&shop, began);
        const struct version claimed = { until, began };

        assert_true(version_is_conclusive(claimed, LAG_MS));
        assert_true(until.v <= began.v - (search_ms + LAG_MS) * US_PER_MS);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_look_after_the_second_is_conclusive),
        cmocka_unit_test(memory_is_bounded_and_whole),
        cmocka_unit_test(parts_are_hinted_by_their_owner),
        cmocka_unit_test(what_is_missing_holds_from_the_cursor_on),
        cmocka_unit_test(no_poll_claims_what_it_left_for_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
