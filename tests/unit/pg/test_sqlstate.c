/* A wrong class either repeats a poison record for ever or throws a good one away.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "pg/sqlstate.h"

static void
transient_errors_are_tried_again(void **state)
{
    static const char *const codes[] = { "08006", "40001", "40P01", "55P03", "57014", "57P01",
                                         "57P03", "53100", "53300", "25P03", "25006", "MR001" };
    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (pg_sqlstate_class(codes[i]) != ERR_RETRY)
            fail_msg("%s must be RETRY", codes[i]);
}

static void
refused_data_is_rejected(void **state)
{
    static const char *const codes[] = { "22P02", "22003", "22021", "23505", "23503", "23514", "54000" };
    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (pg_sqlstate_class(codes[i]) != ERR_REJECT)
            fail_msg("%s must be REJECT", codes[i]);
}

static void
our_own_mistakes_end_the_process(void **state)
{
    static const char *const codes[] = { "42P01", "42703", "42601", "42501", "21000", "25P02", "XX000", "P0001" };
    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (pg_sqlstate_class(codes[i]) != ERR_FATAL)
            fail_msg("%s must be FATAL", codes[i]);
}

static void
a_lost_connection_has_no_code_and_is_tried_again(void **state)
{
    (void)state;
    assert_int_equal(pg_sqlstate_class(NULL), ERR_RETRY);
    assert_int_equal(pg_sqlstate_class(""), ERR_RETRY);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transient_errors_are_tried_again),
        cmocka_unit_test(refused_data_is_rejected),
        cmocka_unit_test(our_own_mistakes_end_the_process),
        cmocka_unit_test(a_lost_connection_has_no_code_and_is_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
