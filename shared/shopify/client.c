/*
 * client.c: one POST per call, and everything its answer teaches: pace, clock, errors; see
 * client.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/client.h"

#include <stdio.h>

#include "base/clock.h"
#include "json/emit.h"
#include "shopify/number.h"

enum { URL_MAX = 512 };

struct shopify {
    const struct shop_conf *shop;
    struct http_client *http;
    struct pace pace;
    struct shop_clock clock;
    char url[URL_MAX];
    shopify_wait_fn *on_wait;
    void *on_wait_ctx;
};

enum err_class
shopify_open(struct shopify **ret, const struct shop_conf *shop, struct err *e)
{
    CLEANUP(shopify_free) struct shopify *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return err_set(e, ERR_FATAL, "", "no memory for the client of shop %s", shop->key);
    s->shop = shop;
    TRY(documents_check(shopify_documents, e));
    const int n = snprintf(s->url, sizeof(s->url), "%s/admin/api/%s/graphql.json", shop->endpoint,
                           shop->api_version);
    if (n < 0 || (size_t)n >= sizeof(s->url))
        return err_set(e, ERR_FATAL, "", "[shop.%s] endpoint: longer than %d characters", shop->key,
                       URL_MAX);
    TRY(http_client_open(&s->http, "millrace", e));
    *ret = TAKE(s);
    return ERR_NONE;
}

void
shopify_free(struct shopify *s)
{
    if (s == NULL)
        return;
    http_client_free(s->http);
    free(s);
}

const struct shop_conf *
shopify_shop(const struct shopify *s)
{
    return s->shop;
}

struct http_client *
shopify_http(struct shopify *s)
{
    return s->http;
}

void
shopify_on_wait(struct shopify *s, shopify_wait_fn *fn, void *ctx)
{
    s->on_wait = fn;
    s->on_wait_ctx = ctx;
}

void
shopify_waits(const struct shopify *s, bool waiting)
{
    if (s->on_wait != NULL)
        s->on_wait(s->on_wait_ctx, waiting);
}

int64_t
shopify_wait_ms(const struct shopify *s, enum pace_class c, int64_t cost)
{
    return pace_wait_ms(&s->pace, c, cost, clock_monotonic_ms());
}

struct time_us
shopify_time(const struct shopify *s, struct time_us ours)
{
    return shop_clock_at(&s->clock, ours);
}

struct time_us
shopify_now(const struct shopify *s)
{
    return shop_clock_at(&s->clock, clock_now());
}

void
shopify_answer_fini(struct shopify_answer *a)
{
    json_free(a->doc);
    *a = (struct shopify_answer){ 0 };
}

static const struct text_file *const *
documents_of(const struct shopify_request *r)
{
    return r->documents != NULL ? r->documents : shopify_documents;
}

enum err_class
shopify_body(struct buf *ret, const struct shopify_request *r, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf query;
    struct emit j;

    buf_init(&query, DOCUMENT_TEXT_MAX);
    TRY(document_compose(&query, r->doc, documents_of(r), e));
    emit_init(&j, ret);
    emit_object(&j, NULL);
    emit_str(&j, "query", buf_str(&query));
    if (r->variables.p != NULL)
        emit_raw(&j, "variables", r->variables);
    emit_object_end(&j);
    return buf_check(ret, r->doc->name, e);
}

void
shopify_post(struct shopify *s, struct str body, struct shopify_post *ret)
{
    *ret = (struct shopify_post){
        .headers = {
            { "Content-Type", "application/json" },
            { "Accept", "application/json" },
            { "X-Shopify-Access-Token", s->shop->token },
            { "Shopify-Search-Query-Debug", "1" },
        },
        .sent = clock_now(),
    };
    ret->http = (struct http_request){
        .method = "POST",
        .url = s->url,
        .headers = ret->headers,
        .n_headers = SHOPIFY_HEADERS,
        .body = body,
        .timeout_ms = s->shop->timeout_ms,
        .max_bytes = SHOPIFY_ANSWER_MAX,
    };
}

/* The lesson of extensions.cost; for THROTTLED the wait that it implies. */
static void
learn_cost(struct shopify *s, struct shopify_answer *a)
{
    const struct json_value *cost = json_get(a->extensions, "cost");
    const struct json_value *status = json_get(cost, "throttleStatus");

    a->cost = number_floor(json_get(cost, "requestedQueryCost"), 0);
    pace_learn(&s->pace, number_floor(json_get(status, "maximumAvailable"), 0),
               number_floor(json_get(status, "currentlyAvailable"), 0),
               number_floor(json_get(status, "restoreRate"), 0), clock_monotonic_ms());
}

/* Filters that Shopify did not understand and left out: everything would be returned. */
static const struct json_value *
search_warning(const struct json_value *extensions)
{
    const struct json_value *search = json_get(extensions, "search");

    for (size_t i = 0; i < json_size(search); i++) {
        const struct json_value *warnings = json_get(json_at(search, i), "warnings");
        if (json_size(warnings) > 0)
            return json_at(warnings, 0);
    }
    return NULL;
}

/* Classifies what `errors` says first; ERR_NONE when it says nothing. */
static enum err_class
first_error(struct shopify *s, struct shopify_answer *a)
{
    const struct json_value *warning = search_warning(a->extensions);
    const struct json_value *first = json_at(a->errors, 0);

    a->error = (struct err){ 0 };
    if (json_is_string(a->errors))
        return shopify_graphql_error((struct str){ 0 }, json_str(a->errors), &a->wait_ms,
                                     &a->error);
    if (first == NULL && warning == NULL)
        return ERR_NONE;
    if (first == NULL)
        return shopify_graphql_error(STR("SEARCH_WARNING"), json_str(json_get(warning, "message")),
                                     &a->wait_ms, &a->error);
    const struct str code = json_str(json_path(first, "extensions.code"));
    const enum err_class class = shopify_graphql_error(code, json_str(json_get(first, "message")),
                                                       &a->wait_ms, &a->error);
    if (str_is(code, "THROTTLED")) {
        const int64_t exact = pace_wait_ms(&s->pace, PACE_FULFILLMENT, a->cost,
                                           clock_monotonic_ms());
        a->wait_ms = s->pace.known && exact > 0 ? exact : a->wait_ms;
    }
    return class;
}

/* The answer must be in the version that was asked for: an old one falls forward silently. */
static enum err_class
check_version(const struct shopify *s, const struct http_response *r, struct shopify_answer *a,
              struct err *e)
{
    if (r->api_version[0] == '\0' || strcmp(r->api_version, s->shop->api_version) == 0)
        return ERR_NONE;
    a->wait_ms = SHOP_PAUSE_MS;
    return err_set(
        e, ERR_FATAL, "VERSION",
        "answered in API version %s instead of %s: set api_version to one that Shopify still "
        "supports and this release knows",
        r->api_version, s->shop->api_version);
}

static enum err_class
read_answer(struct shopify *s, const struct http_response *r, bool partial_ok,
            struct shopify_answer *a, struct err *e)
{
    const struct str body = buf_str(&r->body);
    struct err why = { 0 };

    (void)snprintf(a->request_id, sizeof(a->request_id), "%s", r->request_id);
    if (r->status < 200 || r->status > 299)
        return shopify_http_error(r->status, r->retry_after_s, body, &a->wait_ms, e);
    if (json_parse(&a->doc, body, &why) != ERR_NONE)
        return shopify_body_error(r->content_type, body, why.text, &a->wait_ms, e);
    TRY(check_version(s, r, a, e));
    const struct json_value *root = json_root(a->doc);
    a->data = json_get(root, "data");
    a->errors = json_get(root, "errors");
    a->extensions = json_get(root, "extensions");
    learn_cost(s, a);
    const enum err_class class = first_error(s, a);
    if (class == ERR_NONE && !json_is_object(a->data))
        return shopify_body_error(r->content_type, body, "neither data nor errors", &a->wait_ms, e);
    if (class == ERR_NONE || (partial_ok && json_is_object(a->data)))
        return ERR_NONE;
    *e = a->error;
    return class;
}

enum err_class
shopify_read(struct shopify *s, const char *what, bool partial_ok, struct time_us sent,
             const struct http_response *response, const struct err *result,
             struct shopify_answer *ret, struct err *e)
{
    enum err_class class = result->class;

    *ret = (struct shopify_answer){ .wait_ms = 1000 };
    if (class == ERR_NONE) {
        shop_clock_learn(&s->clock, sent, clock_now(), response->date);
        class = read_answer(s, response, partial_ok, ret, e);
    } else {
        *e = *result;
    }
    ret->began = shop_clock_at(&s->clock, sent);
    if (class == ERR_NONE)
        return ERR_NONE;
    return err_wrap(e, "shop %s: %s%s%s: ", s->shop->key, what,
                    ret->request_id[0] ? ", request " : "", ret->request_id);
}

enum err_class
shopify_send(struct shopify *s, const char *what, struct str body, bool partial_ok,
             struct shopify_answer *ret, struct err *e)
{
    CLEANUP_VALUE(http_response_fini) struct http_response response;
    struct shopify_post post;
    struct err result = { 0 };

    http_response_init(&response);
    shopify_post(s, body, &post);
    shopify_waits(s, true);
    (void)(http_send(s->http, &post.http, &response, &result) == ERR_NONE);
    shopify_waits(s, false);
    return shopify_read(s, what, partial_ok, post.sent, &response, &result, ret, e);
}

/* Says in which file and line Shopify's first error lies, when it names a line of the document. */
static enum err_class
name_place(const struct shopify_request *r, const struct shopify_answer *a, struct err *e)
{
    const struct json_value *first = json_at(json_get(json_at(a->errors, 0), "locations"), 0);
    const struct text_file *file = NULL;
    int64_t line = 0;

    if (!document_place(r->doc, documents_of(r), number_floor(json_get(first, "line"), 0), &file,
                        &line))
        return e->class;
    return err_wrap(e, "%s:%lld: ", file->name, (long long)line);
}

enum err_class
shopify_call(struct shopify *s, const struct shopify_request *r, struct shopify_answer *ret,
             struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf body;

    *ret = (struct shopify_answer){ 0 };
    buf_init(&body, SHOPIFY_BODY_MAX);
    TRY(shopify_body(&body, r, e));
    if (shopify_send(s, r->doc->name, buf_str(&body), r->partial_ok, ret, e) == ERR_NONE)
        return ERR_NONE;
    return name_place(r, ret, e);
}
