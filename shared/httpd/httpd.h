/*
 * httpd.h: a small HTTP server behind a route table (libmicrohttpd).
 *
 * Two ways to run.  HTTPD_THREAD: one internal thread serves health and metrics; handlers may only
 * read atomics.  HTTPD_LOOP: the caller drives it with httpd_run(), handlers run in the caller's
 * thread and may answer later (httpd_respond), which is how a webhook is answered only after Kafka
 * acknowledged it.
 *
 * Every request has an absolute deadline from its first byte (a client that drips is cut), a body
 * limit (413), all bodies together have one (503), and there is a limit on connections in all and
 * per address: whoever sends, known to us or not, the server holds no more than that.  TLS when
 * certificate and key are given.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTPD_HTTPD_H
#define HTTPD_HTTPD_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/types.h"

struct httpd;
struct httpd_request; /* lives until it was answered */
/* A route matches method and path; a path that ends in "/" matches everything below it. */
typedef void httpd_handler_fn(void *ctx, struct httpd_request *r);
struct httpd_route { const char *method, *path; httpd_handler_fn *fn; };

enum httpd_mode { HTTPD_THREAD, HTTPD_LOOP };
struct httpd_settings {
    enum httpd_mode mode;
    const char *bind; /* "127.0.0.1" */
    int64_t port;     /* 0: choose */
    const struct httpd_route *routes; /* ends with { 0 } */
    void *ctx;
    size_t body_max;
    size_t bodies_max; /* of all open requests together; 0: no limit */
    int64_t deadline_ms;
    unsigned connections_max, per_address_max;
    const char *tls_cert, *tls_key; /* PEM text; NULL: plain */
};

MUST_CHECK enum err_class httpd_open(struct httpd **ret, const struct httpd_settings *s,
                                     struct err *e);
void httpd_free(struct httpd *h);
int64_t httpd_port(const struct httpd *h);
/* Serve for up to wait_ms; returns early when something happened or wake_fd (or -1) is readable. */
MUST_CHECK enum err_class httpd_run(struct httpd *h, int64_t wait_ms, int wake_fd, struct err *e);
void httpd_stop_accepting(struct httpd *h); /* drain: open requests may still be answered */
size_t httpd_open_requests(const struct httpd *h);

struct str httpd_method(const struct httpd_request *r);
struct str httpd_path(const struct httpd_request *r);       /* percent-decoded */
struct str httpd_body(const struct httpd_request *r);
struct str httpd_header(const struct httpd_request *r, const char *name); /* case-insensitive */
struct str httpd_query(const struct httpd_request *r, const char *name);
int64_t httpd_started_us(const struct httpd_request *r);    /* monotonic, first byte */
/* Exactly once per request, now or later, from the loop's thread (or the handler in HTTPD_THREAD).
 * Copies body. */
void httpd_respond(struct httpd_request *r, int status, const char *content_type, struct str body);
DEFINE_CLEANUP(httpd_free, struct httpd *);

#endif
