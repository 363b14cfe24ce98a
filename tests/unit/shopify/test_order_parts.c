/* What only reads show of an order: whole with all its pages, in one form.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"

#include <stdio.h>

#include "runner.h"
#include "shopify/map.h"

#define FOLDER "tests/corpus/order-parts"

enum { FILE_MAX_BYTES = 1 << 20, PAGES_MAX = 16 };

struct input {
    struct json_doc *read, *page_list;
    struct page pages[PAGES_MAX];
    struct pages more;
    struct arena *mem;
    struct buf fact, wanted;
};

static struct json_doc *
parse_file(const char *name, const char *file)
{
    CLEANUP_VALUE(buf_fini) struct buf text;
    struct json_doc *doc = NULL;

    buf_init(&text, FILE_MAX_BYTES);
    corpus_read(FOLDER, name, file, &text);
    check_ok(json_parse(&doc, buf_str(&text), &e));
    return doc;
}

static void
open_input(struct input *in, const char *name)
{
    *in = (struct input){ .read = parse_file(name, "read.json"),
                          .page_list = parse_file(name, "pages.json"),
                          .mem = arena_new() };
    const struct json_value *list = json_root(in->page_list);
    assert_in_range(json_size(list), 1, PAGES_MAX);
    for (size_t i = 0; i < json_size(list); i++) {
        const struct json_value *page = json_at(list, i);
        struct page *to = &in->pages[i];
        to->field = arena_str(in->mem, json_str(json_get(page, "field"))).p;
        assert_true(json_i64(json_get(page, "owner"), &to->owner));
        to->nodes = json_get(page, "nodes");
    }
    in->more = (struct pages){ in->pages, json_size(list) };
    buf_init(&in->fact, FILE_MAX_BYTES);
    buf_init(&in->wanted, FILE_MAX_BYTES);
    corpus_read(FOLDER, name, "fact.json", &in->wanted);
}

static void
input_fini(struct input *in)
{
    json_free(in->read);
    json_free(in->page_list);
    arena_free(in->mem);
    buf_fini(&in->fact);
    buf_fini(&in->wanted);
}

/* Breaks if a part of a fact is lost, a page is forgotten, or a status that is new stops an order.
 */
static void
all_that_a_read_shows_is_in_the_fact(void **state)
{
    CLEANUP_VALUE(input_fini) struct input in;
    struct fulfillment_orders f;

    (void)state;
    open_input(&in, "whole");
    const struct seen seen = { .shop = STR("acme"), .at = { 1 }, .mem = in.mem,
                               .order_metafields = "custom" };
    check_ok(fulfillment_orders_from_graphql(json_root(in.read), &in.more, &seen, &f, &e));
    fulfillment_orders_emit(&in.fact, &f);
    buf_char(&in.fact, '\n');
    assert_string_equal(buf_cstr(&in.fact), buf_cstr(&in.wanted));
}

static void
returns_are_whole_with_their_pages(void **state)
{
    CLEANUP_VALUE(input_fini) struct input in;
    struct returns r;

    (void)state;
    open_input(&in, "returned");
    const struct seen seen = { .shop = STR("acme"), .at = { 1 }, .mem = in.mem };
    check_ok(returns_from_graphql(json_root(in.read), &in.more, &seen, &r, &e));
    returns_emit(&in.fact, &r);
    buf_char(&in.fact, '\n');
    assert_string_equal(buf_cstr(&in.fact), buf_cstr(&in.wanted));
}

/* A null where a list must be is a hole, not an empty list. */
static void
a_hidden_list_is_no_empty_list(void **state)
{
    CLEANUP(json_free) struct json_doc *doc = NULL;
    CLEANUP(arena_free) struct arena *mem = arena_new();
    const struct seen seen = { .shop = STR("acme"), .at = { 1 }, .mem = mem };
    const struct str text = STR("{\"id\":\"gid://shopify/Order/1\",\"updatedAt\":"
                                "\"2026-11-24T10:00:00Z\",\"returns\":null}");
    struct returns r;

    (void)state;
    check_ok(json_parse(&doc, text, &e));
    check_error(returns_from_graphql(json_root(doc), NULL, &seen, &r, &e), ERR_REJECT,
                "returns.returns: expected object");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_a_read_shows_is_in_the_fact),
        cmocka_unit_test(returns_are_whole_with_their_pages),
        cmocka_unit_test(a_hidden_list_is_no_empty_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
