/*
 * test_tokens.c: if this fails, strangers book stock, or our own systems cannot.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"

#include "tokens.h"

static const char file[] = "# the warehouse\nwms-secret\n\nerp-secret\r\n";

static void
test_known_tokens(void **state)
{
    (void)state;
    assert_true(token_admits(file, STR("Bearer wms-secret")));
    assert_true(token_admits(file, STR("Bearer erp-secret")));
}

static void
test_everything_else(void **state)
{
    (void)state;
    assert_false(token_admits(file, STR("")));
    assert_false(token_admits(file, (struct str){ 0 }));
    assert_false(token_admits(file, STR("Bearer ")));
    assert_false(token_admits(file, STR("wms-secret")));
    assert_false(token_admits(file, STR("Basic wms-secret")));
    assert_false(token_admits(file, STR("Bearer wms-secre")));
    assert_false(token_admits(file, STR("Bearer wms-secret ")));
    assert_false(token_admits(file, STR("Bearer # the warehouse")));
    assert_false(token_admits(file, STR("Bearer wms-secret\n\nerp-secret")));
    assert_false(token_admits("", STR("Bearer x")));
}

static void
test_open_door(void **state)
{
    (void)state;
    assert_true(token_admits(NULL, (struct str){ 0 }));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_tokens),
        cmocka_unit_test(test_everything_else),
        cmocka_unit_test(test_open_door),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
