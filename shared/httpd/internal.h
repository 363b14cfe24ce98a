/*
 * internal.h: what the three files of this layer share.
 *
 * Everything here runs in one thread: one of ours that turns the loop (HTTPD_THREAD) or the
 * caller's (HTTPD_LOOP); hence no locks.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTPD_INTERNAL_H
#define HTTPD_INTERNAL_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "httpd/httpd.h"

enum {
    HTTPD_PATH_MAX = 1024,
    HTTPD_MEMORY_PER_CONNECTION = 32 << 10, /* request line and headers */
    HTTPD_KEEP_ALIVE_S = 30,                /* a connection without a request */
    HTTPD_REAP_EVERY_MS = 200,
    HTTPD_FORGET_TIMES = 4, /* of body_max: what is read and forgotten before we hang up */
};

/* A TCP connection and when it must be done with what it is doing. */
struct connection {
    struct connection *next;
    struct MHD_Connection *mhd;
    int fd;
    int64_t deadline_us; /* monotonic */
    uint64_t bytes;      /* received when it became idle */
    bool begun;          /* the first byte of a request is in: the deadline stands */
    bool answering;      /* a response was handed to libmicrohttpd: 408 can no longer be said */
};

struct httpd_request {
    struct httpd_request *next; /* of the server's open requests */
    struct httpd *server;
    struct MHD_Connection *mhd;
    struct MHD_Response *response; /* answered, not yet handed over */
    struct buf body;
    int64_t started_us;
    int status;
    char method[16];
    char path[HTTPD_PATH_MAX];
    size_t forgotten; /* bytes of a body beyond a limit */
    bool too_large, too_long, busy, dispatched, suspended;
};

struct httpd {
    struct httpd_settings settings;
    struct MHD_Daemon *daemon;
    struct connection *connections;
    struct httpd_request *requests;
    size_t held; /* bytes of their bodies */
    bool full;   /* held was at its limit, and has not fallen to the half of it since */
    _Atomic size_t n_requests;
    int64_t port, reaped_us;
    int epoll_fd;
    bool resumed; /* an answer waits to be written, which the epoll descriptor does not tell */
    pthread_t thread; /* HTTPD_THREAD */
    int wake_fd;      /* ... and what interrupts it, to look at these: */
    atomic_bool stop, quiesce;
};

/* deadline.c */
void connection_event(void *ctx, struct MHD_Connection *mhd, void **socket_context,
                      enum MHD_ConnectionNotificationCode code);
void *connection_uri_seen(void *ctx, const char *uri, struct MHD_Connection *mhd);
struct connection *connection_of(struct MHD_Connection *mhd);
void connection_idle(struct connection *c);
void connections_reap(struct httpd *h);

/* thread.c */
MUST_CHECK enum err_class thread_start(struct httpd *h, struct err *e);
void thread_stop(struct httpd *h);
void thread_wake(struct httpd *h);

/* request.c */
enum MHD_Result request_access(void *ctx, struct MHD_Connection *mhd, const char *url,
                               const char *method, const char *version, const char *upload,
                               size_t *upload_size, void **request_context);
void request_completed(void *ctx, struct MHD_Connection *mhd, void **request_context,
                       enum MHD_RequestTerminationCode code);

#endif
