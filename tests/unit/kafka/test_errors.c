/* A wrong class either hammers a broker for ever or gives up on one that comes back.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "kafka/internal.h"

static void
the_table_says_what_to_do(void **state)
{
    (void)state;
    assert_int_equal(kafka_error_class(RD_KAFKA_RESP_ERR_NO_ERROR), ERR_NONE);
    assert_int_equal(kafka_error_class(RD_KAFKA_RESP_ERR__TRANSPORT), ERR_RETRY);
    assert_int_equal(kafka_error_class(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN), ERR_RETRY);
    assert_int_equal(kafka_error_class(RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS), ERR_RETRY);
    assert_int_equal(kafka_error_class(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT), ERR_RETRY);
    assert_int_equal(kafka_error_class(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE), ERR_REJECT);
    assert_int_equal(kafka_error_class(RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID), ERR_FATAL);
    assert_int_equal(kafka_error_class(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED), ERR_FATAL);
    assert_int_equal(kafka_error_class(RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET), ERR_FATAL);
}

static void
a_missing_topic_says_how_to_make_it(void **state)
{
    struct err e = { 0 };
    (void)state;
    assert_int_equal(kafka_error(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, "orders", NULL, &e), ERR_FATAL);
    assert_non_null(strstr(e.text, "orders"));
    assert_non_null(strstr(e.text, "millrace topics apply"));
}

/* Fatal, it would end every consumer whenever a broker that asks who we are restarts. */
static void
a_broker_that_does_not_let_us_in_is_asked_again(void **state)
{
    static const rd_kafka_resp_err_t codes[] = { RD_KAFKA_RESP_ERR__SSL,
                                                 RD_KAFKA_RESP_ERR__AUTHENTICATION };
    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct err e = { 0 };
        assert_int_equal(kafka_error(codes[i], "broker", NULL, &e), ERR_RETRY);
        assert_non_null(strstr(e.text, "credentials"));
    }
}

static void
a_fenced_double_says_why(void **state)
{
    struct err e = { 0 };
    (void)state;
    assert_int_equal(kafka_error(RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, "group", NULL, &e), ERR_FATAL);
    assert_non_null(strstr(e.text, "group.instance"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_says_what_to_do),
        cmocka_unit_test(a_missing_topic_says_how_to_make_it),
        cmocka_unit_test(a_broker_that_does_not_let_us_in_is_asked_again),
        cmocka_unit_test(a_fenced_double_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
