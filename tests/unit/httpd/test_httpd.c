/* The server against a client that sends what it likes.  SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "server.h"
#include "wire.h"

static struct server *server;
static int64_t port;

static int
start_loop(void **state)
{
    (void)state;
    server = server_start(HTTPD_LOOP, SERVER_PER_ADDRESS, NULL, NULL);
    port = server_port(server);
    return 0;
}

static int
start_thread(void **state)
{
    (void)state;
    server = server_start(HTTPD_THREAD, SERVER_PER_ADDRESS, NULL, NULL);
    port = server_port(server);
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    server_free(server);
    return 0;
}

/* The answer has this status and ends with this body. */
static void
check_answer(const char *answer, int status, const char *body)
{
    char line[32];
    snprintf(line, sizeof line, "HTTP/1.1 %d ", status);
    const char *end = strstr(answer, "\r\n\r\n");
    if (strncmp(answer, line, strlen(line)) != 0 || end == NULL || strcmp(end + 4, body) != 0)
        fail_msg("not %d \"%s\" but:\n%s", status, body, answer);
}

/* Breaks if a request reached the wrong handler, or lost its path, query or headers. */
static void
requests_find_their_route(void **state)
{
    (void)state;
    check_answer(wire_exchange(port, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"), 200, "hello");
    check_answer(wire_exchange(port, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n"
                                     "a\nb"),
                 200, "a\nb");
    check_answer(wire_exchange(port, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
                                     "chunked\r\n\r\n"
                                     "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), 200, "abcde");
    check_answer(wire_exchange(port, "GET /tree/a%20b/c?q=1%2F2 HTTP/1.1\r\nHost: x\r\nX-Mark: "
                                     "m\r\n\r\n"),
                 200, "/tree/a b/c|1/2|m");
    check_answer(wire_exchange(port, "GET /tree/ HTTP/1.1\r\nHost: x\r\n\r\n"), 200, "/tree/||");
    check_answer(wire_exchange(port, "GET /tree HTTP/1.1\r\nHost: x\r\n\r\n"), 404,
                 "there is nothing at this path\n");
    check_answer(wire_exchange(port, "GET /hello/ HTTP/1.1\r\nHost: x\r\n\r\n"), 404,
                 "there is nothing at this path\n");
    check_answer(wire_exchange(port, "DELETE /hello HTTP/1.1\r\nHost: x\r\n\r\n"), 405,
                 "this path has no such method\n");
    const char *head = wire_exchange(port, "HEAD /hello HTTP/1.0\r\n\r\n");
    assert_non_null(strstr(head, " 200 "));
    assert_null(strstr(head, "hello"));
}

/* Breaks if a kept-alive connection were closed between two requests, or mixed them up. */
static void
connections_are_kept(void **state)
{
    (void)state;
    const int fd = wire_connect(port);
    for (int i = 0; i < 5; i++) {
        wire_send(fd, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        check_answer(wire_read_answer(fd), 200, "hello");
    }
    close(fd);
}

/* Breaks if a body over the limit were taken, cut, or read for ever. */
static void
large_bodies_are_refused(void **state)
{
    (void)state;
    static char body[SERVER_BODY_MAX + 1];
    CLEANUP_VALUE(buf_fini) struct buf request;
    buf_init(&request, 1 << 20);
    memset(body, 'b', sizeof body - 1);
    buf_printf(&request, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s",
               SERVER_BODY_MAX, body);
    assert_non_null(strstr(wire_exchange(port, buf_cstr(&request)), " 200 "));

    const char *announced = wire_exchange(
        port, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n");
    check_answer(announced, 413, "the body is too large\n");
    assert_non_null(strcasestr(announced, "Connection: close"));
    check_answer(wire_exchange(port, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n"
                                     "Expect: 100-continue\r\n\r\n"),
                 413, "the body is too large\n");

    buf_clear(&request);
    buf_printf(&request, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                         "186a0\r\n%s\r\n1\r\nx\r\n0\r\n\r\n", body);
    check_answer(wire_exchange(port, buf_cstr(&request)), 413, "the body is too large\n");
}

/* Sends text until it is answered with this status: what others sent before is read meanwhile. */
static void
await_status(const char *text, const char *status)
{
    const int64_t until = clock_monotonic_ms() + SERVER_DEADLINE_MS - 100;
    const char *answer = wire_exchange(port, text);
    while (strstr(answer, status) == NULL && clock_monotonic_ms() < until)
        answer = wire_exchange(port, text);
    if (strstr(answer, status) == NULL)
        fail_msg("not %s but: %s", status, answer);
}

/* Breaks if many who send at once, or never finish, could make us hold more than we said. */
static void
bodies_have_a_limit_together(void **state)
{
    (void)state;
    static char most[SERVER_BODY_MAX];
    CLEANUP_VALUE(buf_fini) struct buf begun, whole;
    int fds[2];
    buf_init(&begun, 1 << 20);
    buf_init(&whole, 1 << 20);
    memset(most, 'm', sizeof most - 1);
    buf_printf(&begun, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s",
               SERVER_BODY_MAX, most);
    buf_printf(&whole, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n%.60000s",
               most);
    for (size_t i = 0; i < 2; i++) {
        fds[i] = wire_connect(port);
        wire_send(fds[i], buf_cstr(&begun)); /* all but the last byte */
    }
    await_status(buf_cstr(&whole), "503 ");
    const char *busy = wire_exchange(port, buf_cstr(&whole));
    check_answer(busy, 503, "too much is being received; send it again\n");
    assert_non_null(strcasestr(busy, "Connection: close"));
    check_answer(wire_exchange(port, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"), 200, "hello");
    wire_send(fds[0], "m"); /* who was in before is served to the end */
    assert_non_null(strstr(wire_read_answer(fds[0]), " 200 "));
    close(fds[0]);
    close(fds[1]);
    await_status(buf_cstr(&whole), "200 ");
}

/* Breaks if a client could keep us reading a body without end. */
static void
endless_bodies_are_cut(void **state)
{
    (void)state;
    static char chunk[10010];
    memset(chunk, 'c', 10006);
    memcpy(chunk, "2710\r\n", 6);
    memcpy(chunk + 10006, "\r\n", 3);
    const int64_t before = clock_monotonic_ms();
    const int fd = wire_connect(port);
    int sent = 0;
    wire_send(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (; sent < 200 && !wire_is_closed(fd, 2); sent++)
        wire_send(fd, chunk);
    close(fd);
    assert_in_range(sent, 49, 70);
    assert_true(clock_monotonic_ms() - before < SERVER_DEADLINE_MS);
}

/* Breaks if a long path were cut to one that has a handler. */
static void
long_paths_are_refused(void **state)
{
    (void)state;
    CLEANUP_VALUE(buf_fini) struct buf request;
    buf_init(&request, 1 << 16);
    buf_printf(&request, "GET /tree/");
    for (int i = 0; i < 2000; i++)
        buf_char(&request, 'x');
    buf_printf(&request, " HTTP/1.1\r\nHost: x\r\n\r\n");
    check_answer(wire_exchange(port, buf_cstr(&request)), 414, "the path is too long\n");
}

/* Breaks if bytes that are no HTTP crashed the server or hung a connection. */
static void
nonsense_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "\r\n\r\n\r\n\r\n", "GET\r\n\r\n", "GET /hello\r\n\r\n",
        "\x16\x03\x01\x02\x01\x01\xfc\x03\x03\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "GET /hello HTTP/1.1\r\n\r\n",
    };
    enum { N = sizeof texts / sizeof texts[0] };
    int fds[N];
    for (size_t i = 0; i < N; i++) {
        fds[i] = wire_connect(port);
        wire_send(fds[i], texts[i]);
    }
    for (size_t i = 0; i < N; i++) {
        if (strstr(wire_read_all(fds[i], SERVER_DEADLINE_MS * 3), " 200 ") != NULL)
            fail_msg("answered 200: %s", texts[i]);
        close(fds[i]);
    }
    check_answer(wire_exchange(port, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"), 200, "hello");
}

/* Drips text over fd, a byte every 20 ms, until the server hangs up; how long that took. */
static int64_t
drip(int fd, const char *text)
{
    const int64_t before = clock_monotonic_ms();
    for (size_t i = 0; clock_monotonic_ms() - before < 5000; i++) {
        const char byte[] = { text[i % strlen(text)], '\0' };
        wire_send(fd, byte);
        if (wire_is_closed(fd, 20))
            break;
    }
    return clock_monotonic_ms() - before;
}

/* Breaks if a slow client could hold a connection: cut at the deadline however busy it looks. */
static void
dripping_clients_are_cut(void **state)
{
    (void)state;
    int fd = wire_connect(port);
    assert_in_range(drip(fd, "GET /hello-and-so-on"), SERVER_DEADLINE_MS - 50,
                             SERVER_DEADLINE_MS + 500);
    close(fd);
    fd = wire_connect(port);
    wire_send(fd, "GET /hello HTTP/1.1\r\n");
    assert_in_range(drip(fd, "X: y\r\n"), SERVER_DEADLINE_MS - 50, SERVER_DEADLINE_MS + 500);
    close(fd);
    fd = wire_connect(port);
    wire_send(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n");
    assert_in_range(drip(fd, "body"), SERVER_DEADLINE_MS - 50, SERVER_DEADLINE_MS + 500);
    close(fd);
}

/* Breaks if the second request of a connection could drip: its time runs from its first byte. */
static void
kept_connections_cannot_drip(void **state)
{
    (void)state;
    const int fd = wire_connect(port);
    wire_send(fd, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    check_answer(wire_read_answer(fd), 200, "hello");
    clock_sleep_ms(SERVER_DEADLINE_MS + 300); /* idle is allowed to last longer */
    assert_in_range(drip(fd, "GET /hello-and-so-on"), SERVER_DEADLINE_MS - 50,
                             SERVER_DEADLINE_MS + 500);
    close(fd);
}

/* Breaks if a client that was cut were not told why. */
static void
the_cut_is_announced(void **state)
{
    (void)state;
    const int fd = wire_connect(port);
    wire_send(fd, "GET /hello HTTP/1.1\r\nHost:");
    const char *answer = wire_read_all(fd, 3000);
    assert_memory_equal(answer, "HTTP/1.1 408 ", 13);
    close(fd);
    const int silent = wire_connect(port);
    assert_true(wire_is_closed(silent, 3000));
    close(silent);
}

/* The client has its answer a moment before the server forgets the request. */
static bool
becomes_idle(void)
{
    for (int i = 0; i < 100 && server_open_requests(server) > 0; i++)
        clock_sleep_ms(5);
    return server_open_requests(server) == 0;
}

/* Breaks if an answer that comes later were lost, late, or went to another request. */
static void
answers_may_come_later(void **state)
{
    (void)state;
    enum { N = 60 };
    int fds[N];
    const int64_t before = clock_monotonic_ms();
    for (int i = 0; i < N; i++) {
        char request[96];
        fds[i] = wire_connect(port);
        snprintf(request, sizeof request, "GET /later?q=%d HTTP/1.1\r\nHost: x\r\n\r\n",
                                          300 - i * 5);
        wire_send(fds[i], request);
    }
    check_answer(wire_exchange(port, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"), 200, "hello");
    assert_true(server_open_requests(server) > 0);
    for (int i = N - 1; i >= 0; i--) {
        check_answer(wire_read_answer(fds[i]), 200, "at last");
        assert_true(clock_monotonic_ms() - before < 300 - i * 5 + 400);
        close(fds[i]);
    }
    assert_true(becomes_idle());
}

/* Breaks if a client that left before its answer took the server along. */
static void
a_client_may_leave_before_its_answer(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        const int fd = wire_connect(port);
        wire_send(fd, "GET /later?q=50 HTTP/1.1\r\nHost: x\r\n\r\n");
        clock_sleep_ms(2);
        close(fd);
    }
    const int over = wire_connect(port);
    wire_send(over, "GET /later?q=1500 HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_memory_equal(wire_read_all(over, 3000), "HTTP/1.1 408 ", 13);
    close(over);
    clock_sleep_ms(1200);
    check_answer(wire_exchange(port, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"), 200, "hello");
    assert_true(becomes_idle());
}

static int64_t
cpu_used_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * US_PER_S + t.tv_nsec / 1000;
}

/* Breaks if an idle server turned its loop, or slept over a request. */
static void
idle_costs_nothing_and_wakes_at_once(void **state)
{
    (void)state;
    clock_sleep_ms(50);
    const int64_t turns = server_turns(server);
    const int64_t cpu_us = cpu_used_us();
    clock_sleep_ms(1000);
    assert_true(server_turns(server) - turns <= 1);
    assert_true(cpu_used_us() - cpu_us < 5000);

    const int64_t before = clock_monotonic_us();
    check_answer(wire_exchange(port, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"), 200, "hello");
    assert_true(clock_monotonic_us() - before < 300000);
}

/* Breaks if a drain dropped requests that were accepted, or went on accepting. */
static void
draining_answers_what_is_open(void **state)
{
    (void)state;
    const int open_fd = wire_connect(port);
    wire_send(open_fd, "GET /later?q=300 HTTP/1.1\r\nHost: x\r\n\r\n");
    clock_sleep_ms(50);
    server_stop_accepting(server);
    clock_sleep_ms(50);
    assert_int_equal(wire_connect(port), -1);
    check_answer(wire_read_answer(open_fd), 200, "at last");
    close(open_fd);
}

/* Breaks if the end of the process left a request without an answer, or with a lying 200. */
static void
the_end_answers_503(void **state)
{
    (void)state;
    const int fd = wire_connect(port);
    wire_send(fd, "GET /later?q=60000 HTTP/1.1\r\nHost: x\r\n\r\n");
    clock_sleep_ms(50);
    server_free(server);
    server = server_start(HTTPD_LOOP, SERVER_PER_ADDRESS, NULL, NULL); /* for stop() */
    assert_memory_equal(wire_read_all(fd, 1000), "HTTP/1.1 503 ", 13);
    close(fd);
}

/* Breaks if one address could take all connections. */
static void
addresses_are_limited(void **state)
{
    (void)state;
    CLEANUP(server_free) struct server *s = server_start(HTTPD_LOOP, 4, NULL, NULL);
    int fds[5];
    for (int i = 0; i < 5; i++) {
        fds[i] = wire_connect(server_port(s));
        clock_sleep_ms(10);
    }
    assert_true(fds[4] < 0 || wire_is_closed(fds[4], 300));
    wire_send(fds[0], "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    check_answer(wire_read_answer(fds[0]), 200, "hello");
    for (int i = 0; i < 5; i++)
        close(fds[i]);
}

/* Breaks if an address that cannot be had were not named. */
static void
bad_addresses_are_fatal(void **state)
{
    (void)state;
    static const struct httpd_route none[] = { { 0 } };
    struct httpd *h = NULL;
    struct httpd_settings s = { .mode = HTTPD_LOOP, .bind = "somewhere", .routes = none,
                                                            .body_max = 1,
                                .deadline_ms = 1, .connections_max = 1, .per_address_max = 1 };
    char want[128];
    check_error(httpd_open(&h, &s, &e), ERR_FATAL, "somewhere: not an IPv4 address to listen on");
    s.bind = "127.0.0.1";
    s.port = port;
    snprintf(want, sizeof want, "cannot listen on 127.0.0.1:%lld: Address already in use",
                                (long long)port);
    check_error(httpd_open(&h, &s, &e), ERR_FATAL, want);
    s.port = 0;
    s.tls_cert = s.tls_key = "no PEM";
    struct err e = { 0 };
    assert_int_equal(httpd_open(&h, &s, &e), ERR_FATAL);
    assert_non_null(strstr(e.text, "are certificate and key a valid PEM pair?"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(requests_find_their_route, start_loop, stop),
        cmocka_unit_test_setup_teardown(connections_are_kept, start_loop, stop),
        cmocka_unit_test_setup_teardown(large_bodies_are_refused, start_loop, stop),
        cmocka_unit_test_setup_teardown(bodies_have_a_limit_together, start_loop, stop),
        cmocka_unit_test_setup_teardown(endless_bodies_are_cut, start_loop, stop),
        cmocka_unit_test_setup_teardown(long_paths_are_refused, start_loop, stop),
        cmocka_unit_test_setup_teardown(nonsense_is_refused, start_loop, stop),
        cmocka_unit_test_setup_teardown(dripping_clients_are_cut, start_loop, stop),
        { "dripping_clients_are_cut_in_the_thread", dripping_clients_are_cut, start_thread, stop,
          NULL },
        cmocka_unit_test_setup_teardown(kept_connections_cannot_drip, start_loop, stop),
        cmocka_unit_test_setup_teardown(the_cut_is_announced, start_loop, stop),
        cmocka_unit_test_setup_teardown(answers_may_come_later, start_loop, stop),
        cmocka_unit_test_setup_teardown(a_client_may_leave_before_its_answer, start_loop, stop),
        cmocka_unit_test_setup_teardown(idle_costs_nothing_and_wakes_at_once, start_loop, stop),
        { "idle_costs_nothing_in_the_thread", idle_costs_nothing_and_wakes_at_once, start_thread,
          stop,
          NULL },
        cmocka_unit_test_setup_teardown(draining_answers_what_is_open, start_loop, stop),
        cmocka_unit_test_setup_teardown(the_end_answers_503, start_loop, stop),
        cmocka_unit_test_setup_teardown(addresses_are_limited, start_loop, stop),
        cmocka_unit_test_setup_teardown(bad_addresses_are_fatal, start_loop, stop),
        { "requests_find_their_route_in_the_thread", requests_find_their_route, start_thread, stop,
          NULL },
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
