/* The envelope that others read, and the marks that cursors and watermarks trust.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdlib.h>

#include "base/clock.h"
#include "kafka/consumer.h"
#include "mock.h"
#include "service/publish.h"

enum { WAIT_MS = 20000 };

static const struct service_spec spec = { .name = "tester",
                                          .summary = "tests",
                                          .conf_size = sizeof(struct service_conf) };
static struct service_conf cfg;
static struct service *svc;

static int
start(void **state)
{
    struct err e = { 0 };
    mock_start(state);
    setenv("MILLRACE_KAFKA_BOOTSTRAP_SERVERS", mock_options[0].value, 1);
    setenv("MILLRACE_TOPICS_PREFIX", "t-", 1);
    mock_topic("t-orders");
    if (service_load(&svc, &spec, NULL, &cfg, &e) != ERR_NONE)
        fail_msg("%s", e.text);
    return 0;
}

static int
stop(void **state)
{
    service_free(svc);
    return mock_stop(state);
}

static struct publisher *
open_publisher(void)
{
    struct publisher *p = NULL;
    struct err e = { 0 };
    if (publisher_open(&p, svc, &e) != ERR_NONE)
        fail_msg("%s", e.text);
    return p;
}

static struct event
event(const char *version)
{
    return (struct event){ .topic = "orders",
                           .key = STR("acme/42"),
                           .value = STR("{}"),
                           .type = "millrace.order.v1",
                           .source = STR("shopify/acme"),
                           .version = str_of(version),
                           .time = { INT64_C(1795521600000000) } };
}

static void
marks_are_one_past_what_was_acknowledged(void **state)
{
    CLEANUP(publisher_free) struct publisher *p = open_publisher();
    struct publish_mark marks[PUBLISH_MARKS_MAX];
    struct err e = { 0 };
    (void)state;
    for (int i = 0; i < 3; i++) {
        const struct event ev = event("7");
        assert_int_equal(publish_add(p, &ev, &e), ERR_NONE);
    }
    assert_int_equal(publish_wait(p, WAIT_MS, &e), ERR_NONE);
    assert_int_equal(publish_marks(p, marks, PUBLISH_MARKS_MAX), 1); /* one key, one partition */
    assert_string_equal(marks[0].topic, "orders");
    assert_int_equal(marks[0].next_offset, 3);
    publish_marks_clear(p);
    assert_int_equal(publish_marks(p, marks, PUBLISH_MARKS_MAX), 0);
}

/* A trace names the very record that went out, not just its partition. */
static void
each_event_has_its_place(void **state)
{
    CLEANUP(publisher_free) struct publisher *p = open_publisher();
    struct err e = { 0 };
    (void)state;
    assert_int_equal(publish_remember(p, 2, &e), ERR_NONE);
    const struct event ev = event("7");
    for (int i = 0; i < 3; i++)
        assert_int_equal(publish_add(p, &ev, &e), ERR_NONE);
    assert_int_equal(publish_place(p, 0).offset, -1);
    assert_int_equal(publish_wait(p, WAIT_MS, &e), ERR_NONE);
    const struct publish_place first = publish_place(p, 0), second = publish_place(p, 1);
    assert_int_equal(second.partition, first.partition); /* one key */
    assert_int_equal(second.offset, first.offset + 1);
    assert_int_equal(publish_place(p, 2).offset, -1); /* more than it was told to remember */
    publish_marks_clear(p);
    assert_int_equal(publish_place(p, 0).offset, -1);
    assert_int_equal(publish_add(p, &ev, &e), ERR_NONE);
    assert_int_equal(publish_wait(p, WAIT_MS, &e), ERR_NONE);
    assert_int_equal(publish_place(p, 0).offset, first.offset + 3);
}

static enum err_class
from_the_beginning(void *ctx, struct kafka_partition *v, size_t n, struct err *e)
{
    (void)ctx;
    (void)e;
    for (size_t i = 0; i < n; i++)
        v[i].offset = 0;
    return ERR_NONE;
}

static void
expect_header(const struct kafka_record *r, const char *name, const char *value)
{
    const struct str is = kafka_record_header(r, name);
    if (!str_is(is, value))
        fail_msg("%s is \"%.*s\", not \"%s\"", name, (int)is.n, is.p, value);
}

static void
expect_envelope(const struct kafka_record *r)
{
    assert_true(str_is(r->key, "acme/42"));
    assert_true(str_is(r->value, "{}"));
    expect_header(r, "ce_specversion", "1.0");
    expect_header(r, "ce_id", "orders/acme/42@7");
    expect_header(r, "ce_type", "millrace.order.v1");
    expect_header(r, "ce_source", "shopify/acme");
    expect_header(r, "ce_time", "2026-11-24T12:00:00.000000Z");
    expect_header(r, "content-type", "application/json");
    const struct str trace = kafka_record_header(r, "traceparent");
    assert_int_equal(trace.n, 55);
    assert_memory_equal(trace.p, "00-", 3);
}

static void
the_envelope_is_cloudevents_in_binary_mode(void **state)
{
    CLEANUP(kafka_consumer_free) struct kafka_consumer *c = NULL;
    struct kafka_consumer_settings s = { .group = "readers",
                                         .topics = (const char *const[]){ "t-orders", NULL },
                                         .assign = from_the_beginning,
                                         .wait_ms = 100 };
    const int64_t until = clock_monotonic_ms() + WAIT_MS;
    const struct kafka_record *v;
    struct err e = { 0 };
    size_t n = 0;
    (void)state;
    service_kafka_settings(svc, &s.kafka);
    assert_int_equal(kafka_consumer_open(&c, &s, &e), ERR_NONE);
    while (n == 0 && clock_monotonic_ms() < until)
        assert_int_not_equal(kafka_poll_batch(c, &v, &n, &e), ERR_FATAL);
    assert_true(n > 0);
    expect_envelope(&v[0]);
}

/* A cursor must not pass what Kafka refused. */
static void
a_failure_is_reported_once_and_leaves_no_mark(void **state)
{
    CLEANUP(publisher_free) struct publisher *p = open_publisher();
    struct publish_mark marks[PUBLISH_MARKS_MAX];
    const struct event ev = event("8");
    struct err e = { 0 };
    (void)state;
    rd_kafka_mock_push_request_errors(mock, API_PRODUCE, 1, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    assert_int_equal(publish_add(p, &ev, &e), ERR_NONE);
    assert_int_equal(publish_wait(p, WAIT_MS, &e), ERR_REJECT);
    assert_int_equal(publish_marks(p, marks, PUBLISH_MARKS_MAX), 0);
    assert_int_equal(publish_wait(p, WAIT_MS, &e), ERR_NONE);
}

static void
brokers_away_are_a_retry(void **state)
{
    CLEANUP(publisher_free) struct publisher *p = open_publisher();
    const struct event ev = event("9");
    struct err e = { 0 };
    (void)state;
    rd_kafka_mock_broker_set_down(mock, 1);
    assert_int_equal(publish_add(p, &ev, &e), ERR_NONE);
    assert_int_equal(publish_wait(p, 500, &e), ERR_RETRY);
    rd_kafka_mock_broker_set_up(mock, 1);
    assert_int_equal(publish_wait(p, WAIT_MS, &e), ERR_NONE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_are_one_past_what_was_acknowledged),
        cmocka_unit_test(each_event_has_its_place),
        cmocka_unit_test(the_envelope_is_cloudevents_in_binary_mode),
        cmocka_unit_test(a_failure_is_reported_once_and_leaves_no_mark),
        cmocka_unit_test(brokers_away_are_a_retry),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
