/* A misread declaration makes topics that nobody asked for.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "topics.h"

static struct topics topics;

static void
defaults_apply_and_are_overridden(void **state)
{
    (void)state;
    check_ok(topics_declared("# comment\n[default]\npartitions = 4\ncleanup.policy = delete\n\n"
                             "[orders]\ncleanup.policy = compact\n[settings]\npartitions=1\nretention.ms = 5\n",
                             "x-", &topics, &e));
    assert_int_equal(topics.n, 2);
    assert_string_equal(topics.v[0].name, "x-orders");
    assert_int_equal(topics.v[0].partitions, 4);
    assert_int_equal(topics.v[0].n_configs, 1);
    assert_string_equal(topics.v[0].configs[0].value, "compact");
    assert_int_equal(topics.v[1].partitions, 1);
    assert_int_equal(topics.v[1].n_configs, 2);
    assert_string_equal(topics.v[1].configs[1].key, "retention.ms");
}

static void
mistakes_are_named_with_their_line(void **state)
{
    (void)state;
    check_error(topics_declared("partitions = 4\n", "", &topics, &e), ERR_FATAL,
                "schemas/topics: line 1: a key before the first [section]");
    check_error(topics_declared("[a]\npartitions = four\n", "", &topics, &e), ERR_FATAL,
                "schemas/topics: line 2: expected a number from 1 to 10000, not four");
    check_error(topics_declared("[a]\n\nnonsense\n", "", &topics, &e), ERR_FATAL,
                "schemas/topics: line 3: expected [topic] or key = value");
    check_error(topics_declared("[a]\n[b]\n[a]\n", "", &topics, &e), ERR_FATAL,
                "schemas/topics: line 3: [a] stands there twice");
    check_error(topics_declared("[a]\nkey =\n", "", &topics, &e), ERR_FATAL,
                "schemas/topics: line 2: key and value must have 1 to 63 characters");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_apply_and_are_overridden),
        cmocka_unit_test(mistakes_are_named_with_their_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
