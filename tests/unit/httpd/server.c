/*
 * server.c: handlers, and a loop that answers deferred requests when they are due.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "server.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"

enum { LATER_MAX = 256, TURN_MS = 60000 };
struct later { struct httpd_request *request; int64_t due_ms; };

struct server {
    struct httpd *httpd;
    pthread_t thread;
    int wake_fd;
    bool own_thread;
    struct later later[LATER_MAX];
    size_t n_later;
    atomic_bool stop, quiesce;
    _Atomic int64_t turns;
};

static void
hello(void *ctx, struct httpd_request *r)
{
    (void)ctx;
    httpd_respond(r, 200, "text/plain", STR("hello"));
}

static void
echo(void *ctx, struct httpd_request *r)
{
    (void)ctx;
    httpd_respond(r, 200, "text/plain", httpd_body(r));
}

static void
tree(void *ctx, struct httpd_request *r)
{
    char text[2048];
    const struct str path = httpd_path(r), q = httpd_query(r, "q"), mark = httpd_header(r,
                                                              "x-MARK");
    (void)ctx;
    const int n = snprintf(text, sizeof text, "%.*s|%.*s|%.*s", (int)path.n, path.p, (int)q.n,
                           q.p != NULL ? q.p : "", (int)mark.n, mark.p != NULL ? mark.p : "");
    httpd_respond(r, 200, "text/plain", (struct str){ text, (size_t)n });
}

static void
answer_later(void *ctx, struct httpd_request *r)
{
    struct server *s = ctx;
    const struct str q = httpd_query(r, "q");
    if (s->n_later == LATER_MAX)
        abort();
    s->later[s->n_later++] = (struct later){ r, clock_monotonic_ms() + strtoll(q.p, NULL, 10) };
}

static const struct httpd_route routes[] = {
    { "GET", "/hello", hello },
    { "POST", "/echo", echo },
    { "GET", "/tree/", tree },
    { "GET", "/later", answer_later },
    { 0 },
};

/* Answers what is due; how long until the next. */
static int64_t
answer_due(struct server *s)
{
    const int64_t now = clock_monotonic_ms();
    int64_t wait = TURN_MS;
    for (size_t i = 0; i < s->n_later;) {
        const int64_t left = s->later[i].due_ms - now;
        if (left <= 0) {
            httpd_respond(s->later[i].request, 200, "text/plain", STR("at last"));
            s->later[i] = s->later[--s->n_later];
        } else {
            wait = left < wait ? left : wait;
            i++;
        }
    }
    return wait;
}

static void *
turn(void *ctx)
{
    struct server *s = ctx;
    struct err e = { 0 };
    while (!atomic_load(&s->stop)) {
        uint64_t wakes;
        if (httpd_run(s->httpd, answer_due(s), s->wake_fd, &e) != ERR_NONE)
            abort();
        (void)!read(s->wake_fd, &wakes, sizeof wakes);
        if (atomic_exchange(&s->quiesce, false))
            httpd_stop_accepting(s->httpd);
        atomic_fetch_add(&s->turns, 1);
    }
    return NULL;
}

struct server *
server_start(enum httpd_mode mode, unsigned per_address, const char *cert, const char *key)
{
    struct server *s = calloc(1, sizeof *s);
    struct err e = { 0 };
    const struct httpd_settings settings = {
        .mode = mode, .bind = "127.0.0.1", .routes = routes, .ctx = s, .body_max = SERVER_BODY_MAX,
        .bodies_max = SERVER_BODIES_MAX,
        .deadline_ms = SERVER_DEADLINE_MS, .connections_max = 400, .per_address_max = per_address,
        .tls_cert = cert, .tls_key = key,
    };
    s->own_thread = mode == HTTPD_LOOP;
    s->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (httpd_open(&s->httpd, &settings, &e) != ERR_NONE) {
        fprintf(stderr, "%s\n", e.text);
        abort();
    }
    if (s->own_thread && pthread_create(&s->thread, NULL, turn, s) != 0)
        abort();
    return s;
}

static void
wake(struct server *s)
{
    const uint64_t one = 1;
    (void)!write(s->wake_fd, &one, sizeof one);
}

void
server_free(struct server *s)
{
    atomic_store(&s->stop, true);
    wake(s);
    if (s->own_thread)
        pthread_join(s->thread, NULL);
    httpd_free(s->httpd);
    close(s->wake_fd);
    free(s);
}

int64_t
server_port(const struct server *s)
{
    return httpd_port(s->httpd);
}

void
server_stop_accepting(struct server *s)
{
    if (!s->own_thread) {
        httpd_stop_accepting(s->httpd);
        return;
    }
    atomic_store(&s->quiesce, true);
    wake(s);
}

size_t
server_open_requests(const struct server *s)
{
    return httpd_open_requests(s->httpd);
}

int64_t
server_turns(const struct server *s)
{
    return atomic_load(&s->turns);
}
