/*
 * request.c: one request from its first header to its answer.
 *
 * libmicrohttpd calls request_access() several times: with the headers, with each piece of the
 * body, at its end, and once more after a suspended request was answered.  The handler runs at the
 * end of the body.  When it does not answer at once, the connection is suspended until
 * httpd_respond() resumes it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "httpd/internal.h"

static struct httpd_request *
request_new(struct httpd *h, struct MHD_Connection *mhd, const char *url, const char *method)
{
    struct httpd_request *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    r->server = h;
    r->mhd = mhd;
    r->started_us = clock_monotonic_us();
    snprintf(r->method, sizeof r->method, "%s", method);
    r->too_long = snprintf(r->path, sizeof r->path, "%s", url) >= (int)sizeof r->path;
    buf_init(&r->body, h->settings.body_max);
    r->next = h->requests;
    h->requests = r;
    h->n_requests++;
    return r;
}

void
request_completed(void *ctx, struct MHD_Connection *mhd, void **request_context,
                  enum MHD_RequestTerminationCode code)
{
    struct httpd *h = ctx;
    struct httpd_request *r = *request_context;
    struct connection *c = connection_of(mhd);

    (void)code;
    if (c != NULL)
        connection_idle(c);
    if (r == NULL)
        return;
    for (struct httpd_request **at = &h->requests; *at != NULL; at = &(*at)->next) {
        if (*at == r) {
            *at = r->next;
            break;
        }
    }
    h->n_requests--;
    h->held -= r->body.n;
    h->full = h->full && h->held > h->settings.bodies_max / 2;
    if (r->response != NULL)
        MHD_destroy_response(r->response);
    buf_fini(&r->body);
    free(r);
    *request_context = NULL;
}

static bool
path_matches(const char *pattern, const char *path)
{
    const size_t n = strlen(pattern);
    if (n > 1 && pattern[n - 1] == '/')
        return strncmp(pattern, path, n) == 0;
    return strcmp(pattern, path) == 0;
}

/* HEAD is served by GET's handler; libmicrohttpd leaves the body out. */
static bool
method_matches(const char *want, const char *have)
{
    return strcmp(want, have) == 0 || (strcmp(want, "GET") == 0 && strcmp(have, "HEAD") == 0);
}

static void
dispatch(struct httpd_request *r)
{
    const struct httpd_settings *s = &r->server->settings;
    bool known = false;

    r->dispatched = true;
    if (r->too_large) {
        httpd_respond(r, 413, "text/plain", STR("the body is too large\n"));
        return;
    }
    if (r->busy) {
        httpd_respond(r, 503, "text/plain", STR("too much is being received; send it again\n"));
        return;
    }
    if (r->too_long) {
        httpd_respond(r, 414, "text/plain", STR("the path is too long\n"));
        return;
    }
    for (const struct httpd_route *route = s->routes; route->fn != NULL; route++) {
        if (!path_matches(route->path, r->path))
            continue;
        known = true;
        if (method_matches(route->method, r->method)) {
            route->fn(s->ctx, r);
            return;
        }
    }
    if (known)
        httpd_respond(r, 405, "text/plain", STR("this path has no such method\n"));
    else
        httpd_respond(r, 404, "text/plain", STR("there is nothing at this path\n"));
}

static enum MHD_Result
hand_over(struct httpd_request *r)
{
    struct connection *c = connection_of(r->mhd);
    if (c != NULL)
        c->answering = true;
    const enum MHD_Result queued =
        MHD_queue_response(r->mhd, (unsigned)r->status, r->response);
    MHD_destroy_response(r->response);
    r->response = NULL;
    return queued;
}

static unsigned long long
announced_length(const struct httpd_request *r)
{
    const char *length = MHD_lookup_connection_value(r->mhd, MHD_HEADER_KIND, "Content-Length");
    return length != NULL ? strtoull(length, NULL, 10) : 0;
}

/* Whether to refuse before the body is read.  Whoever waits for our consent to send it is told at
 * once, and so is who has very much to send.  Others would be cut in the middle of sending and see
 * a broken connection instead of our answer: their body is read and forgotten first. */
static bool
refuse_unread(const struct httpd_request *r)
{
    const unsigned long long most = r->server->settings.body_max;
    return r->too_large &&
           (announced_length(r) / HTTPD_FORGET_TIMES > most ||
            MHD_lookup_connection_value(r->mhd, MHD_HEADER_KIND, "Expect") != NULL);
}

/* Once until it is half empty again: who fills it on purpose must not fill the log too. */
static void
say_full(struct httpd *h)
{
    if (!h->full)
        LOG_WARN(MSG("too much is being received, answering 503"), KV("bytes", (int64_t)h->held),
                 KV("requests", (int64_t)h->n_requests));
    h->full = true;
}

/* Adds a piece to the body, unless that is one too many: then the room it took is given back. */
static void
keep_piece(struct httpd_request *r, const char *piece, size_t n)
{
    struct httpd *h = r->server;
    const size_t most = h->settings.bodies_max, before = r->body.n;

    r->busy = most > 0 && (n > most || h->held > most - n);
    if (r->busy)
        say_full(h);
    else
        buf_add(&r->body, piece, n);
    h->held += r->body.n - before;
    r->too_large = r->body.failed;
    if (r->busy || r->too_large) {
        h->held -= r->body.n;
        buf_fini(&r->body);
    }
}

/* libmicrohttpd cannot answer in the middle of a body: what is over a limit is read and forgotten,
 * within reason. */
static enum MHD_Result
take_piece(struct httpd_request *r, const char *upload, size_t *upload_size)
{
    if (!r->too_large && !r->busy)
        keep_piece(r, upload, *upload_size);
    if (r->too_large || r->busy)
        r->forgotten += *upload_size;
    *upload_size = 0;
    return r->forgotten / HTTPD_FORGET_TIMES <= r->server->settings.body_max ? MHD_YES : MHD_NO;
}

enum MHD_Result
request_access(void *ctx, struct MHD_Connection *mhd, const char *url, const char *method,
               const char *version, const char *upload, size_t *upload_size, void **request_context)
{
    struct httpd_request *r = *request_context;

    (void)version;
    if (r == NULL) {
        r = request_new(ctx, mhd, url, method);
        if (r == NULL)
            return MHD_NO;
        *request_context = r;
        r->too_large = announced_length(r) > r->server->settings.body_max;
        if (!refuse_unread(r))
            return MHD_YES;
        dispatch(r);
        return hand_over(r);
    }
    if (*upload_size > 0)
        return take_piece(r, upload, upload_size);
    if (!r->dispatched)
        dispatch(r);
    if (r->response != NULL)
        return hand_over(r);
    assert(r->server->settings.mode == HTTPD_LOOP); /* in our thread nobody answers later */
    r->suspended = true;
    MHD_suspend_connection(mhd);
    return MHD_YES;
}

void
httpd_respond(struct httpd_request *r, int status, const char *content_type, struct str body)
{
    assert(r->response == NULL && r->dispatched);

    void *bytes = body.n > 0 ? (void *)(uintptr_t)body.p : (void *)(uintptr_t) "";
    r->response = MHD_create_response_from_buffer(body.n, bytes, MHD_RESPMEM_MUST_COPY);
    r->status = status;
    if (r->response == NULL)
        return; /* out of memory: the deadline ends the connection */
    MHD_add_response_header(r->response, "Content-Type", content_type);
    if (status == 408 || status == 413 || status == 414 || status == 503)
        MHD_add_response_header(r->response, "Connection", "close");
    if (r->suspended) {
        r->suspended = false;
        r->server->resumed = true;
        MHD_resume_connection(r->mhd);
    }
}

struct str
httpd_method(const struct httpd_request *r)
{
    return str_of(r->method);
}

struct str
httpd_path(const struct httpd_request *r)
{
    return str_of(r->path);
}

struct str
httpd_body(const struct httpd_request *r)
{
    return buf_str(&r->body);
}

struct str
httpd_header(const struct httpd_request *r, const char *name)
{
    return str_of(MHD_lookup_connection_value(r->mhd, MHD_HEADER_KIND, name));
}

struct str
httpd_query(const struct httpd_request *r, const char *name)
{
    return str_of(MHD_lookup_connection_value(r->mhd, MHD_GET_ARGUMENT_KIND, name));
}

int64_t
httpd_started_us(const struct httpd_request *r)
{
    return r->started_us;
}
