/* Money as text and back.  SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/decimal.h"

struct pair { const char *text, *canonical; };

/* Breaks if equal amounts gave different facts, or an amount changed on its way. */
static void
amounts_become_canonical(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        { "0", "0.00" },           { "-0", "0.00" },         { "55", "55.00" },
        { "55.0", "55.00" },       { "55.00", "55.00" },     { "1909.9", "1909.90" },
        { "-0.005", "-0.005" },    { "0.1", "0.10" },        { "19.99", "19.99" },
        { "007.50", "7.50" },      { "0.000001", "0.000001" }, { "1.2345670", "1.234567" },
        { "1.50000000000", "1.50" }, { "0.123456000", "0.123456" },
        { "9223372036854.775807", "9223372036854.775807" },
        { "-9223372036854.775808", "-9223372036854.775808" },
    };
    char text[DECIMAL_TEXT_SIZE];
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct decimal d = { 0 };
        check_ok(decimal_parse(str_of(pairs[i].text), &d, &e));
        assert_string_equal(decimal_format(d, text), pairs[i].canonical);
        struct decimal again = { 0 };
        check_ok(decimal_parse(str_of(text), &again, &e));
        assert_true(again.micro == d.micro);
    }
}

/* Breaks if something that is no plain decimal were taken for money. */
static void
other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "-", ".", ".5", "5.", "-.5", "+1", "1e3", "1E3", "1,50", "1 000", " 1", "1 ", "0x10",
        "NaN",
        "inf", "--1", "1.-5", "1.2.3", "1.0000001", "0.1234567", "EUR 5",
        "9223372036854.775808", "-9223372036854.775809", "9223372036855", "99999999999999999999999",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct decimal d = { 77 };
        struct err e = { 0 };
        if (decimal_parse(str_of(texts[i]), &d, &e) != ERR_REJECT)
            fail_msg("taken for a decimal: %s", texts[i]);
        assert_true(d.micro == 77);
    }
}

/* Breaks if the person who sent the amount could not see what is wrong with it. */
static void
errors_say_what_is_wrong(void **state)
{
    (void)state;
    struct decimal d;
    check_error(decimal_parse(STR("1e3"), &d, &e), ERR_REJECT,
                "\"1e3\" is not a decimal number, want digits and a point (19.99)");
    check_error(decimal_parse(STR("0.1234567"), &d, &e), ERR_REJECT,
                "\"0.1234567\" has more than six fraction digits");
    check_error(decimal_parse(STR("99999999999999"), &d, &e), ERR_REJECT,
                "\"99999999999999\" is out of range, want at most 13 digits before the point");
    check_error(decimal_parse((struct str){ NULL, 0 }, &d, &e), ERR_REJECT,
                "\"\" is not a decimal number, want digits and a point (19.99)");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_become_canonical),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(errors_say_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
