/*
 * map_order: prints the canonical fact for one of Shopify's objects on standard input, so that
 * tests can hold a webhook body against a read of the same order.
 *
 *   map_order webhook|order|fulfillment-orders|returns|product < object.json
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "shopify/map.h"

enum { INPUT_MAX = 16 << 20 };

static enum err_class
map(const char *kind, struct str text, const struct seen *seen, struct buf *out, struct err *e)
{
    const struct json_value *v = NULL;
    struct order order;
    struct fulfillment_orders fulfillment_orders;
    struct returns returns;
    struct product product;

    TRY(json_read(&v, text, seen->mem, e));
    if (strcmp(kind, "webhook") == 0) {
        TRY(order_from_webhook(text, seen, &order, e));
        order_emit(out, &order, NULL);
    } else if (strcmp(kind, "order") == 0) {
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
    return buf_check(out, kind, e);
}

static enum err_class
run(const char *kind, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf in, out;
    CLEANUP(arena_free) struct arena *mem = arena_new();
    char piece[4096];
    size_t n;

    buf_init(&in, INPUT_MAX);
    buf_init(&out, INPUT_MAX);
    while ((n = fread(piece, 1, sizeof(piece), stdin)) > 0)
        buf_add(&in, piece, n);
    const struct seen seen = { .shop = STR("acme"), .at = { 1 }, .mem = mem };
    TRY(map(kind, buf_str(&in), &seen, &out, e));
    (void)puts(buf_cstr(&out));
    return ERR_NONE;
}

int
main(int argc, char **argv)
{
    struct err e = { 0 };

    if (argc == 2 && run(argv[1], &e) == ERR_NONE)
        return 0;
    (void)fprintf(stderr, "%s\n", argc == 2 ? e.text : "usage: map_order KIND < object.json");
    return 1;
}
