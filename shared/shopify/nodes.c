/*
 * nodes.c: batches of objects, completed page by page; see nodes.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/nodes.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "domain/gid.h"
#include "json/emit.h"
#include "shopify/denied.h"
#include "shopify/shop_variables.h"

enum { VARIABLES_MAX = 64 << 10, SLICE_MS = 200, PAGES_MS = 3000, FAILURES_MAX = 5 };
/* The code of what no repetition cures. */
#define ENDLESS "endless"

/* Where objects keep what may be longer than a page, and the document that asks for the rest. */
struct part {
    const char *owner, *field;
    const char *of;              /* type of its members, when they have parts of their own */
    const struct text_file *doc; /* NULL: a plain list, which has no pages */
    size_t full;                 /* that many in a plain list, and it may have been cut */
    const char *within;          /* the owner is no node: where below the object read it is */
};
static const struct part parts[] = {
    { .owner = "Order", .field = "lineItems", .doc = &text_more_order_lines },
    { .owner = "Order", .field = "shippingLines", .doc = &text_more_shipping_lines },
    { .owner = "Order", .field = "fulfillments", .of = "Fulfillment", .full = 250 },
    { .owner = "Order", .field = "refunds", .of = "Refund", .full = 250 },
    { .owner = "Order", .field = "transactions", .full = 250 },
    { "Order", "fulfillmentOrders", "FulfillmentOrder", &text_more_fulfillment_orders, 0, NULL },
    { "Order", "agreements", "SalesAgreement", &text_more_agreements, 0, NULL },
    { "SalesAgreement", "sales", NULL, &text_more_sales, 0, "agreements" },
    { .owner = "Order", .field = "metafields", .doc = &text_more_order_metafields },
    { "Order", "returns", "Return", &text_more_returns, 0, NULL },
    { .owner = "Fulfillment", .field = "fulfillmentLineItems",
      .doc = &text_more_fulfillment_lines },
    { .owner = "Fulfillment", .field = "trackingInfo", .full = 50 },
    { .owner = "Refund", .field = "refundLineItems", .doc = &text_more_refund_lines },
    { .owner = "Refund", .field = "refundShippingLines", .doc = &text_more_refund_shipping },
    { .owner = "Refund", .field = "orderAdjustments", .doc = &text_more_refund_adjustments },
    { .owner = "Refund", .field = "transactions", .doc = &text_more_refund_payments },
    { .owner = "FulfillmentOrder", .field = "lineItems",
      .doc = &text_more_fulfillment_order_lines },
    { .owner = "Return", .field = "returnLineItems", .doc = &text_more_return_lines },
    { .owner = "Return", .field = "exchangeLineItems", .doc = &text_more_exchange_lines },
    { "Return", "reverseFulfillmentOrders", "ReverseFulfillmentOrder",
      &text_more_reverse_fulfillment_orders, 0, NULL },
    { .owner = "Return", .field = "refunds", .doc = &text_more_return_refunds },
    { .owner = "ReverseFulfillmentOrder", .field = "lineItems", .doc = &text_more_reverse_lines },
    { "Product", "variants", "ProductVariant", &text_more_variants, 0, NULL },
    { .owner = "Product", .field = "media", .doc = &text_more_media },
    { .owner = "Product", .field = "metafields", .doc = &text_more_product_metafields },
    { .owner = "ProductVariant", .field = "metafields", .doc = &text_more_variant_metafields },
    { .owner = "ProductVariant", .field = "productVariantComponents",
      .doc = &text_more_variant_components },
};

/* Further pages of one object: they borrow from the answers, which live as long as the book. */
struct page_book {
    struct json_doc *docs[NODES_PAGES_MAX];
    struct page pages[NODES_PAGES_MAX];
    size_t n;
};
struct completing {
    struct shopify *s;
    struct nodes *nodes;
    struct page_book *book;
    int64_t root; /* the object that is read */
    int64_t *wait_ms;
};

static void
page_book_fini(struct page_book *b)
{
    for (size_t i = 0; i < b->n; i++)
        json_free(b->docs[i]);
    b->n = 0;
}

/* A field that is denied is null and said; any other error is one. */
static enum err_class
call(struct shopify *s, struct nodes *n, const struct text_file *doc, const struct buf *variables,
     struct shopify_answer *a, struct err *e)
{
    const struct shopify_request request = { .doc = doc,
                                             .variables = buf_str(variables),
                                             .partial_ok = true };

    TRY(shopify_call(s, &request, a, e));
    if (a->error.class == ERR_NONE)
        return ERR_NONE;
    if (denied_fields_only(a->errors, a->data)) {
        const struct str field = denied_field(a->errors);
        (void)snprintf(n->denied, sizeof(n->denied), "%.*s", (int)field.n, field.p);
        return ERR_NONE;
    }
    *e = a->error;
    return err_wrap(e, "shop %s: %s: ", shopify_shop(s)->key, doc->name);
}

/* Pages are rare: waiting for the bucket here is simpler than coming back. */
static void
wait_for_bucket(struct shopify *s)
{
    while (shopify_wait_ms(s, PACE_POLLING, 100) > 0) {
        shopify_waits(s, true);
        clock_sleep_ms(SLICE_MS);
        shopify_waits(s, false);
    }
}

/* Names the owner: by itself, or by the object that is read and its number below that. */
static void
emit_owner(struct emit *j, const struct completing *c, const struct part *part, int64_t owner)
{
    char gid[GID_TEXT_SIZE], query[32];

    if (part->within == NULL) {
        emit_cstr(j, "id", gid_format(part->owner, owner, gid));
        return;
    }
    (void)snprintf(query, sizeof(query), "id:%" PRId64, owner);
    emit_cstr(j, "id", gid_format(c->nodes->type, c->root, gid));
    emit_cstr(j, "query", query);
}

static enum err_class
fetch_page(struct completing *c, const struct part *part, int64_t owner, struct str after,
           struct json_doc **ret, struct err *e)
{
    CLEANUP_VALUE(shopify_answer_fini) struct shopify_answer a = { 0 };
    CLEANUP_VALUE(buf_fini) struct buf variables;
    const struct text_file *doc = part->doc;
    struct emit j;

    buf_init(&variables, VARIABLES_MAX);
    emit_init(&j, &variables);
    emit_object(&j, NULL);
    emit_str(&j, "after", after);
    emit_owner(&j, c, part, owner);
    shop_variables_emit(&j, doc, shopify_shop(c->s));
    emit_object_end(&j);
    TRY(buf_check(&variables, doc->name, e));
    wait_for_bucket(c->s);
    const enum err_class class = call(c->s, c->nodes, doc, &variables, &a, e);
    *c->wait_ms = a.wait_ms;
    TRY(class);
    *ret = TAKE(a.doc);
    return ERR_NONE;
}

/* The object that an answer shows a page of; NULL when it is another, or none. */
static const struct json_value *
page_owner(const struct json_doc *doc, const struct part *part, int64_t owner)
{
    const struct json_value *node = json_path(json_root(doc), "data.node");

    if (part->within == NULL)
        return node;
    node = json_at(json_get(json_get(node, part->within), "nodes"), 0);
    return gid_id(json_str(json_get(node, "id"))) == owner ? node : NULL;
}

/* Keeps the page, and gives its connection. */
static enum err_class
add_page(struct page_book *b, struct json_doc *doc, const struct part *part, int64_t owner,
         const struct json_value **connection, struct err *e)
{
    if (b->n == NODES_PAGES_MAX) {
        json_free(doc);
        return err_set(e, ERR_REJECT, ENDLESS, "%s of %" PRId64 ": more than %d pages",
                       part->field, owner, NODES_PAGES_MAX);
    }
    *connection = json_get(page_owner(doc, part, owner), part->field);
    b->docs[b->n] = doc;
    b->pages[b->n++] = (struct page){ part->field, owner, json_get(*connection, "nodes") };
    if (!json_is_array(json_get(*connection, "nodes")))
        return err_set(e, ERR_RETRY, "page", "%s of %" PRId64 ": a page without its object",
                       part->field, owner);
    return ERR_NONE;
}

/* Fetches what follows the first page of the part of an object. */
static enum err_class
complete(struct completing *c, const struct json_value *object, const struct part *part,
         struct err *e)
{
    const struct json_value *info = json_get(json_get(object, part->field), "pageInfo");
    const int64_t owner = gid_id(json_str(json_get(object, "id")));
    const struct json_value *connection = NULL;

    while (json_bool(json_get(info, "hasNextPage"))) {
        struct json_doc *page = NULL;
        TRY(fetch_page(c, part, owner, json_str(json_get(info, "endCursor")), &page, e));
        TRY(add_page(c->book, page, part, owner, &connection, e));
        info = json_get(connection, "pageInfo");
    }
    return ERR_NONE;
}

/* A plain list says nothing of what it leaves out: a full one is not believed. */
static enum err_class
check_list(const struct json_value *object, const struct part *part, struct err *e)
{
    const int64_t owner = gid_id(json_str(json_get(object, "id")));

    if (part->full == 0 || json_size(json_get(object, part->field)) < part->full)
        return ERR_NONE;
    return err_set(e, ERR_REJECT, ENDLESS,
                   "%s of %s %" PRId64 ": %zu or more, and Shopify hands out no further ones",
                   part->field, part->owner, owner, part->full);
}

static enum err_class complete_object(struct completing *c, const struct json_value *object,
                                      const char *type, struct err *e);

static enum err_class
complete_members(struct completing *c, const struct json_value *list, const char *type,
                 struct err *e)
{
    for (size_t i = 0; type != NULL && i < json_size(list); i++)
        TRY(complete_object(c, json_at(list, i), type, e));
    return ERR_NONE;
}

/* One part of an object: its further pages, and the parts of its members on all of them. */
static enum err_class
complete_part(struct completing *c, const struct json_value *object, const struct part *part,
              struct err *e)
{
    const struct json_value *value = json_get(object, part->field);
    const size_t first = c->book->n;

    if (part->doc == NULL) {
        TRY(check_list(object, part, e));
        return complete_members(c, value, part->of, e);
    }
    TRY(complete(c, object, part, e));
    const size_t end = c->book->n;
    TRY(complete_members(c, json_get(value, "nodes"), part->of, e));
    for (size_t i = first; i < end; i++)
        TRY(complete_members(c, c->book->pages[i].nodes, part->of, e));
    return ERR_NONE;
}

/* Recurses as deep as the table does: three levels. */
static enum err_class
complete_object(struct completing *c, const struct json_value *object, const char *type,
                struct err *e)
{
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (strcmp(parts[i].owner, type) == 0)
            TRY(complete_part(c, object, &parts[i], e));
    return ERR_NONE;
}

/* Fetches what the answer has left out of an object. */
static enum err_class
make_whole(struct completing *c, const struct nodes *n, int64_t id, const struct json_value *node,
           struct err *e)
{
    if (json_is_null(node))
        return ERR_NONE;
    if (gid_id(json_str(json_get(node, "id"))) != id)
        return err_set(e, ERR_RETRY, "nodes", "%s/%" PRId64 ": another object in its place",
                       n->type, id);
    return complete_object(c, node, n->type, e);
}

static enum err_class
ask(struct shopify *s, struct nodes *n, const int64_t *ids, size_t count,
    struct shopify_answer *a, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf variables;
    char gid[GID_TEXT_SIZE];
    struct emit j;

    buf_init(&variables, VARIABLES_MAX);
    emit_init(&j, &variables);
    emit_object(&j, NULL);
    emit_array(&j, "ids");
    for (size_t i = 0; i < count; i++)
        emit_cstr(&j, NULL, gid_format(n->type, ids[i], gid));
    emit_array_end(&j);
    shop_variables_emit(&j, n->doc, shopify_shop(s));
    emit_object_end(&j);
    TRY(buf_check(&variables, n->doc->name, e));
    return call(s, n, n->doc, &variables, a, e);
}

static enum err_class
ask_whole(struct shopify *s, struct nodes *n, const int64_t *ids, size_t count,
          struct shopify_answer *a, struct err *e)
{
    TRY(ask(s, n, ids, count, a, e));
    const struct json_value *nodes = json_get(a->data, "nodes");
    if (!json_is_array(nodes) || json_size(nodes) != count)
        return err_set(e, ERR_RETRY, "nodes", "shop %s: %s: %zu objects were asked for, %zu came",
                       shopify_shop(s)->key, n->doc->name, count, json_size(nodes));
    return ERR_NONE;
}

static struct suspect *
find_suspect(struct nodes *n, int64_t id)
{
    for (size_t i = 0; i < NODES_SUSPECTS; i++)
        if (n->suspects[i].id == id)
            return &n->suspects[i];
    return NULL;
}

static void
acquit(struct nodes *n, int64_t id)
{
    struct suspect *known = find_suspect(n, id);

    if (known != NULL)
        *known = (struct suspect){ 0 };
}

/* One failure more; when there are too many to remember, the least suspicious is forgotten. */
static struct suspect *
accuse(struct nodes *n, int64_t id)
{
    struct suspect *one = find_suspect(n, id);

    if (one == NULL) {
        one = &n->suspects[0];
        for (size_t i = 1; i < NODES_SUSPECTS; i++)
            one = n->suspects[i].failures < one->failures ? &n->suspects[i] : one;
        *one = (struct suspect){ .id = id };
    }
    one->failures++;
    return one;
}

/* The shop has too much to do, or is away: that says nothing of what was asked for. */
static bool
is_weather(const struct err *e)
{
    static const char *const codes[] = { "THROTTLED", "429", "430", HTTP_UNSENT };
    bool weather = e->class == ERR_FATAL;

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        weather = weather || strcmp(e->code, codes[i]) == 0;
    return weather;
}

/* The same question about nothing: does the shop answer it? */
static bool
shop_answers(struct shopify *s, struct nodes *n)
{
    CLEANUP_VALUE(shopify_answer_fini) struct shopify_answer a = { 0 };
    struct err ignored;

    return ask_whole(s, n, NULL, 0, &a, &ignored) == ERR_NONE;
}

/* Repetition is no use. An outage may have ended right after the failure, so that the shop's answer
 * to another question counts from the second time on. */
static bool
is_hopeless(struct shopify *s, struct nodes *n, struct suspect *one, const struct err *e)
{
    const bool before = one->alone;

    if (strcmp(e->code, ENDLESS) == 0)
        return true;
    if (one->failures < FAILURES_MAX)
        return false;
    one->alone = shop_answers(s, n);
    return before && one->alone;
}

/* What a failure means: a smaller batch next time (too costly: at once); or, when there is none,
 * that this id fails. `alone`: the failure is its own. */
static enum err_class
judge(struct shopify *s, struct nodes *n, int64_t id, bool alone, int64_t *wait_ms, struct err *e)
{
    if (is_weather(e))
        return e->class;
    if (n->batch > 1)
        n->batch /= 2;
    if (shopify_is_too_costly(e))
        *wait_ms = 0;
    struct suspect *one = alone ? accuse(n, id) : NULL;
    if (one != NULL && is_hopeless(s, n, one, e))
        n->blamed = id;
    const bool refused = one != NULL && one->failures >= FAILURES_MAX && !one->alone;
    if (e->class == ERR_REJECT && n->blamed == 0 && !refused)
        e->class = ERR_RETRY; /* a smaller batch, or once more */
    return e->class;
}

/* Completes and hands over one after the other. Stops early, without an error, when one cannot be
 * completed or it takes long; only the first's failure is the caller's matter. */
static enum err_class
hand_over(struct shopify *s, struct nodes *n, const int64_t *ids, const struct shopify_answer *a,
          size_t count, node_fn *fn, void *ctx, size_t *done, int64_t *wait_ms, struct err *e)
{
    const struct json_value *nodes = json_get(a->data, "nodes");
    const int64_t until_ms = clock_monotonic_ms() + PAGES_MS;

    for (size_t i = 0; i < count; i++) {
        CLEANUP_VALUE(page_book_fini) struct page_book book = { .n = 0 };
        struct completing c = { s, n, &book, ids[i], wait_ms };
        const struct json_value *node = json_at(nodes, i);

        if (i > 0 && clock_monotonic_ms() > until_ms)
            return ERR_NONE;
        if (make_whole(&c, n, ids[i], node, e) != ERR_NONE)
            return i > 0 ? ERR_NONE : judge(s, n, ids[i], true, wait_ms, e);
        const struct pages more = { book.pages, book.n };
        const bool gone = json_is_null(node);
        TRY(fn(ctx, ids[i], gone ? NULL : node, gone ? NULL : &more, a->began, e));
        acquit(n, ids[i]);
        *done = i + 1;
    }
    return ERR_NONE;
}

enum err_class
nodes_read(struct shopify *s, struct nodes *n, const int64_t *ids, size_t count, node_fn *fn,
           void *ctx, size_t *done, int64_t *wait_ms, struct err *e)
{
    CLEANUP_VALUE(shopify_answer_fini) struct shopify_answer a = { 0 };

    *done = 0;
    n->blamed = 0;
    n->batch = n->batch == 0 ? NODES_BATCH_MAX : n->batch;
    const size_t some = count < n->batch ? count : n->batch;
    if (ask_whole(s, n, ids, some, &a, e) != ERR_NONE) {
        *wait_ms = a.wait_ms;
        return judge(s, n, ids[0], some == 1, wait_ms, e);
    }
    n->cost = a.cost;
    if (hand_over(s, n, ids, &a, some, fn, ctx, done, wait_ms, e) != ERR_NONE) {
        *done = 0;
        return e->class;
    }
    if (*done < some)
        n->batch = *done;
    else if (n->batch < NODES_BATCH_MAX)
        n->batch++;
    return ERR_NONE;
}
