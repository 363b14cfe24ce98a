/* A consumer starts where its owner says, delivers again after a rewind, and never skips silently.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/clock.h"
#include "kafka/consumer.h"
#include "kafka/producer.h"
#include "mock.h"

enum { WAIT_MS = 20000, RECORDS = 20 };

struct owner {
    int64_t start; /* of every partition */
    int refusals;  /* answers "not now" so often */
    int asked, revoked;
};

static enum err_class
on_assign(void *ctx, struct kafka_partition *v, size_t n, struct err *e)
{
    struct owner *o = ctx;
    o->asked++;
    if (o->refusals-- > 0)
        return err_set(e, ERR_RETRY, "AWAY", "the database is away");
    for (size_t i = 0; i < n; i++)
        v[i].offset = o->start;
    return ERR_NONE;
}

static void
on_revoke(void *ctx, const struct kafka_partition *v, size_t n)
{
    (void)v;
    (void)n;
    ((struct owner *)ctx)->revoked++;
}

static void
on_delivery(void *ctx, const struct kafka_delivery *d)
{
    (void)ctx;
    assert_int_equal(d->result.class, ERR_NONE);
}

/* RECORDS records of one key, so of one partition: value i at offset i. Every fifth is a tombstone. */
static void
fill(const char *topic)
{
    struct err e = { 0 };
    CLEANUP(kafka_producer_free) struct kafka_producer *p = NULL;
    const struct kafka_header headers[] = { { "ce_id", STR("first") }, { "ce_id", STR("last") }, { "empty", STR("") } };
    mock_topic(topic);
    assert_int_equal(kafka_producer_open(&p, &mock_settings, on_delivery, NULL, &e), ERR_NONE);
    for (int i = 0; i < RECORDS; i++) {
        char text[16];
        snprintf(text, sizeof text, "%d", i);
        const struct str value = i % 5 == 4 ? (struct str){ NULL, 0 } : str_of(text);
        assert_int_equal(kafka_send(p, topic, STR("key"), value, headers, 3, NULL, &e), ERR_NONE);
    }
    assert_int_equal(kafka_flush(p, WAIT_MS, &e), ERR_NONE);
}

static struct kafka_consumer *
open_consumer(struct owner *o, const char *topic, const char *instance)
{
    struct kafka_consumer *c = NULL;
    struct err e = { 0 };
    const struct kafka_consumer_settings s = { .kafka = mock_settings,
                                               .group = topic,
                                               .instance = instance,
                                               .topics = (const char *const[]){ topic, NULL },
                                               .assign = on_assign,
                                               .revoke = on_revoke,
                                               .ctx = o,
                                               .max_records = 7,
                                               .wait_ms = 100,
                                               .linger_ms = 5 };
    if (kafka_consumer_open(&c, &s, &e) != ERR_NONE)
        fail_msg("%s", e.text);
    return c;
}

/* Reads `want` records of the one partition that has any; checks that their offsets follow one another. */
static int64_t
read_records(struct kafka_consumer *c, int want, int32_t *partition)
{
    const int64_t until = clock_monotonic_ms() + WAIT_MS;
    const struct kafka_record *v;
    int64_t first = -1, next = -1;
    struct err e = { 0 };
    size_t n;
    for (int got = 0; got < want;) {
        if (clock_monotonic_ms() > until)
            fail_msg("%d of %d records came", got, want);
        if (kafka_poll_batch(c, &v, &n, &e) == ERR_FATAL)
            fail_msg("%s", e.text);
        assert_true(n <= 7);
        for (size_t i = 0; i < n; i++, got++) {
            first = first < 0 ? v[i].offset : first;
            assert_int_equal(v[i].offset, next < 0 ? first : next);
            next = v[i].offset + 1;
            *partition = v[i].partition;
            assert_int_equal(v[i].value.p == NULL, v[i].offset % 5 == 4);
            assert_true(str_is(v[i].key, "key"));
            assert_true(str_is(kafka_record_header(&v[i], "ce_id"), "last"));
            assert_non_null(kafka_record_header(&v[i], "empty").p);
            assert_null(kafka_record_header(&v[i], "absent").p);
            assert_true(v[i].timestamp.v > 0);
        }
    }
    return first;
}

static void
delivers_from_the_owners_offset_with_headers_and_tombstones(void **state)
{
    struct owner o = { .start = 0 };
    int32_t partition = -1;
    (void)state;
    fill("start");
    CLEANUP(kafka_consumer_free) struct kafka_consumer *c = open_consumer(&o, "start", NULL);
    assert_int_equal(read_records(c, RECORDS, &partition), 0);
    assert_true(kafka_is_assigned(c));
    assert_int_equal(kafka_high_seen(c, "start", partition), RECORDS);
    int64_t low, high;
    struct err e = { 0 };
    assert_int_equal(kafka_watermarks(c, "start", partition, &low, &high, &e), ERR_NONE);
    assert_int_equal(low, 0);
    assert_int_equal(high, RECORDS);
}

static void
a_rewind_delivers_again_from_there(void **state)
{
    struct owner o = { .start = 0 };
    struct err e = { 0 };
    int32_t partition = -1;
    (void)state;
    fill("rewind");
    CLEANUP(kafka_consumer_free) struct kafka_consumer *c = open_consumer(&o, "rewind", NULL);
    (void)read_records(c, RECORDS, &partition);
    const struct kafka_partition at = { "rewind", partition, 13 };
    assert_int_equal(kafka_rewind(c, &at, 1, &e), ERR_NONE);
    assert_int_equal(read_records(c, RECORDS - 13, &partition), 13);
}

/* While Postgres is away no record may flow: it would be applied from a wrong place. */
static void
waits_for_an_owner_that_cannot_tell(void **state)
{
    struct owner o = { .start = 0, .refusals = 3 };
    struct err e = { 0 };
    const struct kafka_record *v;
    size_t n;
    int refused = 0;
    int32_t partition = -1;
    (void)state;
    fill("wait");
    CLEANUP(kafka_consumer_free) struct kafka_consumer *c = open_consumer(&o, "wait", NULL);
    for (const int64_t until = clock_monotonic_ms() + WAIT_MS; refused < 3 && clock_monotonic_ms() < until;)
        if (kafka_poll_batch(c, &v, &n, &e) == ERR_RETRY) {
            assert_string_equal(e.code, "AWAY");
            assert_false(kafka_is_assigned(c));
            assert_int_equal(n, 0);
            refused++;
        }
    assert_int_equal(read_records(c, RECORDS, &partition), 0);
    assert_int_equal(o.asked, 4);
}

static void
an_offset_that_does_not_exist_stops_loudly(void **state)
{
    struct owner o = { .start = 500 };
    struct err e = { 0 };
    const struct kafka_record *v;
    enum err_class class;
    size_t n;
    (void)state;
    fill("gap");
    CLEANUP(kafka_consumer_free) struct kafka_consumer *c = open_consumer(&o, "gap", NULL);
    const int64_t until = clock_monotonic_ms() + WAIT_MS;
    do {
        class = kafka_poll_batch(c, &v, &n, &e);
        assert_int_equal(n, 0);
    } while (class != ERR_FATAL && clock_monotonic_ms() < until);
    assert_int_equal(class, ERR_FATAL);
    assert_string_equal(e.code, "OFFSET_GAP");
    assert_non_null(strstr(e.text, "gap/"));
    assert_non_null(strstr(e.text, "500"));
}

static void
a_fenced_double_ends(void **state)
{
    struct owner o = { .start = 0 };
    struct err e = { 0 };
    const struct kafka_record *v;
    enum err_class class;
    int32_t partition = -1;
    size_t n;
    (void)state;
    fill("fenced");
    CLEANUP(kafka_consumer_free) struct kafka_consumer *c = open_consumer(&o, "fenced", "slot-0");
    (void)read_records(c, RECORDS, &partition);
    rd_kafka_mock_push_request_errors(mock, API_HEARTBEAT, 1, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID);
    const int64_t until = clock_monotonic_ms() + WAIT_MS;
    do
        class = kafka_poll_batch(c, &v, &n, &e);
    while (class != ERR_FATAL && clock_monotonic_ms() < until);
    assert_int_equal(class, ERR_FATAL);
    assert_non_null(strstr(e.text, "group.instance"));
    assert_int_equal(kafka_poll_batch(c, &v, &n, &e), ERR_FATAL); /* and stays so */
}

static void
brokers_away_are_reported_and_found_again(void **state)
{
    struct owner o = { .start = 0 };
    struct err e = { 0 };
    const struct kafka_record *v;
    int32_t partition = -1;
    size_t n;
    (void)state;
    fill("away");
    CLEANUP(kafka_consumer_free) struct kafka_consumer *c = open_consumer(&o, "away", NULL);
    (void)read_records(c, RECORDS, &partition);
    rd_kafka_mock_broker_set_down(mock, 1);
    enum err_class class = ERR_NONE;
    for (const int64_t until = clock_monotonic_ms() + WAIT_MS; class == ERR_NONE && clock_monotonic_ms() < until;)
        class = kafka_poll_batch(c, &v, &n, &e);
    assert_int_equal(class, ERR_RETRY);
    rd_kafka_mock_broker_set_up(mock, 1);
    for (const int64_t until = clock_monotonic_ms() + WAIT_MS; class != ERR_NONE && clock_monotonic_ms() < until;)
        class = kafka_poll_batch(c, &v, &n, &e);
    assert_int_equal(class, ERR_NONE);
}

/* Without an argument all cases; with one, the case of that name. */
int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delivers_from_the_owners_offset_with_headers_and_tombstones),
        cmocka_unit_test(a_rewind_delivers_again_from_there),
        cmocka_unit_test(waits_for_an_owner_that_cannot_tell),
        cmocka_unit_test(an_offset_that_does_not_exist_stops_loudly),
        cmocka_unit_test(a_fenced_double_ends),
        cmocka_unit_test(brokers_away_are_reported_and_found_again),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, mock_start, mock_stop);
}
