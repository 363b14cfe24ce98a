/*
 * httpd.c: starting, turning and stopping the server.
 *
 * libmicrohttpd never has a thread: its epoll descriptor is polled here together with the caller's
 * own (delivery reports of Kafka), so that one thread does everything and an idle server costs
 * nothing.  In HTTPD_THREAD a thread of ours turns the same loop (thread.c).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "httpd/httpd.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "httpd/internal.h"

enum { HTTPD_OPTIONS_MAX = 16 };

static enum err_class
address_of(const struct httpd_settings *s, struct sockaddr_in *ret, struct err *e)
{
    *ret = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)s->port) };
    if (inet_pton(AF_INET, s->bind, &ret->sin_addr) != 1)
        return err_set(e, ERR_FATAL, "bind", "%s: not an IPv4 address to listen on", s->bind);
    return ERR_NONE;
}

static unsigned
flags_of(const struct httpd_settings *s)
{
    const unsigned tls = s->tls_cert != NULL ? MHD_USE_TLS : 0;
    return tls | MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
}

static struct MHD_Daemon *
start(struct httpd *h, struct sockaddr_in *address)
{
    const struct httpd_settings *s = &h->settings;
    struct MHD_OptionItem options[HTTPD_OPTIONS_MAX] = {
        { MHD_OPTION_SOCK_ADDR, 0, address },
        { MHD_OPTION_CONNECTION_LIMIT, (intptr_t)s->connections_max, NULL },
        { MHD_OPTION_PER_IP_CONNECTION_LIMIT, (intptr_t)s->per_address_max, NULL },
        { MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL },
        { MHD_OPTION_CONNECTION_MEMORY_LIMIT, HTTPD_MEMORY_PER_CONNECTION, NULL },
        { MHD_OPTION_CONNECTION_TIMEOUT, HTTPD_KEEP_ALIVE_S, NULL },
        { MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)connection_event, h },
        { MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)connection_uri_seen, h },
        { MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)request_completed, h },
    };
    size_t n = 9;

    if (s->tls_cert != NULL) {
        options[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_CERT, 0,
                                                (void *)(uintptr_t)s->tls_cert };
        options[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_KEY, 0,
                                                (void *)(uintptr_t)s->tls_key };
    }
    options[n] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
    return MHD_start_daemon(flags_of(s), (uint16_t)s->port, NULL, NULL, request_access, h,
                            MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

enum err_class
httpd_open(struct httpd **ret, const struct httpd_settings *s, struct err *e)
{
    struct sockaddr_in address;

    assert(s->routes != NULL && s->body_max > 0 && s->deadline_ms > 0);
    assert(s->connections_max > 0 && s->per_address_max > 0);
    TRY(address_of(s, &address, e));
    if (s->tls_cert != NULL && MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES)
        return err_set(e, ERR_FATAL, "tls", "this libmicrohttpd has no TLS; put a proxy in front");

    struct httpd *h = calloc(1, sizeof *h);
    if (h == NULL)
        return err_set(e, ERR_FATAL, NULL, "httpd: out of memory");
    h->settings = *s;
    errno = 0;
    h->daemon = start(h, &address);
    if (h->daemon == NULL) {
        const int cause = errno;
        free(h);
        return err_set(e, ERR_FATAL, "listen", "cannot listen on %s:%lld: %s%s", s->bind,
                       (long long)s->port, cause != 0 ? strerror(cause) : "refused",
                       s->tls_cert != NULL ? " (are certificate and key a valid PEM pair?)" : "");
    }
    h->port = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    h->epoll_fd = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    if (s->mode == HTTPD_THREAD && thread_start(h, e) != ERR_NONE) {
        MHD_stop_daemon(h->daemon);
        free(h);
        return e->class;
    }
    *ret = h;
    return ERR_NONE;
}

/* Requests that still wait for an answer are told 503: a lying 200 would lose what they carry. */
void
httpd_free(struct httpd *h)
{
    if (h == NULL)
        return;
    if (h->settings.mode == HTTPD_THREAD)
        thread_stop(h);
    for (struct httpd_request *r = h->requests; r != NULL; r = r->next)
        if (r->suspended)
            httpd_respond(r, 503, "text/plain", STR("shutting down; send it again\n"));
    MHD_run(h->daemon);
    MHD_stop_daemon(h->daemon);
    while (h->connections != NULL) { /* none is left unless libmicrohttpd forgot to tell */
        struct connection *next = h->connections->next;
        free(h->connections);
        h->connections = next;
    }
    free(h);
}

int64_t
httpd_port(const struct httpd *h)
{
    return h->port;
}

static int
poll_timeout_ms(struct httpd *h, int64_t wait_ms)
{
    MHD_UNSIGNED_LONG_LONG due_ms = 0;
    if (h->resumed)
        return 0;
    if (MHD_get_timeout(h->daemon, &due_ms) == MHD_YES && (int64_t)due_ms < wait_ms)
        wait_ms = (int64_t)due_ms;
    if (h->connections != NULL && wait_ms > HTTPD_REAP_EVERY_MS)
        wait_ms = HTTPD_REAP_EVERY_MS;
    return (int)wait_ms;
}

enum err_class
httpd_run(struct httpd *h, int64_t wait_ms, int wake_fd, struct err *e)
{
    struct pollfd fds[] = { { .fd = h->epoll_fd, .events = POLLIN },
                            { .fd = wake_fd, .events = POLLIN } };

    if (poll(fds, 2, poll_timeout_ms(h, wait_ms)) < 0 && errno != EINTR)
        return err_set(e, ERR_FATAL, "poll", "httpd: poll: %s", strerror(errno));
    h->resumed = false;
    if (MHD_run(h->daemon) != MHD_YES)
        return err_set(e, ERR_FATAL, "httpd", "httpd: libmicrohttpd stopped turning");
    connections_reap(h);
    return ERR_NONE;
}

void
httpd_stop_accepting(struct httpd *h)
{
    if (h->settings.mode == HTTPD_THREAD && !pthread_equal(pthread_self(), h->thread)) {
        atomic_store(&h->quiesce, true);
        thread_wake(h);
        return;
    }
    const MHD_socket listener = MHD_quiesce_daemon(h->daemon);
    if (listener != MHD_INVALID_SOCKET)
        close(listener);
}

size_t
httpd_open_requests(const struct httpd *h)
{
    return h->n_requests;
}
