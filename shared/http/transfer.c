/*
 * transfer.c: the options, limits and callbacks of one request; see transfer.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/transfer.h"

#include <stdio.h>
#include <strings.h>

#include "base/clock.h"

enum {
    HTTP_TIMEOUT_MS = 10000,
    HTTP_CONNECT_TIMEOUT_MS = 2000,
    HTTP_BODY_MAX = 16 << 20,
    HTTP_HEADER_LINE_MAX = 512,
    HTTP_SLOW_BYTES_PER_S = 1, /* with a sink: below this for HTTP_SLOW_S the transfer is dead */
    HTTP_SLOW_S = 30,
};

void
transfer_library_start(void)
{
    static bool started;
    if (!started)
        curl_global_init(CURL_GLOBAL_DEFAULT);
    started = true;
}

void
http_response_init(struct http_response *r)
{
    *r = (struct http_response){ .retry_after_s = -1 };
    buf_init(&r->body, HTTP_BODY_MAX);
}

void
http_response_fini(struct http_response *r)
{
    buf_fini(&r->body);
}

static size_t
on_body(char *bytes, size_t size, size_t n, void *ctx)
{
    struct transfer *t = ctx;
    const struct str piece = { bytes, size * n };

    t->received += piece.n;
    if (t->received > t->max_bytes) {
        t->too_large = true;
        return 0;
    }
    if (t->request.sink == NULL) {
        buf_str_add(&t->response->body, piece);
        return piece.n;
    }
    t->sink_failed = t->request.sink(t->request.sink_ctx, piece, &t->sink_error) != ERR_NONE;
    return t->sink_failed ? 0 : piece.n;
}

static struct str
trim(struct str s)
{
    while (s.n > 0 && strchr(" \t\r\n", s.p[0]) != NULL)
        s = (struct str){ s.p + 1, s.n - 1 };
    while (s.n > 0 && strchr(" \t\r\n", s.p[s.n - 1]) != NULL)
        s.n--;
    return s;
}

/* Whole seconds; a date form of Retry-After is not used by Shopify and is ignored. */
static int64_t
seconds_of(struct str text)
{
    int64_t v = 0;
    for (size_t i = 0; i < text.n && i < 9; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return -1;
        v = v * 10 + (text.p[i] - '0');
    }
    return text.n > 0 ? v : -1;
}

static void
keep(char *ret, size_t size, struct str value)
{
    snprintf(ret, size, "%.*s", (int)(value.n < size ? value.n : size - 1), value.p);
}

static void
read_header(struct http_response *r, struct str name, struct str value)
{
    struct err ignored = { 0 };
    char key[32];

    keep(key, sizeof key, name);
    if (strcasecmp(key, "date") == 0) {
        if (time_parse_http(value, &r->date, &ignored) != ERR_NONE)
            r->date = (struct time_us){ 0 }; /* a wrong date is no date */
    } else if (strcasecmp(key, "retry-after") == 0) {
        r->retry_after_s = seconds_of(value);
    } else if (strcasecmp(key, "x-shopify-api-version") == 0) {
        keep(r->api_version, sizeof r->api_version, value);
    } else if (strcasecmp(key, "x-request-id") == 0) {
        keep(r->request_id, sizeof r->request_id, value);
    } else if (strcasecmp(key, "content-type") == 0) {
        keep(r->content_type, sizeof r->content_type, value);
    }
}

static size_t
on_header(char *bytes, size_t size, size_t n, void *ctx)
{
    struct transfer *t = ctx;
    const struct str line = { bytes, size * n };
    const char *colon = memchr(line.p, ':', line.n);

    if (colon != NULL && line.n <= HTTP_HEADER_LINE_MAX) {
        const struct str name = { line.p, (size_t)(colon - line.p) };
        read_header(t->response, name, trim((struct str){ colon + 1, line.n - name.n - 1 }));
    }
    return line.n;
}

static struct curl_slist *
header_list(const struct http_request *r)
{
    /* without this, bodies over 1 KiB wait a second for "100 Continue" */
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    char line[HTTP_HEADER_LINE_MAX];

    for (size_t i = 0; i < r->n_headers; i++) {
        snprintf(line, sizeof line, "%s: %s", r->headers[i].name, r->headers[i].value);
        list = curl_slist_append(list, line);
    }
    return list;
}

static void
set_request(struct transfer *t, const char *user_agent)
{
    const struct http_request *r = &t->request;
    const bool post = strcmp(r->method, "POST") == 0;

    curl_easy_setopt(t->curl, CURLOPT_URL, r->url);
    curl_easy_setopt(t->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, t->headers);
    curl_easy_setopt(t->curl, CURLOPT_USERAGENT, user_agent);
    curl_easy_setopt(t->curl, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(t->curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(t->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(t->curl, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(t->curl, CURLOPT_ERRORBUFFER, t->error);
    if (post) {
        curl_easy_setopt(t->curl, CURLOPT_POST, 1L);
        curl_easy_setopt(t->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.n);
        curl_easy_setopt(t->curl, CURLOPT_POSTFIELDS, r->body.n > 0 ? r->body.p : "");
    } else if (strcmp(r->method, "GET") != 0) {
        curl_easy_setopt(t->curl, CURLOPT_CUSTOMREQUEST, r->method);
    }
}

static void
set_limits(struct transfer *t)
{
    const struct http_request *r = &t->request;
    const int64_t connect_ms = r->connect_timeout_ms ? r->connect_timeout_ms
                                                     : HTTP_CONNECT_TIMEOUT_MS;

    curl_easy_setopt(t->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    if (r->sink == NULL || r->timeout_ms != 0) {
        const int64_t ms = r->timeout_ms ? r->timeout_ms : HTTP_TIMEOUT_MS;
        curl_easy_setopt(t->curl, CURLOPT_TIMEOUT_MS, (long)ms);
    } else {
        curl_easy_setopt(t->curl, CURLOPT_LOW_SPEED_LIMIT, (long)HTTP_SLOW_BYTES_PER_S);
        curl_easy_setopt(t->curl, CURLOPT_LOW_SPEED_TIME, (long)HTTP_SLOW_S);
    }
}

void
transfer_begin(struct transfer *t, CURL *curl, const char *user_agent,
               const struct http_request *r, struct http_response *ret)
{
    *t = (struct transfer){ .curl = curl, .request = *r, .response = ret,
                            .max_bytes = r->max_bytes ? r->max_bytes : HTTP_BODY_MAX };
    http_response_init(ret);
    if (r->sink == NULL)
        ret->body.max = t->max_bytes;
    t->headers = header_list(r);
    curl_easy_reset(curl);
    set_request(t, user_agent);
    set_limits(t);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, t);
}

/* Whether any byte of the request left: only then can it have had an effect. */
static bool
was_sent(const struct transfer *t)
{
    long bytes = 0;

    curl_easy_getinfo(t->curl, CURLINFO_REQUEST_SIZE, &bytes);
    return bytes > 0;
}

static enum err_class
transfer_error(const struct transfer *t, CURLcode code, struct err *e)
{
    if (t->sink_failed) {
        *e = t->sink_error;
        return e->class;
    }
    if (t->too_large)
        return err_set(e, ERR_REJECT, "too-large", "%s: the answer is larger than %zu bytes",
                       t->request.url, t->max_bytes);
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
        return err_set(e, ERR_FATAL, "url", "%s: not an http or https address; correct it",
                       t->request.url);
    return err_set(e, ERR_RETRY, was_sent(t) ? "network" : HTTP_UNSENT, "%s: %s", t->request.url,
                   t->error[0] != '\0' ? t->error : curl_easy_strerror(code));
}

enum err_class
transfer_end(struct transfer *t, CURLcode code, struct err *e)
{
    long status = 0;

    curl_slist_free_all(t->headers);
    t->headers = NULL;
    if (code != CURLE_OK)
        return transfer_error(t, code, e);
    curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
    t->response->status = (int)status;
    return buf_check(&t->response->body, t->request.url, e);
}
