/* The server with a certificate.  SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <signal.h>

#include "base/clock.h"
#include "server.h"
#include "tls.h"
#include "wire.h"

static char cert[TLS_PEM_MAX], key[TLS_PEM_MAX], other_cert[TLS_PEM_MAX], other_key[TLS_PEM_MAX];

/* Breaks if webhooks could not come in over TLS, or the certificate served were another. */
static void
requests_come_over_tls(void **state)
{
    (void)state;
    char answer[1024];
    CLEANUP(server_free) struct server *s = server_start(HTTPD_LOOP, 10, cert, key);
    static const char request[] = "GET /later?q=20 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    int fd = wire_connect(server_port(s));
    assert_true(tls_exchange(fd, cert, request, answer, sizeof answer));
    assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
    close(fd);
    fd = wire_connect(server_port(s));
    assert_false(tls_exchange(fd, other_cert, request, answer, sizeof answer));
    close(fd);
}

/* Breaks if plain HTTP were served where TLS was asked for, or a slow handshake could hold on. */
static void
nothing_but_tls_is_served(void **state)
{
    (void)state;
    CLEANUP(server_free) struct server *s = server_start(HTTPD_LOOP, 10, cert, key);
    int fd = wire_connect(server_port(s));
    wire_send(fd, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_null(strstr(wire_read_all(fd, 1500), "hello"));
    close(fd);
    fd = wire_connect(server_port(s));
    wire_send(fd, "\x16\x03\x01");
    const int64_t before = clock_monotonic_ms();
    assert_true(wire_is_closed(fd, 3000));
    assert_in_range(clock_monotonic_ms() - before, SERVER_DEADLINE_MS - 50,
        SERVER_DEADLINE_MS + 500);
    close(fd);
}

/* Breaks if a certificate and a key that do not belong together were found out by clients only. */
static void
a_foreign_key_is_fatal(void **state)
{
    (void)state;
    static const struct httpd_route none[] = { { 0 } };
    struct httpd *h = NULL;
    struct err e = { 0 };
    const struct httpd_settings s = { .mode = HTTPD_LOOP, .bind = "127.0.0.1", .routes = none,
                                      .body_max = 1, .deadline_ms = 1, .connections_max = 1,
                                      .per_address_max = 1, .tls_cert = cert,
                                          .tls_key = other_key };
    assert_int_equal(httpd_open(&h, &s, &e), ERR_FATAL);
    assert_non_null(strstr(e.text, "are certificate and key a valid PEM pair?"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_come_over_tls),
        cmocka_unit_test(nothing_but_tls_is_served),
        cmocka_unit_test(a_foreign_key_is_fatal),
    };
    signal(SIGPIPE, SIG_IGN);
    tls_make_pair(cert, key);
    tls_make_pair(other_cert, other_key);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
