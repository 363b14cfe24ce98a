/*
 * peer.c: a thread that accepts, and one for each connection.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "peer.h"

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 64 };
struct connection { struct peer *peer; int fd; pthread_t thread; };

struct peer {
    struct str answer;
    int per_connection, listener, stop_fd, port;
    bool dying;
    pthread_t thread;
    pthread_mutex_t lock; /* of request */
    struct connection open[CONNECTIONS_MAX];
    atomic_int connections, requests;
    char request[PEER_REQUEST_MAX], url[512];
};

/* True when fd has something to read; false when the test is over. */
static bool
wait_for(const struct peer *p, int fd)
{
    struct pollfd fds[] = { { .fd = fd, .events = POLLIN }, { .fd = p->stop_fd,
        .events = POLLIN } };
    return poll(fds, 2, -1) > 0 && fds[1].revents == 0;
}

/* Bytes that the request needs in all, as far as is known. */
static size_t
wanted(const char *request)
{
    const char *end = strstr(request, "\r\n\r\n"), *length = strcasestr(request,
                                      "Content-Length: ");
    if (end == NULL)
        return PEER_REQUEST_MAX - 1;
    return (size_t)(end - request) + 4 + (length != NULL ? strtoul(length + 16, NULL, 10) : 0);
}

static bool
read_request(struct peer *p, int fd)
{
    char text[PEER_REQUEST_MAX];
    size_t n = 0;
    text[0] = '\0';
    while (n < wanted(text)) {
        if (!wait_for(p, fd))
            return false;
        const ssize_t got = recv(fd, text + n, sizeof text - 1 - n, 0);
        if (got <= 0)
            return false;
        n += (size_t)got;
        text[n] = '\0';
    }
    pthread_mutex_lock(&p->lock);
    memcpy(p->request, text, n + 1);
    pthread_mutex_unlock(&p->lock);
    atomic_fetch_add(&p->requests, 1);
    return true;
}

static void *
serve(void *ctx)
{
    const struct connection *c = ctx;
    struct peer *p = c->peer;
    for (int i = 0; i < p->per_connection && read_request(p, c->fd); i++) {
        if (p->answer.p == NULL)
            wait_for(p, p->stop_fd);
        (void)!send(c->fd, p->answer.p, p->answer.n, MSG_NOSIGNAL);
    }
    if (p->dying)
        read_request(p, c->fd);
    close(c->fd);
    return NULL;
}

static void *
accept_all(void *ctx)
{
    struct peer *p = ctx;
    int n = 0;
    while (n < CONNECTIONS_MAX && wait_for(p, p->listener)) {
        struct connection *c = &p->open[n++];
        *c = (struct connection){ .peer = p, .fd = accept(p->listener, NULL, NULL) };
        atomic_fetch_add(&p->connections, 1);
        if (pthread_create(&c->thread, NULL, serve, c) != 0)
            abort();
    }
    for (int i = 0; i < n; i++)
        pthread_join(p->open[i].thread, NULL);
    return NULL;
}

static struct peer *
start(struct str answer, int per_connection, bool dying)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    struct peer *p = calloc(1, sizeof *p);
    if (answer.p != NULL) {
        char *copy = malloc(answer.n + 1);
        memcpy(copy, answer.p, answer.n);
        p->answer = (struct str){ copy, answer.n };
    }
    p->per_connection = per_connection;
    p->dying = dying;
    pthread_mutex_init(&p->lock, NULL);
    p->stop_fd = eventfd(0, EFD_CLOEXEC);
    p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(p->listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(p->listener, 16) != 0 ||
        getsockname(p->listener, (struct sockaddr *)&at, &size) != 0 ||
        pthread_create(&p->thread, NULL, accept_all, p) != 0)
        abort();
    p->port = ntohs(at.sin_port);
    return p;
}

struct peer *
peer_start(struct str answer, int per_connection)
{
    return start(answer, per_connection, false);
}

struct peer *
peer_start_dying(struct str answer)
{
    return start(answer, 1, true);
}

void
peer_free(struct peer *p)
{
    const uint64_t one = 1;
    (void)!write(p->stop_fd, &one, sizeof one);
    pthread_join(p->thread, NULL);
    close(p->listener);
    close(p->stop_fd);
    free((void *)(uintptr_t)p->answer.p);
    free(p);
}

const char *
peer_url(struct peer *p, const char *path)
{
    snprintf(p->url, sizeof p->url, "http://127.0.0.1:%d%s", p->port, path);
    return p->url;
}

int
peer_connections(const struct peer *p)
{
    return atomic_load(&p->connections);
}

int
peer_requests(const struct peer *p)
{
    return atomic_load(&p->requests);
}

const char *
peer_request(const struct peer *p)
{
    return p->request;
}
