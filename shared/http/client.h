/*
 * client.h: HTTP requests over libcurl, one handle per client, connections kept alive.
 *
 * A request ends with a status, or with RETRY (network, time-out, truncated answer), or REJECT
 * (body larger than the limit), or with what its sink said.  What a status means is the caller's
 * to know (shopify/errors.c).  Retry-After is understood in seconds.  Redirects are not followed,
 * but told.  Bodies are bounded by max_bytes; a sink function streams instead.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/types.h"

/* e->code of a RETRY when not a byte of the request was sent: it cannot have had an effect. */
#define HTTP_UNSENT "unsent"

struct http_client;
struct http_header { const char *name; const char *value; };
/* Called with each piece of the body; a class other than ERR_NONE aborts the transfer with it. */
typedef enum err_class http_sink_fn(void *ctx, struct str piece, struct err *e);

struct http_request {
    const char *method; /* "GET", "POST" */
    const char *url;
    const struct http_header *headers;
    size_t n_headers;
    struct str body;
    int64_t timeout_ms, connect_timeout_ms; /* 0: 10 s and 2 s */
    size_t max_bytes;                       /* of the answer's body; 0: 16 MiB */
    /* NULL: the body collects in the response. Only what was asked for is streamed, the body of a
     * status 2xx: the page of an error is dropped. */
    http_sink_fn *sink;
    void *sink_ctx;
    /* Sent at most once, on a connection of its own: libcurl by itself repeats a request when a
     * kept-alive connection turns out to be dead. For what must not happen twice. */
    bool once;
};
struct http_response {
    int status;
    struct buf body;
    struct time_us date;      /* Date header; 0 if none */
    int64_t retry_after_s;    /* -1 if none */
    char api_version[16];     /* X-Shopify-API-Version; "" if none */
    char request_id[64];      /* X-Request-ID; "" if none */
    char content_type[64];
    struct buf location;      /* of a redirect: where to, as a whole address; else empty */
};

MUST_CHECK enum err_class http_client_open(struct http_client **ret, const char *user_agent,
                                           struct err *e);
void http_client_free(struct http_client *c);
/* ret is initialised by the call; release it by http_response_fini(), also after an error. */
MUST_CHECK enum err_class http_send(struct http_client *c, const struct http_request *r,
                                    struct http_response *ret, struct err *e);
void http_response_init(struct http_response *r);
void http_response_fini(struct http_response *r);
DEFINE_CLEANUP(http_client_free, struct http_client *);

#endif
