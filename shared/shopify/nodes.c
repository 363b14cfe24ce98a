/*
 * nodes.c: batches of objects, completed page by page; see nodes.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/nodes.h"

#include <inttypes.h>

#include "base/clock.h"
#include "domain/gid.h"
#include "json/emit.h"
#include "shopify/shop_variables.h"

enum { VARIABLES_MAX = 64 << 10, SLICE_MS = 200 };

/* Further pages of one object: they borrow from the answers, which live as long as the book. */
struct page_book {
    struct json_doc *docs[NODES_PAGES_MAX];
    struct page pages[NODES_PAGES_MAX];
    size_t n;
};
struct completing { struct shopify *s; struct page_book *book; int64_t *wait_ms; };

static void
page_book_fini(struct page_book *b)
{
    for (size_t i = 0; i < b->n; i++)
        json_free(b->docs[i]);
    b->n = 0;
}

/* Pages are rare: waiting for the bucket here is simpler than coming back. */
static void
wait_for_bucket(struct shopify *s)
{
    while (shopify_wait_ms(s, PACE_POLLING, 100) > 0)
        clock_sleep_ms(SLICE_MS);
}

static enum err_class
fetch_page(struct completing *c, const struct text_file *doc, const char *gid, struct str after,
           struct json_doc **ret, struct err *e)
{
    CLEANUP_VALUE(shopify_answer_fini) struct shopify_answer a = { 0 };
    CLEANUP_VALUE(buf_fini) struct buf variables;
    struct emit j;

    buf_init(&variables, VARIABLES_MAX);
    emit_init(&j, &variables);
    emit_object(&j, NULL);
    emit_str(&j, "after", after);
    emit_cstr(&j, "id", gid);
    shop_variables_emit(&j, doc, shopify_shop(c->s));
    emit_object_end(&j);
    TRY(buf_check(&variables, doc->name, e));
    wait_for_bucket(c->s);
    const struct shopify_request request = { .doc = doc, .variables = buf_str(&variables) };
    const enum err_class class = shopify_call(c->s, &request, &a, e);
    *c->wait_ms = a.wait_ms;
    TRY(class);
    *ret = TAKE(a.doc);
    return ERR_NONE;
}

static enum err_class
add_page(struct page_book *b, struct json_doc *doc, const char *field, int64_t owner, struct err *e)
{
    if (b->n == NODES_PAGES_MAX) {
        json_free(doc);
        return err_set(e, ERR_REJECT, "", "%s of %" PRId64 ": more than %d pages", field, owner,
                       NODES_PAGES_MAX);
    }
    const struct json_value *node = json_path(json_root(doc), "data.node");
    b->docs[b->n] = doc;
    b->pages[b->n++] = (struct page){ field, owner, json_get(json_get(node, field), "nodes") };
    return ERR_NONE;
}

/* Fetches what follows the first page of object.field. */
static enum err_class
complete(struct completing *c, const struct json_value *object, const char *type, const char *field,
         const struct text_file *doc, struct err *e)
{
    const struct json_value *info = json_get(json_get(object, field), "pageInfo");
    const int64_t owner = gid_id(json_str(json_get(object, "id")));
    char gid[GID_TEXT_SIZE];

    while (json_bool(json_get(info, "hasNextPage"))) {
        struct json_doc *page = NULL;
        TRY(fetch_page(c, doc, gid_format(type, owner, gid), json_str(json_get(info, "endCursor")),
                       &page, e));
        TRY(add_page(c->book, page, field, owner, e));
        const struct json_value *node = json_path(json_root(page), "data.node");
        info = json_get(json_get(node, field), "pageInfo");
    }
    return ERR_NONE;
}

static enum err_class
complete_each(struct completing *c, const struct json_value *list, const char *type,
              const char *field, const struct text_file *doc, struct err *e)
{
    for (size_t i = 0; i < json_size(list); i++)
        TRY(complete(c, json_at(list, i), type, field, doc, e));
    return ERR_NONE;
}

static enum err_class
complete_fulfillment_orders(struct completing *c, const struct json_value *order, struct err *e)
{
    TRY(complete_each(c, json_path(order, "fulfillmentOrders.nodes"), "FulfillmentOrder",
                      "lineItems", &text_more_fulfillment_order_lines, e));
    const size_t first = c->book->n;
    TRY(complete(c, order, "Order", "fulfillmentOrders", &text_more_fulfillment_orders, e));
    for (size_t i = first, end = c->book->n; i < end; i++)
        TRY(complete_each(c, c->book->pages[i].nodes, "FulfillmentOrder", "lineItems",
                          &text_more_fulfillment_order_lines, e));
    return ERR_NONE;
}

static enum err_class
complete_order(struct completing *c, const struct json_value *order, struct err *e)
{
    TRY(complete(c, order, "Order", "lineItems", &text_more_order_lines, e));
    TRY(complete_each(c, json_get(order, "fulfillments"), "Fulfillment", "fulfillmentLineItems",
                      &text_more_fulfillment_lines, e));
    TRY(complete_each(c, json_get(order, "refunds"), "Refund", "refundLineItems",
                      &text_more_refund_lines, e));
    return complete_fulfillment_orders(c, order, e);
}

static enum err_class
complete_variants(struct completing *c, const struct json_value *list, struct err *e)
{
    TRY(complete_each(c, list, "ProductVariant", "metafields", &text_more_variant_metafields, e));
    return complete_each(c, list, "ProductVariant", "productVariantComponents",
                         &text_more_variant_components, e);
}

static enum err_class
complete_product(struct completing *c, const struct json_value *product, struct err *e)
{
    const size_t first = c->book->n;

    TRY(complete(c, product, "Product", "variants", &text_more_variants, e));
    const size_t end = c->book->n;
    TRY(complete_variants(c, json_path(product, "variants.nodes"), e));
    for (size_t i = first; i < end; i++)
        TRY(complete_variants(c, c->book->pages[i].nodes, e));
    TRY(complete(c, product, "Product", "media", &text_more_media, e));
    return complete(c, product, "Product", "metafields", &text_more_product_metafields, e);
}

static enum err_class
hand_over(struct shopify *s, const struct nodes *n, int64_t id, const struct json_value *node,
          node_fn *fn, void *ctx, struct time_us began, int64_t *wait_ms, struct err *e)
{
    CLEANUP_VALUE(page_book_fini) struct page_book book = { .n = 0 };
    struct completing c = { s, &book, wait_ms };

    if (json_is_null(node) || gid_id(json_str(json_get(node, "id"))) != id)
        return fn(ctx, id, NULL, NULL, began, e);
    if (strcmp(n->type, "Order") == 0)
        TRY(complete_order(&c, node, e));
    else if (strcmp(n->type, "Product") == 0)
        TRY(complete_product(&c, node, e));
    const struct pages more = { book.pages, book.n };
    return fn(ctx, id, node, &more, began, e);
}

static enum err_class
ask(struct shopify *s, const struct nodes *n, const int64_t *ids, size_t count,
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
    const struct shopify_request request = { .doc = n->doc, .variables = buf_str(&variables) };
    return shopify_call(s, &request, a, e);
}

/* Too costly: a smaller batch at once. Too slow or broken: a smaller batch next time. */
static void
shrink(struct nodes *n, const struct err *e, int64_t *wait_ms)
{
    const bool costly = shopify_is_too_costly(e);

    if (n->batch > 1 && (costly || (e->class == ERR_RETRY && strcmp(e->code, "THROTTLED") != 0)))
        n->batch /= 2;
    if (costly)
        *wait_ms = 0;
}

enum err_class
nodes_read(struct shopify *s, struct nodes *n, const int64_t *ids, size_t count, node_fn *fn,
           void *ctx, size_t *done, int64_t *wait_ms, struct err *e)
{
    CLEANUP_VALUE(shopify_answer_fini) struct shopify_answer a = { 0 };

    *done = 0;
    n->batch = n->batch == 0 ? NODES_BATCH_MAX : n->batch;
    const size_t some = count < n->batch ? count : n->batch;
    if (ask(s, n, ids, some, &a, e) != ERR_NONE) {
        *wait_ms = a.wait_ms;
        const bool smaller_helps = shopify_is_too_costly(e) && n->batch > 1;
        shrink(n, e, wait_ms);
        e->class = smaller_helps ? ERR_RETRY : e->class;
        return e->class;
    }
    n->cost = a.cost;
    const struct json_value *nodes = json_get(a.data, "nodes");
    for (size_t i = 0; i < some; i++)
        TRY(hand_over(s, n, ids[i], json_at(nodes, i), fn, ctx, a.began, wait_ms, e));
    *done = some;
    n->batch = n->batch < NODES_BATCH_MAX ? n->batch + 1 : NODES_BATCH_MAX;
    return ERR_NONE;
}
