/* What a failed answer means: one case per row of the table.  SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"

#include "shopify/errors.h"

struct http_case {
    int status;
    int64_t retry_after_s;
    enum err_class class;
    int64_t wait_ms;
    const char *says;
};

static const struct http_case http_cases[] = {
    { 401, -1, ERR_FATAL, 30000, "token_file" },
    { 402, -1, ERR_FATAL, 30000, "frozen" },
    { 403, -1, ERR_FATAL, 30000, "scopes" },
    { 404, -1, ERR_FATAL, 30000, "endpoint" },
    { 423, -1, ERR_FATAL, 30000, "locked" },
    { 301, -1, ERR_FATAL, 30000, "myshopify.com" },
    { 408, -1, ERR_RETRY, 1000, "sent again" },
    { 429, -1, ERR_RETRY, 2000, "slowed down" },
    { 429, 7, ERR_RETRY, 7000, "slowed down" },
    { 430, -1, ERR_RETRY, 60000, "security" },
    { 500, -1, ERR_RETRY, 1000, "sent again" },
    { 503, 3, ERR_RETRY, 3000, "sent again" },
    { 530, -1, ERR_RETRY, 1000, "sent again" },
    { 400, -1, ERR_REJECT, 0, "refuses the request" },
    { 406, -1, ERR_REJECT, 0, "refuses the request" },
    { 415, -1, ERR_REJECT, 0, "refuses the request" },
    { 700, -1, ERR_RETRY, 5000, "not known here" },
};

/* Breaks if a status is waited for too short, given up, or not explained. */
static void
every_status_has_its_class_wait_and_advice(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(http_cases) / sizeof(http_cases[0]); i++) {
        const struct http_case *c = &http_cases[i];
        struct err e = { 0 };
        int64_t wait_ms = -1;
        assert_int_equal(shopify_http_error(c->status, c->retry_after_s, STR("{\"errors\":\"x\"}"),
                                            &wait_ms, &e),
                         c->class);
        assert_int_equal(wait_ms, c->wait_ms);
        if (strstr(e.text, c->says) == NULL)
            fail_msg("%d: \"%s\" does not say \"%s\"", c->status, e.text, c->says);
    }
}

struct code_case { const char *code; enum err_class class; const char *says; };

static const struct code_case code_cases[] = {
    { "THROTTLED", ERR_RETRY, "bucket" },
    { "MAX_COST_EXCEEDED", ERR_REJECT, "smaller page" },
    { "ACCESS_DENIED", ERR_FATAL, "scope" },
    { "SHOP_INACTIVE", ERR_FATAL, "inactive" },
    { "INTERNAL_SERVER_ERROR", ERR_RETRY, "sent again" },
    { "BAD_REQUEST", ERR_REJECT, "argument" },
    { "INVALID_VARIABLE", ERR_REJECT, "variable" },
    { "RESOURCE_NOT_FOUND", ERR_REJECT, "no such object" },
    { "MAX_INPUT_SIZE_EXCEEDED", ERR_REJECT, "250" },
    { "undefinedField", ERR_FATAL, "API version" },
    { "SEARCH_WARNING", ERR_FATAL, "filter" },
    { "A_CODE_OF_NEXT_YEAR", ERR_RETRY, "not known here" },
};

/* Breaks if a GraphQL code changes its meaning. */
static void
every_code_has_its_class_and_advice(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(code_cases) / sizeof(code_cases[0]); i++) {
        const struct code_case *c = &code_cases[i];
        struct err e = { 0 };
        int64_t wait_ms = -1;
        assert_int_equal(
            shopify_graphql_error(str_of(c->code), STR("what Shopify said"), &wait_ms, &e),
            c->class);
        assert_non_null(strstr(e.text, "what Shopify said"));
        if (strstr(e.text, c->says) == NULL)
            fail_msg("%s: \"%s\" does not say \"%s\"", c->code, e.text, c->says);
        assert_int_equal(shopify_is_too_costly(&e), strcmp(c->code, "MAX_COST_EXCEEDED") == 0);
    }
}

/* Breaks if a maintenance page or half an answer is taken for the end of the shop. */
static void
bodies_that_are_no_json_are_asked_for_again(void **state)
{
    int64_t wait_ms = 0;
    struct err e = { 0 };

    (void)state;
    assert_int_equal(
        shopify_body_error("text/html; charset=utf-8", STR("<html>"), "", &wait_ms, &e), ERR_RETRY);
    assert_non_null(strstr(e.text, "web page"));
    assert_int_equal(wait_ms, 5000);
    assert_int_equal(
        shopify_body_error("application/json", STR("{\"data\":"), "end of file", &wait_ms, &e),
        ERR_RETRY);
    assert_string_equal(e.text,
                        "the answer of 8 bytes is not whole JSON, it is asked again: end of file");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_its_class_wait_and_advice),
        cmocka_unit_test(every_code_has_its_class_and_advice),
        cmocka_unit_test(bodies_that_are_no_json_are_asked_for_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
