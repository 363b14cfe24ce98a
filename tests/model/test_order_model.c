/*
 * test_order_model.c: no order of arrival changes the end of a history, and one wrong rule would.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/check.h"

#include "broken.h"
#include "shuffle.h"

enum { HISTORIES = 20000, SEED = 7 };

static void
test_no_history_depends_on_arrival(void **state)
{
    struct shuffle_figures f;

    (void)state;
    shuffle_all(&f, &model_rules, SEED, HISTORIES);
    assert_int_equal(f.histories, HISTORIES);
    assert_true(f.records > HISTORIES * 3);
    assert_true(f.arrivals > HISTORIES * 10);
    if (f.dependent > 0)
        fail_msg("%llu histories depend on the order of arrival, the first is number %llu",
                 (unsigned long long)f.dependent, (unsigned long long)f.first);
}

/* Else the test above would prove nothing. */
static void
test_each_broken_rule_is_seen(void **state)
{
    struct shuffle_figures f;

    (void)state;
    for (size_t i = 0; i < n_broken_rules; i++) {
        shuffle_all(&f, &broken_rules[i].rules, SEED, HISTORIES / 10);
        if (f.dependent == 0)
            fail_msg("not seen: %s", broken_rules[i].mistake);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_history_depends_on_arrival),
        cmocka_unit_test(test_each_broken_rule_is_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
