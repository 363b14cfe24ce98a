/*
 * deadline.c: a client that drips is cut, however busy it looks.
 *
 * libmicrohttpd's own time-out counts inactivity only: one header byte a second keeps a connection
 * open for ever.  So each connection carries an absolute deadline: from the moment it opens, and
 * again from each request line.  When it passes, the client is told 408 (where nothing was answered
 * yet and there is no TLS in between) and the socket is shut down; libmicrohttpd then cleans up.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
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
    if (h->settings.mode == HTTPD_THREAD)
        connections_reap(h); /* nobody else turns the wheel there */
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

/* The request line is in: the request has its full time from here. Becomes the request's context. */
void *
connection_uri_seen(void *ctx, const char *uri, struct MHD_Connection *mhd)
{
    struct httpd *h = ctx;
    struct connection *c = connection_of(mhd);

    (void)uri;
    if (c != NULL)
        c->deadline_us = deadline_in(h->settings.deadline_ms);
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
        if (now < c->deadline_us)
            continue;
        if (!c->answering && h->settings.tls_cert == NULL)
            (void)!send(c->fd, refusal, sizeof refusal - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        shutdown(c->fd, SHUT_RDWR);
        c->deadline_us = INT64_MAX;
    }
}
