/*
 * multi.h: several requests in the air at once, in one thread.
 *
 * http_multi_start() returns at once; http_multi_poll() moves every transfer on, waits for
 * something to happen on their sockets, and calls the done function of each that ended.  Handles,
 * and with them connections, are kept for the next request.  There is no queue: who starts more
 * than `max` gets RETRY and waits for one to end.
 *
 * A request's time-out runs from http_multi_start(), however late the next poll comes: what is not
 * sent before it ends is never sent.  Who may act only until a deadline builds on this.
 *
 * Owns     responses: lent to the done function, released when it returns.
 * Borrows  the request's URL and body, until its done function was called.  Sinks are not
 * supported.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_MULTI_H
#define HTTP_MULTI_H

#include "http/client.h"

enum { HTTP_MULTI_MAX = 64 };
struct http_multi;
/* How one request ended: result->class ERR_NONE and a whole response, or why there is none. */
typedef void http_done_fn(void *ctx, const struct http_response *r, const struct err *result);

MUST_CHECK enum err_class http_multi_open(struct http_multi **ret, const char *user_agent,
                                          size_t max, struct err *e);
/* Requests in the air are abandoned; their done functions are not called. */
void http_multi_free(struct http_multi *m);
MUST_CHECK enum err_class http_multi_start(struct http_multi *m, const struct http_request *r,
                                           http_done_fn *done, void *ctx, struct err *e);
/* Waits at most timeout_ms. *ended, if wanted: how many done functions were called. */
MUST_CHECK enum err_class http_multi_poll(struct http_multi *m, int64_t timeout_ms, size_t *ended,
                                          struct err *e);
size_t http_multi_in_flight(const struct http_multi *m);
DEFINE_CLEANUP(http_multi_free, struct http_multi *);

#endif
