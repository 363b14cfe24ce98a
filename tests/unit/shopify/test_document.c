/* GraphQL documents and the options of a shop.  SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "shopify/document.h"
#include "shopify/shop.h"

static const struct text_file query = { "q.graphql", "query Q { a { ...One ... on X { b } } }" };
static const struct text_file one = { "one.graphql",
                                      "# why\nfragment One on A { c(x: \"}\") ...Two }" };
static const struct text_file two = { "two.graphql", "fragment Two on B { d }" };
static const struct text_file *const files[] = { &two, &query, &one, NULL };

/* Breaks if a fragment is missing or doubled in what is sent. */
static void
a_document_carries_its_fragments_once(void **state)
{
    CLEANUP_VALUE(buf_fini) struct buf text;

    (void)state;
    buf_init(&text, DOCUMENT_TEXT_MAX);
    check_ok(document_compose(&text, &query, files, &e));
    assert_string_equal(buf_cstr(&text),
                        "query Q { a { ...One ... on X { b } } }\n"
                        "# why\nfragment One on A { c(x: \"}\") ...Two }\n"
                        "fragment Two on B { d }\n");
    check_ok(documents_check(files, &e));
    check_ok(documents_check(shopify_documents, &e));
}

/* Breaks if a field that Shopify does not know is looked for in the wrong file. */
static void
a_line_of_what_was_sent_has_its_file(void **state)
{
    const struct text_file *file = NULL;
    int64_t line = 0;

    (void)state;
    assert_true(document_place(&query, files, 1, &file, &line));
    assert_ptr_equal(file, &query);
    assert_true(document_place(&query, files, 3, &file, &line));
    assert_ptr_equal(file, &one);
    assert_int_equal(line, 2);
    assert_true(document_place(&query, files, 4, &file, &line));
    assert_ptr_equal(file, &two);
    assert_int_equal(line, 1);
    assert_false(document_place(&query, files, 5, &file, &line));
    assert_false(document_place(&query, files, 0, &file, &line));
}

struct slip { const char *text, *says; };
static const struct slip slips[] = {
    { "query { a", "x.graphql:1:10: a bracket is not closed" },
    { "query { a }\n}", "x.graphql:2:1: this bracket closes nothing" },
    { "query {\n a(b: [1) }", "x.graphql:2:9: this bracket closes nothing" },
    { "query { ...Nowhere }", "x.graphql:1:9: there is no fragment Nowhere" },
    { "query { a(b: \"open) }", "x.graphql:1:14: a string that never ends" },
};

/* Breaks if a typo reaches Shopify instead of stopping the process at start, with its place. */
static void
a_slip_is_found_at_start(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(slips) / sizeof(slips[0]); i++) {
        const struct text_file file = { "x.graphql", slips[i].text };
        const struct text_file *const list[] = { &file, NULL };
        check_error(documents_check(list, &e), ERR_FATAL, slips[i].says);
    }
}

static struct shop_conf
a_shop(void)
{
    return (struct shop_conf){ .key = "acme", .endpoint = "https://acme.myshopify.com",
                               .mode = "all", .first_push = "check" };
}

/* Breaks if a wrong address or key gets as far as a topic. */
static void
a_shop_is_checked(void **state)
{
    struct shop_conf shop = a_shop();

    (void)state;
    check_ok(shop_check(&shop, &e));
    shop.endpoint = "https://acme.myshopify.com/admin";
    check_error(
        shop_check(&shop, &e), ERR_FATAL,
        "[shop.acme] endpoint = https://acme.myshopify.com/admin: scheme and host only; cut what "
        "follows the host");
    shop.endpoint = "acme.myshopify.com";
    check_error(shop_check(&shop, &e), ERR_FATAL,
                "[shop.acme] endpoint = acme.myshopify.com: write https://NAME.myshopify.com");
    shop = a_shop();
    shop.mode = "everything";
    check_error(shop_check(&shop, &e), ERR_FATAL,
                "[shop.acme] mode = everything: choose observe, atp, fulfil or all");
    shop = a_shop();
    shop.first_push = "go";
    check_error(shop_check(&shop, &e), ERR_FATAL,
                "[shop.acme] first_push = go: choose check or released");
    shop = a_shop();
    shop.key = "Acme/1";
    check_error(shop_check(&shop, &e), ERR_FATAL,
                "[shop.Acme/1]: a short key is a lower-case letter, then letters, digits and '-'");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_carries_its_fragments_once),
        cmocka_unit_test(a_line_of_what_was_sent_has_its_file),
        cmocka_unit_test(a_slip_is_found_at_start),
        cmocka_unit_test(a_shop_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
