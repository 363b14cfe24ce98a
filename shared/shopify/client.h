/*
 * client.h: calls to one shop's Admin API, and what their answers say about pace and clock.
 *
 * A call blocks until it is answered or its time is over.  Pacing is the caller's: ask
 * shopify_wait_ms() first, do something else meanwhile.
 *
 * `errors` and `data` may coexist, and then the mutation may have been executed: a call that says
 * `partial_ok` gets ERR_NONE with both, and reads them; any other call gets the first error's
 * class.
 *
 * Errors   by errors.c.  RETRY: answer.wait_ms says when at the earliest.  FATAL means the shop,
 * not the
 *          process: pause it.
 * Owns     the answer's document until shopify_answer_fini(); everything in it borrows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_CLIENT_H
#define SHOPIFY_CLIENT_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "http/client.h"
#include "json/json.h"
#include "shopify/document.h"
#include "shopify/errors.h"
#include "shopify/pace.h"
#include "shopify/shop.h"
#include "shopify/shop_clock.h"

enum { SHOPIFY_BODY_MAX = 4 << 20, SHOPIFY_ANSWER_MAX = 32 << 20 };

struct shopify;
struct shopify_answer {
    struct json_doc *doc;            /* NULL when the answer was none */
    const struct json_value *data, *errors, *extensions;
    struct err error;     /* the first of `errors`, classified; class ERR_NONE without any */
    struct time_us began; /* when the request was sent, in Shopify's clock, rounded down */
    int64_t cost;                    /* requestedQueryCost; 0 if unknown */
    int64_t wait_ms;                 /* after RETRY: not before; after FATAL: the pause */
    char request_id[64];
};
struct shopify_request {
    const struct text_file *doc;     /* composed with its fragments */
    const struct text_file *const *documents; /* where these are; NULL: the layer's own list */
    struct str variables;            /* a JSON object; p NULL for none */
    bool partial_ok;
};

MUST_CHECK enum err_class shopify_open(struct shopify **ret, const struct shop_conf *shop,
                                       struct err *e);
void shopify_free(struct shopify *s);
const struct shop_conf *shopify_shop(const struct shopify *s);

/* `fn` is called before (true) and after (false) each wait for the shop: a process with a thread
 * for each shop gives up its lock meanwhile. */
typedef void shopify_wait_fn(void *ctx, bool waiting);
void shopify_on_wait(struct shopify *s, shopify_wait_fn *fn, void *ctx);
void shopify_waits(const struct shopify *s, bool waiting);

/* The whole body of a request, to be kept and repeated unchanged. */
MUST_CHECK enum err_class shopify_body(struct buf *ret, const struct shopify_request *r,
                                       struct err *e);
/* Composes and sends. ret is always initialised and must be released. */
MUST_CHECK enum err_class shopify_call(struct shopify *s, const struct shopify_request *r,
                                       struct shopify_answer *ret, struct err *e);
/* Sends a body as it is; `what` names it in errors. */
MUST_CHECK enum err_class shopify_send(struct shopify *s, const char *what, struct str body,
                                       bool partial_ok, struct shopify_answer *ret, struct err *e);
void shopify_answer_fini(struct shopify_answer *a);

/*
 * For a caller that keeps several calls in the air (http/multi.h): the POST of a body, to be
 * started by him, and the reading of what came of it.  post borrows the body and must stay where it
 * is.
 */
enum { SHOPIFY_HEADERS = 4 };
struct shopify_post {
    struct http_header headers[SHOPIFY_HEADERS];
    struct http_request http;
    struct time_us sent; /* our clock */
};
void shopify_post(struct shopify *s, struct str body, struct shopify_post *ret);
/* As shopify_send() after its transfer, which ended with `result`. */
MUST_CHECK enum err_class shopify_read(struct shopify *s, const char *what, bool partial_ok,
                                       struct time_us sent, const struct http_response *response,
                                       const struct err *result, struct shopify_answer *ret,
                                       struct err *e);

/* How long a call of this class and (expected) cost has to wait now; 0: go. */
int64_t shopify_wait_ms(const struct shopify *s, enum pace_class c, int64_t cost);
/* Our moment in Shopify's clock, rounded down; and now. */
struct time_us shopify_time(const struct shopify *s, struct time_us ours);
struct time_us shopify_now(const struct shopify *s);
/* The connection, for results of bulk operations. */
struct http_client *shopify_http(struct shopify *s);
DEFINE_CLEANUP(shopify_free, struct shopify *);

#endif
