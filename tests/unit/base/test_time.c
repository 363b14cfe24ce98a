/* Times as text.  SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/clock.h"

struct pair { const char *text, *utc; };

/* Breaks if a time were read wrongly: offsets, fractions, leap days, leap seconds, both ends. */
static void
valid_times_are_read(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        { "1970-01-01T00:00:01Z", "1970-01-01T00:00:01.000000Z" },
        { "2026-11-24T11:00:00Z", "2026-11-24T11:00:00.000000Z" },
        { "2026-11-24t11:00:00z", "2026-11-24T11:00:00.000000Z" },
        { "2026-11-24T06:00:00-05:00", "2026-11-24T11:00:00.000000Z" },
        { "2026-11-24T16:45:00+05:45", "2026-11-24T11:00:00.000000Z" },
        { "2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00.000000Z" },
        { "2026-11-24T11:00:00.5Z", "2026-11-24T11:00:00.500000Z" },
        { "2026-11-24T11:00:00.123456789Z", "2026-11-24T11:00:00.123456Z" },
        { "2026-11-24T11:00:00.999999999-00:00", "2026-11-24T11:00:00.999999Z" },
        { "2024-02-29T12:00:00Z", "2024-02-29T12:00:00.000000Z" },
        { "2000-02-29T12:00:00Z", "2000-02-29T12:00:00.000000Z" },
        { "2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z" },
        { "2016-12-31T18:59:60.5-05:00", "2017-01-01T00:00:00.500000Z" },
        { "1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z" },
        { "0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000000Z" },
        { "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z" },
    };
    char text[TIME_TEXT_SIZE];
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct time_us t = { 0 };
        check_ok(time_parse(str_of(pairs[i].text), &t, &e));
        assert_string_equal(time_format(t, text), pairs[i].utc);
    }
}

/* Breaks if something that is no time were taken for one. */
static void
invalid_times_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "2026", "2026-11-24", "2026-11-24T11:00", "2026-11-24T11:00:00", "now",
        "2026-11-24 11:00:00Z", "2026-11-24T11:00:00+0100", "2026-11-24T11:00:00+01",
        "2026-11-24T11:00:00Z ", " 2026-11-24T11:00:00Z", "2026-11-24T11:00:00ZZ",
        "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-11-31T00:00:00Z",
        "2026-11-00T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
        "2026-11-24T24:00:00Z", "2026-11-24T11:60:00Z", "2026-11-24T11:00:61Z",
        "2026-11-24T11:00:60Z", "2026-11-24T23:59:60+01:00", "2026-11-24T11:00:00.Z",
        "2026-11-24T11:00:00.1234567890Z", "2026-11-24T11:00:00,5Z", "2026-11-24T11:00:00+24:00",
        "2026-11-24T11:00:00+01:60", "+026-11-24T11:00:00Z", "20x6-11-24T11:00:00Z",
        "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "12026-11-24T11:00:00Z",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct time_us t = { 77 };
        struct err e = { 0 };
        if (time_parse(str_of(texts[i]), &t, &e) != ERR_REJECT)
            fail_msg("taken for a time: %s", texts[i]);
        assert_int_equal(t.v, 77);
    }
    struct time_us t;
    check_error(time_parse((struct str){ NULL, 0 }, &t, &e), ERR_REJECT,
                "\"\" is not an RFC 3339 time, want 2026-11-24T11:00:00Z");
    check_error(time_parse(STR("2026-11-24T11:00:00 and a very long text that follows"), &t, &e),
                ERR_REJECT,
                "\"2026-11-24T11:00:00 and a very long text\" is not an RFC 3339 time, "
                "want 2026-11-24T11:00:00Z");
}

/* Breaks if a NUL byte ended a time early, so that what follows it went unseen. */
static void
a_nul_byte_is_no_end(void **state)
{
    (void)state;
    struct time_us t;
    struct err e = { 0 };
    assert_int_equal(time_parse(STR("2026-11-24T11:00:00Z\0"), &t, &e), ERR_REJECT);
    assert_int_equal(time_parse(STR("2026-11-24\0T11:00:00Z"), &t, &e), ERR_REJECT);
}

/* Breaks if the calendar drifted: every day of 800 years goes to text and back. */
static void
every_day_survives_the_round_trip(void **state)
{
    (void)state;
    char text[TIME_TEXT_SIZE];
    const int64_t day = 86400 * US_PER_S;
    for (int64_t v = -146097 * day; v < 146097 * day; v += day) {
        struct time_us back = { 1 };
        const struct time_us t = { v + 86399999999 };
        check_ok(time_parse(str_of(time_format(t, text)), &back, &e));
        assert_true(back.v == t.v);
    }
}

/* Breaks if a value far outside the calendar overran the text. */
static void
the_ends_of_int64_fit_the_text(void **state)
{
    (void)state;
    char text[TIME_TEXT_SIZE];
    assert_string_equal(time_format((struct time_us){ INT64_MAX }, text),
                        "294247-01-10T04:00:54.775807Z");
    assert_true(strlen(time_format((struct time_us){ INT64_MIN }, text)) < TIME_TEXT_SIZE);
    assert_string_equal(time_format_s((struct time_us){ -1 }, text), "1969-12-31T23:59:59Z");
    assert_string_equal(time_format_s((struct time_us){ 1795518000999999 }, text),
                        "2026-11-24T11:00:00Z");
}

/* Breaks if the offset between our clock and Shopify's were computed from a misread header. */
static void
http_dates_are_read(void **state)
{
    (void)state;
    struct time_us t = { 0 };
    check_ok(time_parse_http(STR("Tue, 24 Nov 2026 11:00:00 GMT"), &t, &e));
    assert_true(t.v == INT64_C(1795518000000000));
    static const char *const wrong[] = {
        "", "Tue, 24 Nov 2026 11:00:00 UTC", "Tuesday, 24-Nov-26 11:00:00 GMT",
        "Tue Nov 24 11:00:00 2026",
        "Tue, 31 Nov 2026 11:00:00 GMT", "Tue, 24 Nov 2026 25:00:00 GMT",
        "Tue, 24 nov 2026 11:00:00 GMT",
        "Tue, 24 Nov 2026 11:00:00 GMT ", "Xxx, 24 Nov 2026 11:00:00 GMT", "Tue, 24 Nov 2026",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct err e = { 0 };
        if (time_parse_http(str_of(wrong[i]), &t, &e) != ERR_REJECT)
            fail_msg("taken for an HTTP date: %s", wrong[i]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_times_are_read),
        cmocka_unit_test(invalid_times_are_refused),
        cmocka_unit_test(a_nul_byte_is_no_end),
        cmocka_unit_test(every_day_survives_the_round_trip),
        cmocka_unit_test(the_ends_of_int64_fit_the_text),
        cmocka_unit_test(http_dates_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
