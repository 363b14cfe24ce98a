/*
 * deadline.c: a client that drips is cut, however busy it looks.
 *
 * libmicrohttpd's own time-out counts inactivity only: one header byte a second keeps a connection
 * open for ever.  So each connection carries an absolute deadline that starts with a request's
 * first byte.  libmicrohttpd tells nothing before the request line is whole, so while a connection
 * is idle the kernel's byte counter is asked.  When the deadline passes, the client is told 408
 * (where nothing was answered yet and there is no TLS in between) and the socket is shut down;
 * libmicrohttpd then cleans up.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "httpd/internal.h"

static const char refusal[] = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n"
                              "Content-Length: 0\r\n\r\n";

static int64_t
deadline_in(int64_t ms)
{
    return clock_monotonic_us() + ms * US_PER_MS;
}

static uint64_t
bytes_received(int fd)
{
    struct tcp_info info = { 0 };
    socklen_t size = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return 0;
    return info.tcpi_bytes_received;
}

struct connection *
connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

static void
connection_open(struct httpd *h, struct MHD_Connection *mhd, void **socket_context)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct connection *c = calloc(1, sizeof *c);

    if (c == NULL || info == NULL) {
        free(c);
        return; /* libmicrohttpd's inactivity time-out still watches it */
    }
    c->mhd = mhd;
    c->fd = info->connect_fd;
    c->deadline_us = deadline_in(h->settings.deadline_ms);
    c->next = h->connections;
    h->connections = c;
    *socket_context = c;
}

static void
connection_close(struct httpd *h, struct connection *c)
{
    for (struct connection **at = &h->connections; *at != NULL; at = &(*at)->next) {
        if (*at == c) {
            *at = c->next;
            break;
        }
    }
    free(c);
}

void
connection_event(void *ctx, struct MHD_Connection *mhd, void **socket_context,
                 enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        connection_open(ctx, mhd, socket_context);
    } else if (*socket_context != NULL) {
        connection_close(ctx, *socket_context);
        *socket_context = NULL;
    }
}

static void
begin(const struct httpd *h, struct connection *c)
{
    if (!c->begun)
        c->deadline_us = deadline_in(h->settings.deadline_ms);
    c->begun = true;
}

/* A request was answered; the next one of this connection may take its time to begin. */
void
connection_idle(struct connection *c)
{
    c->answering = c->begun = false;
    c->bytes = bytes_received(c->fd);
    c->deadline_us = deadline_in(HTTPD_KEEP_ALIVE_S * 1000);
}

/* The request line is in. What is returned becomes the request's context. */
void *
connection_uri_seen(void *ctx, const char *uri, struct MHD_Connection *mhd)
{
    struct httpd *h = ctx;
    struct connection *c = connection_of(mhd);

    (void)uri;
    if (c != NULL)
        begin(h, c);
    return NULL;
}

void
connections_reap(struct httpd *h)
{
    const int64_t now = clock_monotonic_us();

    if (now - h->reaped_us < HTTPD_REAP_EVERY_MS * US_PER_MS)
        return;
    h->reaped_us = now;
    for (struct connection *c = h->connections; c != NULL; c = c->next) {
        if (!c->begun && bytes_received(c->fd) > c->bytes)
            begin(h, c);
        if (now < c->deadline_us)
            continue;
        if (!c->answering && h->settings.tls_cert == NULL)
            (void)!send(c->fd, refusal, sizeof refusal - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        shutdown(c->fd, SHUT_RDWR);
        c->deadline_us = INT64_MAX;
    }
}
