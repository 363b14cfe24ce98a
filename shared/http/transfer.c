/*
 * transfer.c: the options, limits and callbacks of one request; see transfer.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/transfer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/clock.h"

enum {
    HTTP_TIMEOUT_MS = 10000,
    HTTP_CONNECT_TIMEOUT_MS = 2000,
    HTTP_BODY_MAX = 16 << 20,
    HTTP_HEADER_LINE_MAX = 512,
    HTTP_LOCATION_MAX = 8192,
    HTTP_SLOW_BYTES_PER_S = 1, /* with a sink: below this for HTTP_SLOW_S the transfer is dead */
    HTTP_SLOW_S = 30,
};

static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static char no_proxy[1024];

/* A proxy of the environment is obeyed, but never asked for this machine itself. */
static void
library_start(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    const char *more = getenv("no_proxy");
    if (more == NULL)
        more = getenv("NO_PROXY");
    snprintf(no_proxy, sizeof no_proxy, "localhost,127.0.0.1,::1%s%s", more != NULL ? "," : "",
             more != NULL ? more : "");
}

void
transfer_library_start(void)
{
    pthread_once(&library_once, library_start);
}

void
http_response_init(struct http_response *r)
{
    *r = (struct http_response){ .retry_after_s = -1 };
    buf_init(&r->body, HTTP_BODY_MAX);
    buf_init(&r->location, HTTP_LOCATION_MAX);
}

void
http_response_fini(struct http_response *r)
{
    buf_fini(&r->body);
    buf_fini(&r->location);
}

static int
status_of(const struct transfer *t)
{
    long status = 0;

    curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
    return (int)status;
}

/* A page that tells of an error is not what the sink waits for. */
static bool
is_wanted(const struct transfer *t)
{
    return status_of(t) / 100 == 2;
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
    if (!is_wanted(t))
        return piece.n;
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

/* "2", or "2.0" as Shopify writes it, rounded up; -1 for anything else, a date among it. */
static int64_t
seconds_of(struct str text)
{
    int64_t v = 0;
    size_t i = 0;
    for (; i < text.n && text.p[i] >= '0' && text.p[i] <= '9'; i++)
        v = v < INT32_MAX / 10 ? v * 10 + (text.p[i] - '0') : INT32_MAX;
    if (i == 0 || (i < text.n && text.p[i] != '.'))
        return -1;
    bool more = false;
    for (size_t k = i + 1; k < text.n; k++) {
        if (text.p[k] < '0' || text.p[k] > '9')
            return -1;
        more = more || text.p[k] != '0';
    }
    return v + more;
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

    if (line.n >= 5 && memcmp(line.p, "HTTP/", 5) == 0)
        t->head_is_whole = false; /* another head: an interim answer came before */
    if (trim(line).n == 0)
        t->head_is_whole = true;
    if (colon != NULL && line.n <= HTTP_HEADER_LINE_MAX) {
        const struct str name = { line.p, (size_t)(colon - line.p) };
        read_header(t->response, name, trim((struct str){ colon + 1, line.n - name.n - 1 }));
    }
    return line.n;
}

/* A value with a line end would smuggle in headers of its own; a long one would be cut. */
static enum err_class
check_header(const struct http_header *h, struct err *e)
{
    if (strlen(h->name) + strlen(h->value) + sizeof ": " > HTTP_HEADER_LINE_MAX)
        return err_set(e, ERR_REJECT, "header", "header %.40s is longer than %d bytes", h->name,
                       HTTP_HEADER_LINE_MAX);
    for (const char *p = h->value; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 && *p != '\t')
            return err_set(e, ERR_REJECT, "header", "header %.40s holds a control character",
                           h->name);
    return ERR_NONE;
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
set_method(struct transfer *t)
{
    const struct http_request *r = &t->request;
    const bool post = strcmp(r->method, "POST") == 0;

    if (post || r->body.n > 0) {
        curl_easy_setopt(t->curl, CURLOPT_POST, 1L);
        curl_easy_setopt(t->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.n);
        curl_easy_setopt(t->curl, CURLOPT_POSTFIELDS, r->body.n > 0 ? r->body.p : "");
    }
    if (strcmp(r->method, "HEAD") == 0)
        curl_easy_setopt(t->curl, CURLOPT_NOBODY, 1L);
    else if (!post && strcmp(r->method, "GET") != 0)
        curl_easy_setopt(t->curl, CURLOPT_CUSTOMREQUEST, r->method);
}

static void
set_request(struct transfer *t, const char *user_agent)
{
    curl_easy_setopt(t->curl, CURLOPT_URL, t->request.url);
    curl_easy_setopt(t->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, t->headers);
    curl_easy_setopt(t->curl, CURLOPT_NOPROXY, no_proxy);
    curl_easy_setopt(t->curl, CURLOPT_USERAGENT, user_agent);
    curl_easy_setopt(t->curl, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(t->curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(t->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(t->curl, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(t->curl, CURLOPT_ERRORBUFFER, t->error);
    curl_easy_setopt(t->curl, CURLOPT_FRESH_CONNECT, t->request.once ? 1L : 0L);
    set_method(t);
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

enum err_class
transfer_begin(struct transfer *t, CURL *curl, const char *user_agent,
               const struct http_request *r, struct http_response *ret, struct err *e)
{
    *t = (struct transfer){ .curl = curl, .request = *r, .response = ret,
                            .max_bytes = r->max_bytes ? r->max_bytes : HTTP_BODY_MAX };
    http_response_init(ret);
    if (r->sink == NULL)
        ret->body.max = t->max_bytes;
    for (size_t i = 0; i < r->n_headers; i++)
        TRY(check_header(&r->headers[i], e));
    t->headers = header_list(r);
    curl_easy_reset(curl);
    set_request(t, user_agent);
    set_limits(t);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, t);
    return ERR_NONE;
}

/* Whether any byte of the request left: only then can it have had an effect. */
static bool
was_sent(const struct transfer *t)
{
    long bytes = 0;

    curl_easy_getinfo(t->curl, CURLINFO_REQUEST_SIZE, &bytes);
    return bytes > 0;
}

/* The query string of a signed download is a credential: it never gets into an error's text. */
static int
shown(const char *url)
{
    return (int)strcspn(url, "?#");
}

static enum err_class
transfer_error(const struct transfer *t, CURLcode code, struct err *e)
{
    const char *url = t->request.url;

    if (t->sink_failed) {
        *e = t->sink_error;
        return e->class;
    }
    if (t->too_large)
        return err_set(e, ERR_REJECT, "too-large", "%.*s: the answer is larger than %zu bytes",
                       shown(url), url, t->max_bytes);
    /* libcurl calls an answer that is no HTTP an unsupported protocol, too */
    if ((code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) && !was_sent(t))
        return err_set(e, ERR_FATAL, "url", "%.*s: not an http or https address; correct it",
                       shown(url), url);
    return err_set(e, ERR_RETRY, was_sent(t) ? "network" : HTTP_UNSENT, "%.*s: %s", shown(url), url,
                   t->error[0] != '\0' ? t->error : curl_easy_strerror(code));
}

static void
note_redirect(struct transfer *t)
{
    const char *to = NULL;

    curl_easy_getinfo(t->curl, CURLINFO_REDIRECT_URL, &to);
    if (to != NULL)
        buf_str_add(&t->response->location, str_of(to));
}

enum err_class
transfer_end(struct transfer *t, CURLcode code, struct err *e)
{
    curl_slist_free_all(t->headers);
    t->headers = NULL;
    curl_easy_setopt(t->curl, CURLOPT_ERRORBUFFER, NULL); /* the transfer ends before its handle */
    if (code != CURLE_OK)
        return transfer_error(t, code, e);
    if (!t->head_is_whole) /* which libcurl takes for an answer without a body */
        return transfer_error(t, CURLE_PARTIAL_FILE, e);
    t->response->status = status_of(t);
    note_redirect(t);
    TRY(buf_check(&t->response->location, "the address of a redirect", e));
    return buf_check(&t->response->body, "the answer's body", e);
}
