/* Client and server together, as the gateways and their callers use them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <pthread.h>
#include <stdio.h>

#include "http/client.h"
#include "server.h"

static struct server *server;

static int
start(void **state)
{
    (void)state;
    server = server_start(HTTPD_LOOP, SERVER_PER_ADDRESS, NULL, NULL);
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    server_free(server);
    return 0;
}

static void
send_to(struct http_client *c, const char *method, const char *path, struct str body,
        struct http_response *ret)
{
    char url[256];
    snprintf(url, sizeof url, "http://127.0.0.1:%lld%s", (long long)server_port(server), path);
    const struct http_request r = { .method = method, .url = url, .body = body };
    check_ok(http_send(c, &r, ret, &e));
}

/* Breaks if a body changed between our own client and our own server. */
static void
bodies_go_there_and_back(void **state)
{
    (void)state;
    CLEANUP(http_client_free) struct http_client *c = NULL;
    static char body[SERVER_BODY_MAX];
    check_ok(http_client_open(&c, "test", &e));
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = (char)(i * 7);
    for (size_t n = 0; n <= sizeof body; n = n * 3 + 1) {
        CLEANUP_VALUE(http_response_fini) struct http_response r;
        send_to(c, "POST", "/echo", (struct str){ body, n }, &r);
        assert_int_equal(r.status, 200);
        assert_int_equal(r.body.n, n);
        assert_true(str_eq(buf_str(&r.body), (struct str){ body, n }));
        assert_true(r.date.v != 0);
    }
}

/* Breaks if our client could not read the refusal of a body that is too large. */
static void
a_refusal_is_readable(void **state)
{
    (void)state;
    CLEANUP(http_client_free) struct http_client *c = NULL;
    static char body[SERVER_BODY_MAX * 3];
    check_ok(http_client_open(&c, "test", &e));
    for (int i = 0; i < 10; i++) {
        CLEANUP_VALUE(http_response_fini) struct http_response r;
        send_to(c, "POST", "/echo", (struct str){ body, sizeof body }, &r);
        assert_int_equal(r.status, 413);
    }
    CLEANUP_VALUE(http_response_fini) struct http_response r;
    send_to(c, "GET", "/hello", STR(""), &r);
    assert_int_equal(r.status, 200);
}

enum { CALLERS = 8, CALLS = 50 };
static int right[CALLERS];

static void *
call_often(void *ctx)
{
    int *ok = ctx;
    struct http_client *c = NULL;
    struct err e = { 0 };
    if (http_client_open(&c, "test", &e) != ERR_NONE)
        return NULL;
    for (int i = 0; i < CALLS; i++) {
        char text[64];
        const int n = snprintf(text, sizeof text, "caller %d call %d", (int)(ok - right), i);
        CLEANUP_VALUE(http_response_fini) struct http_response r;
        send_to(c, "POST", "/echo", (struct str){ text, (size_t)n }, &r);
        *ok += r.status == 200 && str_is(buf_str(&r.body), text);
        http_response_fini(&r);
        send_to(c, "GET", "/later?q=2", STR(""), &r);
        *ok += r.status == 200 && str_is(buf_str(&r.body), "at last");
    }
    http_client_free(c);
    return NULL;
}

/* Breaks if answers of parallel callers were mixed up, some of them given late. */
static void
callers_get_their_own_answers(void **state)
{
    (void)state;
    pthread_t threads[CALLERS];
    for (int i = 0; i < CALLERS; i++) {
        right[i] = 0;
        assert_int_equal(pthread_create(&threads[i], NULL, call_often, &right[i]), 0);
    }
    for (int i = 0; i < CALLERS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(right[i], CALLS * 2);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bodies_go_there_and_back, start, stop),
        cmocka_unit_test_setup_teardown(a_refusal_is_readable, start, stop),
        cmocka_unit_test_setup_teardown(callers_get_their_own_answers, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
