/*
 * map_order: prints the canonical fact for one of Shopify's objects on standard input, so that
 * tests can hold a webhook body against a read of the same order.
 *
 *   map_order webhook|order|fulfillment-orders|returns|product < object.json
 *   map_order --bulk KIND < result.jsonl
 *
 * With --bulk every object of a bulk result becomes a line; one that must be read again by its id
 * becomes "again".
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "shopify/bulk_rows.h"
#include "shopify/map.h"

enum { INPUT_MAX = 64 << 20 };

static enum err_class
map_body(struct str text, const struct seen *seen, struct buf *out, struct err *e)
{
    struct order order;

    TRY(order_from_webhook(text, seen, &order, e));
    order_emit(out, &order, NULL);
    return ERR_NONE;
}

static enum err_class
map_node(const char *kind, const struct json_value *v, const struct seen *seen, struct buf *out,
         struct err *e)
{
    struct order order;
    struct fulfillment_orders fulfillment_orders;
    struct returns returns;
    struct product product;

    if (strcmp(kind, "order") == 0) {
        TRY(order_from_graphql(v, NULL, seen, &order, e));
        order_emit(out, &order, NULL);
    } else if (strcmp(kind, "fulfillment-orders") == 0) {
        TRY(fulfillment_orders_from_graphql(v, NULL, seen, &fulfillment_orders, e));
        fulfillment_orders_emit(out, &fulfillment_orders);
    } else if (strcmp(kind, "returns") == 0) {
        TRY(returns_from_graphql(v, NULL, seen, &returns, e));
        returns_emit(out, &returns);
    } else if (strcmp(kind, "product") == 0) {
        TRY(product_from_graphql(v, NULL, seen, &product, e));
        product_emit(out, &product);
    } else {
        return err_set(e, ERR_FATAL, "",
                       "kind %s: webhook, order, fulfillment-orders, returns or product", kind);
    }
    return ERR_NONE;
}

/* A body is mapped from its text; all else from a value: `v`, or what the text holds. */
static enum err_class
print_fact(const char *kind, struct str text, const struct json_value *v, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf out;
    CLEANUP(arena_free) struct arena *mem = arena_new();
    const struct seen seen = { .shop = STR("acme"), .at = { 1 }, .mem = mem,
                               .order_metafields = "custom" };

    buf_init(&out, INPUT_MAX);
    if (strcmp(kind, "webhook") == 0) {
        TRY(map_body(text, &seen, &out, e));
    } else {
        if (v == NULL)
            TRY(json_read(&v, text, mem, e));
        TRY(map_node(kind, v, &seen, &out, e));
    }
    TRY(buf_check(&out, kind, e));
    (void)puts(buf_cstr(&out));
    return ERR_NONE;
}

static bool
is_cut(const char *kind, const struct json_value *node)
{
    if (strcmp(kind, "order") == 0)
        return order_is_cut(node);
    if (strcmp(kind, "fulfillment-orders") == 0)
        return beside_is_cut(node);
    return strcmp(kind, "returns") == 0 && returns_are_cut(node);
}

static enum err_class
print_root(void *ctx, const struct json_value *node, struct err *e)
{
    const char *kind = ctx;

    if (!is_cut(kind, node))
        return print_fact(kind, (struct str){ 0 }, node, e);
    (void)puts("again");
    return ERR_NONE;
}

static enum err_class
run(char *kind, bool bulk, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf in;
    CLEANUP(bulk_rows_free) struct bulk_rows *rows = NULL;
    char piece[4096];
    size_t n;

    buf_init(&in, INPUT_MAX);
    while ((n = fread(piece, 1, sizeof(piece), stdin)) > 0)
        buf_add(&in, piece, n);
    TRY(buf_check(&in, "standard input", e));
    if (!bulk)
        return print_fact(kind, buf_str(&in), NULL, e);
    TRY(bulk_rows_open(&rows, print_root, kind, e));
    TRY(bulk_rows_feed(rows, buf_str(&in), e));
    return bulk_rows_end(rows, e);
}

int
main(int argc, char **argv)
{
    const bool bulk = argc == 3 && strcmp(argv[1], "--bulk") == 0;
    struct err e = { 0 };

    if ((argc == 2 || bulk) && run(argv[argc - 1], bulk, &e) == ERR_NONE)
        return 0;
    (void)fprintf(stderr, "%s\n", e.text[0] != '\0' ? e.text
                                                    : "usage: map_order [--bulk] KIND < FILE");
    return 1;
}
