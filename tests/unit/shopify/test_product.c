/*
 * test_product.c: if this fails, the initial load and a later read of one product disagree, so that
 * every product seems to change once; or an odd product is lost, or stops a shop.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"

#include <stdio.h>

#include "runner.h"
#include "shopify/bulk_rows.h"
#include "shopify/denied.h"
#include "shopify/document.h"
#include "shopify/map.h"

#define FOLDER "tests/corpus/product-pairs"

enum { FILE_MAX_BYTES = 1 << 20 };

static struct seen
seen_by(struct arena *mem)
{
    return (struct seen){ .shop = STR("acme"),
                          .at = { 1 },
                          .mem = mem,
                          .metafields = "custom, reviews",
                          .variant_metafields = "custom" };
}

/* Appends the fact, as the topic would carry it. */
static enum err_class
map(void *ret, const struct json_value *node, struct err *err)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();
    const struct seen seen = seen_by(mem);
    struct product p;

    TRY(product_from_graphql(node, NULL, &seen, &p, err));
    product_emit(ret, &p);
    return ERR_NONE;
}

static void
check_pair(const char *name)
{
    CLEANUP_VALUE(buf_fini) struct buf read, rows, fact, from_read, from_rows;
    CLEANUP(json_free) struct json_doc *doc = NULL;
    CLEANUP(bulk_rows_free) struct bulk_rows *bulk = NULL;
    struct buf *all[] = { &read, &rows, &fact, &from_read, &from_rows };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        buf_init(all[i], FILE_MAX_BYTES);
    corpus_read(FOLDER, name, "read.json", &read);
    corpus_read(FOLDER, name, "rows.jsonl", &rows);
    corpus_read(FOLDER, name, "fact.json", &fact);
    check_ok(json_parse(&doc, buf_str(&read), &e));
    check_ok(map(&from_read, json_root(doc), &e));
    check_ok(bulk_rows_open(&bulk, map, &from_rows, &e));
    check_ok(bulk_rows_feed(bulk, buf_str(&rows), &e));
    check_ok(bulk_rows_end(bulk, &e));
    buf_char(&from_read, '\n');
    buf_char(&from_rows, '\n');
    assert_string_equal(buf_cstr(&from_read), buf_cstr(&fact));
    assert_string_equal(buf_cstr(&from_rows), buf_cstr(&fact));
}

/* The files say what the fact is: a change of one is a change of the contract. */
static void
a_bulk_result_gives_the_fact_that_a_read_gives(void **state)
{
    (void)state;
    check_pair("plain");
    check_pair("rich");
}

/* What is taken must also be a fact that our own topic takes. */
static enum err_class
take(struct str text, struct err *err)
{
    CLEANUP(json_free) struct json_doc *node = NULL;
    CLEANUP(arena_free) struct arena *mem = arena_new();
    CLEANUP_VALUE(buf_fini) struct buf fact, again;
    struct product p;

    buf_init(&fact, FILE_MAX_BYTES);
    buf_init(&again, FILE_MAX_BYTES);
    TRY(json_parse(&node, text, err));
    TRY(map(&fact, json_root(node), err));
    TRY(product_decode(buf_str(&fact), mem, &p, err));
    product_emit(&again, &p);
    if (!str_eq(buf_str(&again), buf_str(&fact)))
        return err_set(err, ERR_FATAL, "", "comes out as %.300s", buf_cstr(&again));
    return ERR_NONE;
}

static void
odd_products_are_taken_or_refused_with_a_reason(void **state)
{
    int cases = 0;

    (void)state;
    assert_int_equal(corpus_run("tests/corpus/product-nodes", take, &cases), 0);
    assert_true(cases >= 20);
}

static const struct json_value *
parsed(const char *text, struct json_doc **doc)
{
    check_ok(json_parse(doc, str_of(text), &e));
    return json_root(*doc);
}

/* Breaks if what follows a first page is lost, or given to the wrong owner. */
static void
further_pages_are_part_of_the_product(void **state)
{
    CLEANUP(json_free) struct json_doc *node = NULL, *variants = NULL, *parts = NULL, *media = NULL;
    CLEANUP(arena_free) struct arena *mem = arena_new();
    CLEANUP_VALUE(buf_fini) struct buf read;
    const struct seen seen = seen_by(mem);
    struct product p;

    (void)state;
    buf_init(&read, FILE_MAX_BYTES);
    corpus_read(FOLDER, "plain", "read.json", &read);
    check_ok(json_parse(&node, buf_str(&read), &e));
    const struct page v[] = {
        { "variants", INT64_C(10243914727730),
          json_path(parsed(buf_cstr(&read), &variants), "variants.nodes") },
        { "productVariantComponents", INT64_C(51487966167346),
          parsed("[{\"quantity\":3,\"productVariant\":{\"id\":\"gid://shopify/ProductVariant/4\"}}]",
                 &parts) },
        { "media", 1, parsed("[{\"id\":\"gid://shopify/Video/1\"}]", &media) },
    };
    const struct pages more = { v, 3 };
    check_ok(product_from_graphql(json_root(node), &more, &seen, &p, &e));
    const struct variant *found = p.variants.v;
    assert_int_equal(p.variants.n, 2);
    assert_int_equal(found[0].parts.n, 1);
    assert_int_equal(((const struct variant_part *)found[0].parts.v)->quantity, 3);
    assert_int_equal(p.media.n, 0);
}

#define DENIED(path) "[{\"extensions\":{\"code\":\"ACCESS_DENIED\"},\"path\":" path "}]"

/* Breaks if a missing scope makes products look deleted, or one field of little use stops a shop. */
static void
a_denied_field_is_one_inside_an_object_that_came(void **state)
{
    CLEANUP(json_free) struct json_doc *data = NULL;
    static const struct { const char *errors; bool field; } cases[] = {
        { DENIED("[\"nodes\",0,\"variants\",\"nodes\",1,\"inventoryItem\",\"unitCost\"]"), true },
        { DENIED("[\"node\",\"unitCost\"]"), true },
        { DENIED("[\"nodes\",1,\"unitCost\"]"), false }, /* null: it would look deleted */
        { DENIED("[\"nodes\",0]"), false },
        { DENIED("[\"nodes\"]"), false },
        { DENIED("[]"), false },
        { "[{\"extensions\":{\"code\":\"THROTTLED\"},\"path\":[\"node\",\"unitCost\"]}]", false },
        { "[{\"message\":\"x\"}]", false },
        { "[]", false },
    };
    const struct json_value *v = parsed("{\"nodes\":[{\"id\":1},null],\"node\":{\"id\":2}}", &data);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(json_free) struct json_doc *errors = NULL;
        const struct json_value *list = parsed(cases[i].errors, &errors);
        if (denied_fields_only(list, v) != cases[i].field)
            fail_msg("%s", cases[i].errors);
        if (cases[i].field)
            check_str(denied_field(list), "unitCost");
    }
}

static void
a_bulk_document_does_without_a_field(void **state)
{
    const struct text_file doc = { "x", "{\n  a\n  cost { amount }\n}" };
    CLEANUP_VALUE(buf_fini) struct buf text;

    (void)state;
    buf_init(&text, 256);
    document_without(&text, &doc, "cost");
    assert_string_equal(buf_cstr(&text), "{\n  a\n}\n");
    buf_clear(&text);
    document_without(&text, &doc, NULL);
    assert_string_equal(buf_cstr(&text), "{\n  a\n  cost { amount }\n}\n");
    assert_non_null(strstr(text_bulk_products.text, "\n              inventoryItem { unitCost { amount currencyCode } }\n"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bulk_result_gives_the_fact_that_a_read_gives),
        cmocka_unit_test(odd_products_are_taken_or_refused_with_a_reason),
        cmocka_unit_test(further_pages_are_part_of_the_product),
        cmocka_unit_test(a_denied_field_is_one_inside_an_object_that_came),
        cmocka_unit_test(a_bulk_document_does_without_a_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
