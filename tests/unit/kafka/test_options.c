/* kafka.* reaches librdkafka unchanged, except where a change would lose or double records.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/log.h"
#include "kafka/consumer.h"
#include "kafka/producer.h"

static void
ignore(void *ctx, const struct kafka_delivery *d)
{
    (void)ctx;
    (void)d;
}

static enum err_class
producer_with(const char *key, const char *value, struct err *e)
{
    const struct kafka_option options[] = { { "bootstrap.servers", "127.0.0.1:1" }, { key, value } };
    const struct kafka_settings s = { options, 2, "test" };
    CLEANUP(kafka_producer_free) struct kafka_producer *p = NULL;
    return kafka_producer_open(&p, &s, ignore, NULL, e);
}

static void
what_correctness_needs_cannot_be_changed(void **state)
{
    struct err e = { 0 };
    (void)state;
    assert_int_equal(producer_with("acks", "1", &e), ERR_FATAL);
    assert_non_null(strstr(e.text, "kafka.acks is all"));
    assert_int_equal(producer_with("enable.idempotence", "false", &e), ERR_FATAL);
    assert_int_equal(producer_with("partitioner", "random", &e), ERR_FATAL);
}

static void
the_same_value_is_no_change(void **state)
{
    struct err e = { 0 };
    (void)state;
    assert_int_equal(producer_with("acks", "all", &e), ERR_NONE);
}

static void
other_properties_pass(void **state)
{
    struct err e = { 0 };
    (void)state;
    assert_int_equal(producer_with("linger.ms", "50", &e), ERR_NONE);
    assert_int_equal(producer_with("security.protocol", "plaintext", &e), ERR_NONE);
}

static void
unknown_and_impossible_properties_are_named(void **state)
{
    struct err e = { 0 };
    (void)state;
    assert_int_equal(producer_with("lingr.ms", "5", &e), ERR_FATAL);
    assert_non_null(strstr(e.text, "kafka.lingr.ms"));
    assert_int_equal(producer_with("linger.ms", "soon", &e), ERR_FATAL);
    assert_non_null(strstr(e.text, "kafka.linger.ms"));
}

/* Breaks if a slip in [kafka] were found only when a broker is asked, or no name were near it. */
static void
options_are_judged_before_there_is_a_client(void **state)
{
    struct err e = { 0 };
    size_t n = 0;
    (void)state;
    assert_int_equal(kafka_option_check("bootstrap.servers", "127.0.0.1:1", &e), ERR_NONE);
    assert_int_equal(kafka_option_check("message.timeout.ms", "2000", &e), ERR_NONE);
    assert_int_equal(kafka_option_check("bootstrap.server", "127.0.0.1:1", &e), ERR_FATAL);
    assert_string_equal(e.code, "UNKNOWN");
    assert_int_equal(kafka_option_check("message.timeout.ms", "soon", &e), ERR_FATAL);
    assert_string_equal(e.code, "INVALID");

    const char *const *names = kafka_option_names(&n);
    assert_true(n > 100);
    for (size_t i = 0; i < n; i++)
        if (kafka_option_check(names[i], "", &e) != ERR_NONE)
            assert_string_not_equal(e.code, "UNKNOWN");
    assert_string_equal(names[0], "bootstrap.servers");
}

static void
a_consumer_never_resets_its_offsets(void **state)
{
    const struct kafka_option options[] = { { "bootstrap.servers", "127.0.0.1:1" },
                                            { "auto.offset.reset", "latest" } };
    const struct kafka_consumer_settings s = { .kafka = { options, 2, "test" },
                                               .group = "g",
                                               .topics = (const char *const[]){ "t", NULL } };
    struct kafka_consumer *c = NULL;
    struct err e = { 0 };
    (void)state;
    assert_int_equal(kafka_consumer_open(&c, &s, &e), ERR_FATAL);
    assert_non_null(strstr(e.text, "auto.offset.reset"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_correctness_needs_cannot_be_changed),
        cmocka_unit_test(the_same_value_is_no_change),
        cmocka_unit_test(other_properties_pass),
        cmocka_unit_test(unknown_and_impossible_properties_are_named),
        cmocka_unit_test(options_are_judged_before_there_is_a_client),
        cmocka_unit_test(a_consumer_never_resets_its_offsets),
    };
    log_setup("test", LEVEL_ERROR); /* there is no broker at that address */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
