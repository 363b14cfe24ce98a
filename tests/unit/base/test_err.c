/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

/* Breaks if a wrapped error lost its class, its code or the order of its parts. */
static void
wrapping_keeps_class_and_code(void **state)
{
    (void)state;
    struct err e = { 0 };
    assert_int_equal(err_set(&e, ERR_REJECT, "22P02", "bad %s", "number"), ERR_REJECT);
    assert_int_equal(err_wrap(&e, "order %d: ", 42), ERR_REJECT);
    assert_string_equal(e.text, "order 42: bad number");
    assert_string_equal(e.code, "22P02");
}

/* Breaks if the caller may not use an error's own text to build the next one. */
static void
text_may_be_its_own_argument(void **state)
{
    (void)state;
    struct err e = { 0 };
    (void)!err_set(&e, ERR_RETRY, NULL, "inner");
    (void)!err_set(&e, ERR_FATAL, NULL, "outer (%s)", e.text);
    assert_string_equal(e.text, "outer (inner)");
    (void)!err_wrap(&e, "[%s] ", e.text);
    assert_string_equal(e.text, "[outer (inner)] outer (inner)");
}

/* Breaks if a long text were cut without saying so, or ran past its array. */
static void
long_texts_end_in_dots(void **state)
{
    (void)state;
    char longer[ERR_TEXT_SIZE * 2];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';

    struct err e = { 0 };
    (void)!err_set(&e, ERR_REJECT, "a code that is far too long", "%s", longer);
    assert_int_equal(strlen(e.text), ERR_TEXT_SIZE - 1);
    assert_string_equal(e.text + ERR_TEXT_SIZE - 5, "x...");
    assert_int_equal(strlen(e.code), sizeof e.code - 1);

    (void)!err_set(&e, ERR_REJECT, NULL, "short");
    (void)!err_wrap(&e, "%s", longer);
    assert_string_equal(e.text + ERR_TEXT_SIZE - 5, "x...");
    (void)!err_set(&e, ERR_REJECT, NULL, "%.*s", ERR_TEXT_SIZE - 2, longer);
    (void)!err_wrap(&e, "ab");
    assert_memory_equal(e.text, "abxx", 4);
    assert_string_equal(e.text + ERR_TEXT_SIZE - 5, "x...");
}

/* Breaks if a text of exactly the size were marked as cut. */
static void
a_text_that_fits_is_whole(void **state)
{
    (void)state;
    char fits[ERR_TEXT_SIZE];
    memset(fits, 'y', sizeof fits - 1);
    fits[sizeof fits - 1] = '\0';
    struct err e = { 0 };
    (void)!err_set(&e, ERR_REJECT, NULL, "%s", fits);
    assert_string_equal(e.text, fits);
}

static enum err_class
third_fails(int *ran, struct err *e)
{
    TRY((++*ran, ERR_NONE));
    TRY((++*ran, ERR_NONE));
    TRY(err_set(e, ERR_RETRY, NULL, "third"));
    ++*ran;
    return ERR_NONE;
}

/* Breaks if TRY went on after a failure, or swallowed its class. */
static void
try_stops_at_the_first_failure(void **state)
{
    (void)state;
    int ran = 0;
    check_error(third_fails(&ran, &e), ERR_RETRY, "third");
    assert_int_equal(ran, 2);
    assert_string_equal(err_class_name(ERR_RETRY), "retry");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrapping_keeps_class_and_code),
        cmocka_unit_test(text_may_be_its_own_argument),
        cmocka_unit_test(long_texts_end_in_dots),
        cmocka_unit_test(a_text_that_fits_is_whole),
        cmocka_unit_test(try_stops_at_the_first_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
