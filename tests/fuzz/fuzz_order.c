/*
 * fuzz_order: any JSON is either an order or refused with its place; an order, whether a webhook's
 * body or a read, comes out as a fact that our own closed shape accepts and emits again as the same
 * bytes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"

#include "shopify/map.h"

static void
goes_round(const struct order *o)
{
    CLEANUP_VALUE(buf_fini) struct buf first, second;
    CLEANUP(arena_free) struct arena *mem = arena_new();
    struct order back;
    struct err e = { 0 };

    buf_init(&first, ORDER_TEXT_MAX);
    buf_init(&second, ORDER_TEXT_MAX);
    order_emit(&first, o, NULL);
    must_hold(order_decode(buf_str(&first), mem, &back, &e) == ERR_NONE);
    order_emit(&second, &back, NULL);
    must_hold(str_eq(buf_str(&first), buf_str(&second)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    CLEANUP(json_free) struct json_doc *doc = NULL;
    CLEANUP(arena_free) struct arena *mem = arena_new();
    const struct seen seen = { .shop = STR("acme"), .at = { 1 }, .mem = mem };
    struct order o;
    struct err e = { 0 };

    if (n > 1 << 16 || json_parse(&doc, (struct str){ (const char *)bytes, n }, &e) != ERR_NONE)
        return 0;
    if (order_from_webhook((struct str){ (const char *)bytes, n }, &seen, &o, &e) == ERR_NONE)
        goes_round(&o);
    else
        must_hold(e.class == ERR_REJECT && e.text[0] != '\0');
    if (order_from_graphql(json_root(doc), NULL, &seen, &o, &e) == ERR_NONE)
        goes_round(&o);
    else
        must_hold(e.class == ERR_REJECT && e.text[0] != '\0');
    return 0;
}
