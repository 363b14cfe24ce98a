/* The client against peers that answer well, badly, or not at all.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "http/multi.h"
#include "peer.h"

static struct http_client *client;
static struct peer *peer;
static struct http_response response;

#define OK(body_length) "HTTP/1.1 200 OK\r\nContent-Length: " #body_length "\r\n\r\n"

static int
reset(void **state)
{
    (void)state;
    if (peer != NULL)
        peer_free(peer);
    peer = NULL;
    http_response_fini(&response);
    http_response_init(&response);
    return 0;
}

/* Sends a request to a fresh peer that gives this answer on every connection once. */
static enum err_class
ask(struct str answer, const struct http_request *like, struct err *e)
{
    struct http_request r = *like;
    reset(NULL);
    peer = peer_start(answer, 1);
    r.method = r.method != NULL ? r.method : "GET";
    r.url = peer_url(peer, r.url != NULL ? r.url : "/");
    return http_send(client, &r, &response, e);
}

static const struct http_request plain = { .timeout_ms = 5000 };

/* Breaks if a second request needed a second handshake. */
static void
connections_are_reused(void **state)
{
    (void)state;
    peer = peer_start(STR(OK(2) "ok"), 100);
    const struct http_request r = { .method = "GET", .url = peer_url(peer, "/") };
    for (int i = 0; i < 5; i++) {
        http_response_fini(&response);
        check_ok(http_send(client, &r, &response, &e));
        assert_int_equal(response.status, 200);
        check_str(buf_str(&response.body), "ok");
    }
    assert_int_equal(peer_connections(peer), 1);
}

/* Breaks if a request left without its body, its headers, or with those of the one before. */
static void
requests_are_sent_whole(void **state)
{
    (void)state;
    static char body[50000];
    memset(body, 'b', sizeof body);
    const struct http_header headers[] = { { "X-Shopify-Access-Token", "t1" },
                                           { "Content-Type", "application/json" } };
    const struct http_request post = { .method = "POST", .url = "/a?b=c", .headers = headers,
                                       .n_headers = 2, .body = { body, sizeof body } };
    check_ok(ask(STR(OK(0)), &post, &e));
    const char *sent = peer_request(peer);
    assert_memory_equal(sent, "POST /a?b=c HTTP/1.1\r\n", 22);
    assert_non_null(strstr(sent, "\r\nX-Shopify-Access-Token: t1\r\n"));
    assert_non_null(strstr(sent, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(sent, "\r\nUser-Agent: millrace-test\r\n"));
    assert_non_null(strstr(sent, "gzip"));
    assert_null(strstr(sent, "Expect:"));
    assert_memory_equal(strstr(sent, "\r\n\r\n") + 4, body, sizeof body);

    check_ok(ask(STR(OK(0)), &plain, &e));
    assert_memory_equal(peer_request(peer), "GET / HTTP/1.1\r\n", 16);
    assert_null(strstr(peer_request(peer), "X-Shopify"));
    const struct http_request put = { .method = "PUT", .body = STR("x=1") };
    check_ok(ask(STR(OK(0)), &put, &e));
    assert_memory_equal(peer_request(peer), "PUT / HTTP/1.1\r\n", 16);
    assert_non_null(strstr(peer_request(peer), "\r\n\r\nx=1"));
    const struct http_request head = { .method = "HEAD" };
    check_ok(ask(STR(OK(500)), &head, &e));
    assert_int_equal(response.status, 200);
}

/* Breaks if chunks or compression reached the caller, or bytes were lost on the way. */
static void
bodies_are_unwrapped(void **state)
{
    (void)state;
    check_ok(ask(STR("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n"), &plain, &e));
    check_str(buf_str(&response.body), "hello world");
    check_ok(ask(STR("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 29\r\n\r\n"
                     "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57\xc8"
                     "\xa0\x3b\x09"
                     "\x00\x2f\xfa\xf8\x48\x78\x00\x00\x00"), &plain, &e));
    assert_int_equal(response.body.n, 120);
    assert_memory_equal(response.body.p, "hello hello ", 12);
    check_ok(ask(STR("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: "
                     "chunked\r\n"
                     "Trailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n"), &plain, &e));
    check_str(buf_str(&response.body), "ok");
    check_ok(ask(STR("HTTP/1.1 204 No Content\r\n\r\n"), &plain, &e));
    assert_int_equal(response.status, 204);
    assert_int_equal(response.body.n, 0);
}

static void
check_retry(struct str answer, const char *code)
{
    struct err e = { 0 };
    const struct http_request quick = { .timeout_ms = 300, .url = "/secret?signature=s3cr3t" };
    if (ask(answer, &quick, &e) != ERR_RETRY)
        fail_msg("not RETRY: %s", e.text);
    assert_string_equal(e.code, code);
    assert_memory_equal(e.text, "http://127.0.0.1:", 17);
    assert_non_null(strstr(e.text, "/secret: "));
    assert_null(strstr(e.text, "s3cr3t"));
}

/* Breaks if half an answer were taken for a whole one: a cursor would pass what it never read. */
static void
half_an_answer_is_no_answer(void **state)
{
    (void)state;
    check_retry(STR(OK(10) "short"), "network");
    check_retry(STR("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello "), "network");
    check_retry(STR("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n"),
                    "network");
    check_retry(STR("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnoGZ"),
                "network");
    check_retry(STR("HTTP/1.1 200 OK\r\nContent-Le"), "network");
    check_retry(STR(""), "network");
    check_retry(STR("\x16\x03\x01 this is no HTTP\r\n\r\n"), "network");
}

/* Breaks if a silent or absent peer blocked the caller, or its failure looked like an effect. */
static void
silence_ends_in_time(void **state)
{
    (void)state;
    const int64_t before = clock_monotonic_ms();
    check_retry((struct str){ NULL, 0 }, "network");
    assert_in_range(clock_monotonic_ms() - before, 290, 2000);

    char url[512];
    struct err e = { 0 };
    snprintf(url, sizeof url, "%s", peer_url(peer, "/"));
    reset(NULL); /* nobody listens there any more */
    const struct http_request r = { .method = "GET", .url = url };
    assert_int_equal(http_send(client, &r, &response, &e), ERR_RETRY);
    assert_string_equal(e.code, HTTP_UNSENT);
}

/* Breaks if a status were taken for an error, or a redirect carried a token elsewhere. */
static void
every_status_is_an_answer(void **state)
{
    (void)state;
    static const int statuses[] = { 200, 201, 302, 307, 401, 404, 429, 430, 500, 503 };
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        char answer[160];
        const int n = snprintf(answer, sizeof answer, "HTTP/1.1 %d X\r\nLocation: "
                                                      "http://127.0.0.1:1/\r\n"
                                                      "Content-Length: 1\r\n\r\nx", statuses[i]);
        check_ok(ask((struct str){ answer, (size_t)n }, &plain, &e));
        assert_int_equal(response.status, statuses[i]);
        assert_int_equal(peer_connections(peer), 1);
    }
}

static int64_t
retry_after(const char *value)
{
    char answer[256];
    const int n = snprintf(answer, sizeof answer, "HTTP/1.1 429 X\r\nretry-after: %s\r\n"
                                                  "Content-Length: 0\r\n\r\n", value);
    check_ok(ask((struct str){ answer, (size_t)n }, &plain, &e));
    return response.retry_after_s;
}

/* Breaks if we came back too early, or never. */
static void
retry_after_is_understood(void **state)
{
    (void)state;
    assert_int_equal(retry_after("2"), 2);
    assert_int_equal(retry_after("2.0"), 2);
    assert_int_equal(retry_after("0.5"), 1);
    assert_int_equal(retry_after("10.001"), 11);
    assert_int_equal(retry_after("99999999999999999999"), INT32_MAX);
    assert_int_equal(retry_after("Tue, 24 Nov 2026 11:00:00 GMT"), -1);
    assert_int_equal(retry_after("-1"), -1);
    assert_int_equal(retry_after(""), -1);
    assert_int_equal(retry_after("2x"), -1);
    assert_int_equal(retry_after("2.x"), -1);
}

/* Breaks if Shopify's clock, version or request id were lost, or ran past their arrays. */
static void
headers_are_read(void **state)
{
    (void)state;
    check_ok(ask(STR("HTTP/1.1 200 OK\r\ndate:  Tue, 24 Nov 2026 11:00:00 GMT \r\n"
                     "X-Shopify-API-Version: 2026-10\r\nX-Request-Id: 1-2\r\n"
                     "Content-Type: application/json; charset=utf-8\r\nContent-Length: 0\r\n\r\n"),
                 &plain, &e));
    assert_true(response.date.v == INT64_C(1795518000000000));
    assert_string_equal(response.api_version, "2026-10");
    assert_string_equal(response.request_id, "1-2");
    assert_string_equal(response.content_type, "application/json; charset=utf-8");
    assert_int_equal(response.retry_after_s, -1);
    check_ok(ask(STR("HTTP/1.1 200 OK\r\nDate: yesterday\r\nX-Shopify-API-Version: "
                     "a-version-that-is-long"
                     "\r\nContent-Length: 0\r\n\r\n"), &plain, &e));
    assert_true(response.date.v == 0);
    assert_string_equal(response.api_version, "a-version-that-");
    assert_string_equal(response.request_id, "");
}

/* Breaks if a header's value could bring headers of its own, or were cut. */
static void
headers_cannot_be_forged(void **state)
{
    (void)state;
    static char longer[600];
    memset(longer, 'x', sizeof longer - 1);
    struct http_header h = { "X-Mark", "a\r\nX-Forged: b" };
    const struct http_request r = { .headers = &h, .n_headers = 1 };
    check_error(ask(STR(OK(0)), &r, &e), ERR_REJECT, "header X-Mark holds a control character");
    assert_int_equal(peer_connections(peer), 0);
    h.value = longer;
    check_error(ask(STR(OK(0)), &r, &e), ERR_REJECT, "header X-Mark is longer than 512 bytes");
}

/* Breaks if an address that can never work were tried again for ever. */
static void
wrong_addresses_are_fatal(void **state)
{
    (void)state;
    struct http_request r = { .method = "GET", .url = "ftp://127.0.0.1/?key=s3cr3t" };
    check_error(http_send(client, &r, &response, &e), ERR_FATAL,
                "ftp://127.0.0.1/: not an http or https address; correct it");
    r.url = "http://";
    check_error(http_send(client, &r, &response, &e), ERR_FATAL,
                "http://: not an http or https address; correct it");
}

struct tally { size_t bytes, stop_after; };

static enum err_class
count(void *ctx, struct str piece, struct err *e)
{
    struct tally *t = ctx;
    t->bytes += piece.n;
    if (t->stop_after > 0 && t->bytes >= t->stop_after)
        return err_set(e, ERR_FATAL, "stop", "the sink is full");
    return ERR_NONE;
}

/* Breaks if an answer could fill the memory, or a sink's own error were lost. */
static void
answers_are_bounded(void **state)
{
    (void)state;
    struct tally t = { 0 };
    struct err why = { 0 };
    struct http_request r = { .max_bytes = 5, .timeout_ms = 5000 };
    check_ok(ask(STR(OK(5) "12345"), &r, &e));
    assert_int_equal(ask(STR(OK(6) "123456"), &r, &why), ERR_REJECT);
    assert_non_null(strstr(why.text, "/: the answer is larger than 5 bytes"));
    assert_int_equal(ask(STR("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n"
                             "0\r\n\r\n"),
                         &r, &why), ERR_REJECT);

    r.sink = count;
    r.sink_ctx = &t;
    check_ok(ask(STR(OK(5) "12345"), &r, &e));
    assert_int_equal(t.bytes, 5);
    assert_int_equal(response.body.n, 0);
    assert_int_equal(ask(STR(OK(6) "123456"), &r, &why), ERR_REJECT);
    t = (struct tally){ .stop_after = 1 };
    check_error(ask(STR(OK(5) "12345"), &r, &e), ERR_FATAL, "the sink is full");
}

/* Two requests to a peer whose first connection dies under the second; how many the peer read. */
static int
requests_seen(bool once)
{
    reset(NULL);
    peer = peer_start_dying(STR(OK(2) "ok"));
    const struct http_request r = { .method = "POST", .url = peer_url(peer, "/"), .body = STR("x"),
                                    .once = once };
    for (int i = 0; i < 2; i++) {
        http_response_fini(&response);
        check_ok(http_send(client, &r, &response, &e));
    }
    assert_int_equal(peer_connections(peer), 2);
    return peer_requests(peer);
}

/* Breaks if what must not happen twice could be sent twice: libcurl does so by itself. */
static void
once_is_once(void **state)
{
    (void)state;
    assert_int_equal(requests_seen(true), 2);
    assert_int_equal(requests_seen(false), 3);
}

static int done_ok, done_failed;
static void
on_done(void *ctx, const struct http_response *r, const struct err *result)
{
    (void)ctx;
    if (result->class == ERR_NONE && r->status == 200 && str_is(buf_str(&r->body), "ok"))
        done_ok++;
    else
        done_failed++;
}

/* Breaks if calls in the air were lost, mixed up, or more than allowed. */
static void
several_calls_fly_at_once(void **state)
{
    (void)state;
    CLEANUP(http_multi_free) struct http_multi *m = NULL;
    char url[512];
    struct err why = { 0 };
    done_ok = done_failed = 0;
    peer = peer_start(STR(OK(2) "ok"), 1);
    snprintf(url, sizeof url, "%s", peer_url(peer, "/"));
    const struct http_request good = { .method = "GET", .url = url },
                              bad = { .method = "GET", .url = "http://127.0.0.1:1/" };
    check_ok(http_multi_open(&m, "millrace-test", 4, &e));
    for (int i = 0; i < 4; i++)
        check_ok(http_multi_start(m, i < 3 ? &good : &bad, on_done, NULL, &e));
    assert_int_equal(http_multi_start(m, &good, on_done, NULL, &why), ERR_RETRY);
    const int64_t until = clock_monotonic_ms() + 5000;
    while (http_multi_in_flight(m) > 0 && clock_monotonic_ms() < until)
        check_ok(http_multi_poll(m, 100, NULL, &e));
    assert_int_equal(done_ok, 3);
    assert_int_equal(done_failed, 1);
}

/* Breaks if a caller that polls late sent what it had no right to send any more: a claim is checked
 * before the start, and a second fulfilment would follow one that was sent after it. */
static void
a_late_poll_sends_nothing(void **state)
{
    (void)state;
    CLEANUP(http_multi_free) struct http_multi *m = NULL;
    char url[512];
    done_ok = done_failed = 0;
    peer = peer_start(STR(OK(2) "ok"), 1);
    snprintf(url, sizeof url, "%s", peer_url(peer, "/"));
    const struct http_request r = { .method = "GET", .url = url, .timeout_ms = 200 };
    check_ok(http_multi_open(&m, "millrace-test", 1, &e));
    check_ok(http_multi_start(m, &r, on_done, NULL, &e));
    clock_sleep_ms(600);
    const int sent_in_time = peer_requests(peer);
    const int64_t until = clock_monotonic_ms() + 5000;
    while (http_multi_in_flight(m) > 0 && clock_monotonic_ms() < until)
        check_ok(http_multi_poll(m, 100, NULL, &e));
    assert_int_equal(done_ok + done_failed, 1);
    clock_sleep_ms(300); /* what was sent would have been read by now */
    assert_int_equal(peer_requests(peer), sent_in_time);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(connections_are_reused, reset),
        cmocka_unit_test_teardown(requests_are_sent_whole, reset),
        cmocka_unit_test_teardown(bodies_are_unwrapped, reset),
        cmocka_unit_test_teardown(half_an_answer_is_no_answer, reset),
        cmocka_unit_test_teardown(silence_ends_in_time, reset),
        cmocka_unit_test_teardown(every_status_is_an_answer, reset),
        cmocka_unit_test_teardown(retry_after_is_understood, reset),
        cmocka_unit_test_teardown(headers_are_read, reset),
        cmocka_unit_test_teardown(headers_cannot_be_forged, reset),
        cmocka_unit_test_teardown(wrong_addresses_are_fatal, reset),
        cmocka_unit_test_teardown(answers_are_bounded, reset),
        cmocka_unit_test_teardown(once_is_once, reset),
        cmocka_unit_test_teardown(several_calls_fly_at_once, reset),
        cmocka_unit_test_teardown(a_late_poll_sends_nothing, reset),
    };
    struct err e = { 0 };
    setenv("http_proxy", "http://127.0.0.1:9",
           1); /* this machine must not be asked for through it */
    http_response_init(&response);
    if (http_client_open(&client, "millrace-test", &e) != ERR_NONE)
        return 1;
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    http_client_free(client);
    http_response_fini(&response);
    return failed;
}
