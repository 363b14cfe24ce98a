/*
 * bulk.c: run, poll and read a bulk operation; see bulk.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/bulk.h"

#include <inttypes.h>
#include <stdio.h>

#include "json/emit.h"
#include "shopify/document.h"
#include "shopify/number.h"

enum { VARIABLES_MAX = 2 * DOCUMENT_TEXT_MAX, REDIRECTS_MAX = 3 };

static enum err_class
user_error(const struct json_value *first, struct err *e)
{
    const struct str code = json_str(json_get(first, "code"));
    const struct str message = json_str(json_get(first, "message"));
    const bool busy = str_is(code, "OPERATION_IN_PROGRESS") || str_is(code, "LIMIT_REACHED");

    const char *text = str_is(code, BULK_ACCESS_DENIED) ? BULK_ACCESS_DENIED
                       : busy                           ? BULK_BUSY
                                                        : "";
    return err_set(e, busy ? ERR_RETRY : ERR_FATAL, text, "bulk operation refused: %.*s%s",
                   (int)(message.n < 300 ? message.n : 300), message.n > 0 ? message.p : "",
                   busy ? ": waiting for others to end" : "");
}

enum err_class
bulk_run(struct shopify *s, const struct text_file *query, char id[GID_TEXT_SIZE],
         struct time_us *began, struct err *e)
{
    CLEANUP_VALUE(shopify_answer_fini) struct shopify_answer a = { 0 };
    CLEANUP_VALUE(buf_fini) struct buf variables, inner;
    struct emit j;

    buf_init(&variables, VARIABLES_MAX);
    buf_init(&inner, DOCUMENT_TEXT_MAX);
    TRY(document_compose(&inner, query, shopify_documents, e));
    emit_init(&j, &variables);
    emit_object(&j, NULL);
    emit_str(&j, "query", buf_str(&inner));
    emit_object_end(&j);
    TRY(buf_check(&variables, query->name, e));
    const struct shopify_request request = { .doc = &text_bulk_run,
                                             .variables = buf_str(&variables) };
    TRY(shopify_call(s, &request, &a, e));
    const struct json_value *answer = json_get(a.data, "bulkOperationRunQuery");
    const struct json_value *first = json_at(json_get(answer, "userErrors"), 0);
    if (first != NULL) {
        (void)user_error(first, e);
        return err_wrap(e, "shop %s: %s: ", shopify_shop(s)->key, query->name);
    }
    const struct str gid = json_str(json_path(answer, "bulkOperation.id"));
    if (gid.n == 0 || gid.n >= GID_TEXT_SIZE)
        return err_set(e, ERR_RETRY, "", "shop %s: %s: the answer names no operation",
                       shopify_shop(s)->key, query->name);
    (void)snprintf(id, GID_TEXT_SIZE, "%.*s", (int)gid.n, gid.p);
    *began = a.began;
    return ERR_NONE;
}

/* Counts are strings in Shopify's answers. */
static int64_t
count(const struct json_value *v)
{
    const struct str text = json_str(v);
    struct err ignored;
    struct decimal d;

    if (text.p == NULL)
        return number_floor(v, -1);
    return decimal_parse(text, &d, &ignored) == ERR_NONE ? d.micro / DECIMAL_ONE : -1;
}

static enum bulk_state
state_of(struct str status)
{
    if (str_is(status, "COMPLETED"))
        return BULK_DONE;
    if (str_is(status, "CREATED") || str_is(status, "RUNNING") || str_is(status, "CANCELING"))
        return BULK_RUNNING;
    return BULK_FAILED; /* FAILED, CANCELED, EXPIRED, and whatever may come */
}

enum err_class
bulk_poll(struct shopify *s, const char *id, struct bulk_status *ret, struct err *e)
{
    CLEANUP_VALUE(shopify_answer_fini) struct shopify_answer a = { 0 };
    char variables[GID_TEXT_SIZE + 16];

    *ret = (struct bulk_status){ .state = BULK_RUNNING };
    (void)snprintf(variables, sizeof(variables), "{\"id\":\"%s\"}", id);
    const struct shopify_request request = { .doc = &text_bulk_poll,
                                             .variables = str_of(variables) };
    TRY(shopify_call(s, &request, &a, e));
    const struct json_value *operation = json_get(a.data, "bulkOperation");
    const struct str whole = json_str(json_get(operation, "url"));
    const struct str part = json_str(json_get(operation, "partialDataUrl"));
    const struct str url = whole.n > 0 ? whole : part;
    const struct str status = json_str(json_get(operation, "status"));
    const struct str code = json_str(json_get(operation, "errorCode"));
    if (url.n >= sizeof(ret->url))
        return err_set(e, ERR_REJECT, "", "bulk result: its address is longer than %d",
                       BULK_URL_MAX);
    ret->state = operation == NULL || json_is_null(operation) ? BULK_FAILED : state_of(status);
    if (ret->state == BULK_FAILED && str_is(code, BULK_ACCESS_DENIED))
        ret->state = BULK_DENIED;
    ret->partial = whole.n == 0 && part.n > 0;
    ret->objects = count(json_get(operation, "objectCount"));
    ret->roots = count(json_get(operation, "rootObjectCount"));
    (void)snprintf(ret->url, sizeof(ret->url), "%.*s", (int)url.n, url.n > 0 ? url.p : "");
    (void)snprintf(ret->error, sizeof(ret->error), "%.*s %.*s", (int)status.n,
                   status.n > 0 ? status.p : "it is gone", (int)code.n, code.n > 0 ? code.p : "");
    return ERR_NONE;
}

struct fetching {
    struct shopify *s;
    struct bulk_file *file;
    bulk_tick_fn *tick;
    void *ctx;
};

static enum err_class
take_piece(void *ctx, struct str piece, struct err *e)
{
    const struct fetching *f = ctx;
    enum err_class class = bulk_file_add(f->file, piece, e); /* ours alone: no lock is needed */

    shopify_waits(f->s, false);
    if (class == ERR_NONE && f->tick != NULL)
        class = f->tick(f->ctx, e);
    shopify_waits(f->s, true);
    return class;
}

static enum err_class
get(struct fetching *f, const char *url, struct http_response *ret, struct err *e)
{
    /* no time limit, however long it takes: so the guard of slow transfers ends one that stalls */
    const struct http_request request = {
        .method = "GET",
        .url = url,
        .max_bytes = SIZE_MAX,
        .sink = take_piece,
        .sink_ctx = f,
    };

    TRY(bulk_check_url(url, shopify_shop(f->s)->bulk_hosts, e));
    shopify_waits(f->s, true);
    const enum err_class class = http_send(shopify_http(f->s), &request, ret, e);
    shopify_waits(f->s, false);
    return class;
}

/* Each address is held to the list of hosts, whoever names it. */
static enum err_class
get_redirected(struct fetching *f, const char *url, struct http_response *ret, struct err *e)
{
    TRY(get(f, url, ret, e));
    for (int i = 0; i < REDIRECTS_MAX && ret->location.n > 0; i++) {
        CLEANUP_VALUE(buf_fini) struct buf to;
        buf_init(&to, BULK_URL_MAX);
        buf_str_add(&to, buf_str(&ret->location));
        TRY(buf_check(&to, "the address that a bulk result has moved to", e));
        http_response_fini(ret);
        if (get(f, buf_cstr(&to), ret, e) != ERR_NONE)
            return err_wrap(e, "redirected: ");
    }
    return ERR_NONE;
}

static enum err_class
download(struct shopify *s, const struct bulk_status *status, struct fetching *f, struct err *e)
{
    CLEANUP_VALUE(http_response_fini) struct http_response response;

    http_response_init(&response);
    TRY(get_redirected(f, status->url, &response, e));
    const int code = response.status;
    if (code >= 200 && code <= 299)
        return bulk_file_end(f->file, status->partial, e);
    if (response.location.n > 0)
        return err_set(e, ERR_REJECT, "", "bulk result: redirected more than %d times: report it",
                       REDIRECTS_MAX);
    /* storage answers 403 when a signed address has expired; any other trouble of it may pass */
    const bool gone = code == 400 || code == 403 || code == 404 || code == 410;
    return err_set(e, ERR_RETRY, gone ? BULK_EXPIRED : "", "shop %s: bulk result: HTTP %d%s",
                   shopify_shop(s)->key, code,
                   gone ? ": its address has expired, or it is gone" : "");
}

/* A file that ends early at the end of a line looks like a whole one. */
static enum err_class
compare(const struct shopify *s, const struct bulk_file *file, const struct bulk_status *status,
        struct err *e)
{
    int64_t n_rows = 0, n_roots = 0;

    bulk_file_count(file, &n_rows, &n_roots);
    if ((status->objects < 0 || status->objects == n_rows)
        && (status->roots < 0 || status->roots == n_roots))
        return ERR_NONE;
    return err_set(e, ERR_RETRY, BULK_SHORT,
                   "shop %s: bulk result: %" PRId64 " rows with %" PRId64
                   " roots instead of %" PRId64 " with %" PRId64,
                   shopify_shop(s)->key, n_rows, n_roots, status->objects, status->roots);
}

enum err_class
bulk_fetch(struct shopify *s, const struct bulk_status *status, struct bulk_file *file,
           bulk_tick_fn *tick, void *ctx, struct err *e)
{
    struct fetching f = { s, file, tick, ctx };

    if (status->url[0] != '\0')
        TRY(download(s, status, &f, e));
    else
        TRY(bulk_file_end(file, status->partial, e));
    return status->partial ? ERR_NONE : compare(s, file, status, e);
}

enum err_class
bulk_read(struct shopify *s, const struct bulk_status *status, bulk_root_fn *fn, bulk_tick_fn *tick,
          void *ctx, struct err *e)
{
    CLEANUP(bulk_file_free) struct bulk_file *file = NULL;
    bool over = false;

    TRY(bulk_file_open(&file, fn, ctx, e));
    TRY(bulk_fetch(s, status, file, tick, ctx, e));
    while (!over)
        TRY(bulk_file_step(file, INT32_MAX, &over, e));
    return ERR_NONE;
}
