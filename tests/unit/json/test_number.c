/* Numbers of JSON become decimal text in a shape.  SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "json/shape.h"

struct rate { struct str rate; };
static const struct jfield rate_fields[] = { JSON_NUMBER(struct rate, rate, "rate", J_NULL_OK) };
static const struct shape rate_shape = SHAPE(struct rate, SHAPE_CLOSED, rate_fields);

static const struct { const char *text, *wanted; } numbers[] = {
    { "{\"rate\":0.13}", "0.13" },
    { "{\"rate\":0.05}", "0.05" },
    { "{\"rate\":10}", "10.00" },
    { "{\"rate\":10.0}", "10.00" },
    { "{\"rate\":-73.561668}", "-73.561668" },
    { "{\"rate\":45.41634000000001}", "45.41634" },
    { "{\"rate\":1.2e-05}", "0.000012" },
    { "{\"rate\":7.25E-2}", "0.0725" },
    { "{\"rate\":null}", NULL },
};

static const char *const none[] = {
    "{\"rate\":\"0.13\"}", "{\"rate\":true}", "{\"rate\":{}}", "{\"rate\":[1]}", "{\"rate\":1e300}",
};

/* Breaks if a rate or a latitude goes through a float, or equal numbers give different texts. */
static void
numbers_are_exact_texts(void **state)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        CLEANUP(json_free) struct json_doc *doc = NULL;
        struct rate r;
        check_ok(json_parse(&doc, str_of(numbers[i].text), &e));
        check_ok(shape_decode(&rate_shape, json_root(doc), mem, &r, &e));
        if (numbers[i].wanted == NULL)
            assert_null(r.rate.p);
        else
            check_str(r.rate, numbers[i].wanted);
    }
}

static void
what_is_no_number_is_refused(void **state)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        CLEANUP(json_free) struct json_doc *doc = NULL;
        struct rate r;
        check_ok(json_parse(&doc, str_of(none[i]), &e));
        check_error(shape_decode(&rate_shape, json_root(doc), mem, &r, &e), ERR_REJECT,
                    "rate.rate: expected number");
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_exact_texts),
        cmocka_unit_test(what_is_no_number_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
