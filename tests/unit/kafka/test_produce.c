/* Every accepted record has exactly one outcome, whatever the broker does.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <poll.h>

#include "base/clock.h"
#include "kafka/producer.h"
#include "mock.h"

enum { WAIT_MS = 15000 };

struct seen {
    int acknowledged, failed;
    int64_t offset;
    void *opaque;
    struct err last;
};

static void
on_delivery(void *ctx, const struct kafka_delivery *d)
{
    struct seen *s = ctx;
    s->opaque = d->opaque;
    s->offset = d->offset;
    s->last = d->result;
    if (d->result.class == ERR_NONE)
        s->acknowledged++;
    else
        s->failed++;
}

static struct kafka_producer *
open_producer(struct seen *s)
{
    struct kafka_producer *p = NULL;
    struct err e = { 0 };
    if (kafka_producer_open(&p, &mock_settings, on_delivery, s, &e) != ERR_NONE)
        fail_msg("%s", e.text);
    return p;
}

static void
put(struct kafka_producer *p, const char *topic, const char *key, void *opaque)
{
    struct err e = { 0 };
    if (kafka_send(p, topic, str_of(key), STR("value"), NULL, 0, opaque, &e) != ERR_NONE)
        fail_msg("%s", e.text);
}

static void
acknowledgements_come_back_with_what_was_sent(void **state)
{
    struct seen seen = { 0 };
    struct err e = { 0 };
    int mine;
    (void)state;
    mock_topic("ack");
    CLEANUP(kafka_producer_free) struct kafka_producer *p = open_producer(&seen);
    put(p, "ack", "a", NULL);
    put(p, "ack", "a", &mine);
    assert_int_equal(kafka_in_flight(p), 2);
    assert_int_equal(kafka_flush(p, WAIT_MS, &e), ERR_NONE);
    assert_int_equal(seen.acknowledged, 2);
    assert_int_equal(kafka_in_flight(p), 0);
    assert_ptr_equal(seen.opaque, &mine);
    assert_int_equal(seen.offset, 1); /* same key, same partition */
}

static void
errors_of_the_broker_are_tried_again(void **state)
{
    struct seen seen = { 0 };
    struct err e = { 0 };
    (void)state;
    mock_topic("again");
    rd_kafka_mock_push_request_errors(mock, API_PRODUCE, 2, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                                      RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
    CLEANUP(kafka_producer_free) struct kafka_producer *p = open_producer(&seen);
    for (int i = 0; i < 5; i++)
        put(p, "again", "k", NULL);
    assert_int_equal(kafka_flush(p, WAIT_MS, &e), ERR_NONE);
    assert_int_equal(seen.acknowledged, 5);
    assert_int_equal(seen.failed, 0);
    assert_int_equal(seen.offset, 4); /* none was written twice */
}

static void
a_refused_record_is_reported_as_bad(void **state)
{
    struct seen seen = { 0 };
    struct err e = { 0 };
    (void)state;
    mock_topic("bad");
    CLEANUP(kafka_producer_free) struct kafka_producer *p = open_producer(&seen);
    put(p, "bad", "warm", NULL);
    assert_int_equal(kafka_flush(p, WAIT_MS, &e), ERR_NONE);
    rd_kafka_mock_push_request_errors(mock, API_PRODUCE, 1, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    put(p, "bad", "k", NULL);
    assert_int_equal(kafka_flush(p, WAIT_MS, &e), ERR_NONE);
    assert_int_equal(seen.failed, 1);
    assert_int_equal(seen.last.class, ERR_REJECT);
}

static void
too_large_is_refused_before_it_is_sent(void **state)
{
    static char big[5 << 20];
    struct seen seen = { 0 };
    struct err e = { 0 };
    (void)state;
    mock_topic("large");
    CLEANUP(kafka_producer_free) struct kafka_producer *p = open_producer(&seen);
    assert_int_equal(kafka_send(p, "large", STR("k"), (struct str){ big, sizeof big }, NULL, 0, NULL, &e),
                     ERR_REJECT);
    assert_int_equal(kafka_in_flight(p), 0);
}

static void
a_broker_that_is_away_leaves_records_in_flight(void **state)
{
    struct seen seen = { 0 };
    struct err e = { 0 };
    (void)state;
    mock_topic("away");
    CLEANUP(kafka_producer_free) struct kafka_producer *p = open_producer(&seen);
    put(p, "away", "warm", NULL);
    assert_int_equal(kafka_flush(p, WAIT_MS, &e), ERR_NONE);
    rd_kafka_mock_broker_set_down(mock, 1);
    put(p, "away", "k", NULL);
    assert_int_equal(kafka_flush(p, 300, &e), ERR_RETRY);
    assert_int_equal(kafka_in_flight(p), 1);
    rd_kafka_mock_broker_set_up(mock, 1);
    assert_int_equal(kafka_flush(p, WAIT_MS, &e), ERR_NONE);
    assert_int_equal(seen.acknowledged, 2);
}

/* Without this a gateway that sleeps on its sockets would answer only when the next request wakes it. */
static void
the_descriptor_wakes_who_sleeps_on_it(void **state)
{
    struct seen seen = { 0 };
    (void)state;
    mock_topic("wake");
    CLEANUP(kafka_producer_free) struct kafka_producer *p = open_producer(&seen);
    struct pollfd fd = { .fd = kafka_producer_fd(p), .events = POLLIN };
    assert_true(fd.fd >= 0);
    for (int i = 1; i <= 3; i++) {
        put(p, "wake", "k", NULL);
        const int64_t until = clock_monotonic_ms() + WAIT_MS;
        while (seen.acknowledged < i && clock_monotonic_ms() < until) {
            assert_int_equal(poll(&fd, 1, WAIT_MS), 1);
            kafka_producer_poll(p, 0);
        }
        assert_int_equal(seen.acknowledged, i);
    }
    assert_int_equal(poll(&fd, 1, 50), 0); /* quiet again */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acknowledgements_come_back_with_what_was_sent),
        cmocka_unit_test(errors_of_the_broker_are_tried_again),
        cmocka_unit_test(a_refused_record_is_reported_as_bad),
        cmocka_unit_test(too_large_is_refused_before_it_is_sent),
        cmocka_unit_test(a_broker_that_is_away_leaves_records_in_flight),
        cmocka_unit_test(the_descriptor_wakes_who_sleeps_on_it),
    };
    return cmocka_run_group_tests(tests, mock_start, mock_stop);
}
