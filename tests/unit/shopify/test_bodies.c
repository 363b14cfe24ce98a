/* Bodies of webhooks as they should never come: taken, or refused with the place and the reason.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"

#include <stdio.h>

#include "runner.h"
#include "shopify/map.h"

enum { FILE_MAX_BYTES = 1 << 20 };

/* What is taken must be a fact that our own consumers take, and give again byte for byte. */
static enum err_class
body(struct str text, struct err *e)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();
    CLEANUP_VALUE(buf_fini) struct buf fact, again;
    const struct seen seen = { .shop = STR("acme"), .at = { 1 }, .mem = mem };
    struct order order, back;

    buf_init(&fact, FILE_MAX_BYTES);
    buf_init(&again, FILE_MAX_BYTES);
    TRY(order_from_webhook(text, &seen, &order, e));
    order_emit(&fact, &order, NULL);
    TRY(order_decode(buf_str(&fact), mem, &back, e));
    order_emit(&again, &back, NULL);
    if (!str_eq(buf_str(&fact), buf_str(&again)))
        return err_set(e, ERR_FATAL, "", "comes out as %.400s", buf_cstr(&again));
    return ERR_NONE;
}

/* Breaks if odd input stops an order that it need not stop, or passes silently as something else.
 */
static void
every_body_is_judged_as_written(void **state)
{
    int cases = 0;

    (void)state;
    assert_int_equal(corpus_run("tests/corpus/order-bodies", body, &cases), 0);
    assert_true(cases >= 31);
}

/* The order of one of the files that are taken. */
static void
read_order(const char *name, struct arena *mem, struct order *ret)
{
    CLEANUP_VALUE(buf_fini) struct buf text;
    const struct seen seen = { .shop = STR("acme"), .at = { 1 }, .mem = mem };
    char path[256], piece[4096];

    (void)snprintf(path, sizeof(path), "tests/corpus/order-bodies/valid/%s.json", name);
    FILE *f = fopen(path, "r");
    if (f == NULL)
        fail_msg("%s: cannot be read", path);
    buf_init(&text, FILE_MAX_BYTES);
    for (size_t n; (n = fread(piece, 1, sizeof(piece), f)) > 0;)
        buf_add(&text, piece, n);
    (void)fclose(f);
    check_ok(order_from_webhook(arena_str(mem, buf_str(&text)), &seen, ret, &e));
}

static const struct order_line *
first_line(const struct order *o)
{
    assert_true(o->lines.n > 0);
    return o->lines.v;
}

static void
what_is_odd_keeps_its_meaning(void **state)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();
    struct order o;

    (void)state;
    read_order("new-enum-values", mem, &o);
    check_str(o.financial_status, "partially_disputed");
    check_str(o.cancel_reason, "a_new_reason");
    read_order("ids-above-2-53", mem, &o);
    assert_int_equal(o.id.v, INT64_MAX);
    read_order("deleted-product", mem, &o);
    assert_int_equal(first_line(&o)->product_id.v, 0);
    read_order("line-removed", mem, &o);
    assert_int_equal(first_line(&o)->quantity, 2);
    assert_int_equal(first_line(&o)->current_quantity, 0);
    read_order("surrogate-pair-escaped", mem, &o);
    check_str(o.note, "gift \xF0\x9F\x8E\x81");
    read_order("empty-names", mem, &o);
    assert_null(first_line(&o)->sku.p);
    assert_int_equal(o.customer_id, 0);
    read_order("draft-origin", mem, &o);
    check_str(o.source_name, "shopify_draft_order");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_body_is_judged_as_written),
        cmocka_unit_test(what_is_odd_keeps_its_meaning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
