/* GraphQL documents and the options of a shop.  SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "shopify/document.h"
#include "shopify/shop.h"

static const struct text_file query = {
    "q.graphql", "query Q { orders { nodes { ...One ... on Order { id } } } }"
};
static const struct text_file one = {
    "one.graphql", "# why\nfragment One on Order { metafield(key: \"}\") { id } ...Two }"
};
static const struct text_file two = { "two.graphql", "fragment Two on Node { id }" };
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
                        "query Q { orders { nodes { ...One ... on Order { id } } } }\n"
                        "# why\nfragment One on Order { metafield(key: \"}\") { id } ...Two }\n"
                        "fragment Two on Node { id }\n");
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
    { "query { shop", "x.graphql:1:13: a bracket is not closed" },
    { "query { shop }\n}", "x.graphql:2:1: this bracket closes nothing" },
    { "query {\n a(b: [1) }", "x.graphql:2:9: this bracket closes nothing" },
    { "query { ...Nowhere }", "x.graphql:1:9: there is no fragment Nowhere" },
    { "query { a(b: \"open) }", "x.graphql:1:14: a string that never ends" },
    /* fields: of a root, nested, in a fragment, behind an alias, below an inline fragment */
    { "{ ordrs { nodes { id } } }",
      "x.graphql:1:3: there is no field ordrs on QueryRoot, did you mean orders?" },
    { "{\n  orders { nodes {\n    id creatdAt } } }",
      "x.graphql:3:8: there is no field creatdAt on Order, did you mean createdAt?" },
    { "# why\nfragment F on Order { id\n\tcreatdAt }",
      "x.graphql:3:2: there is no field creatdAt on Order, did you mean createdAt?" },
    { "{ orders { nodes { id: nmae } } }",
      "x.graphql:1:24: there is no field nmae on Order in admin_2026-10.txt" },
    { "{ orders { nodes { createdAt: id, ... on Order { zipcode } } } }",
      "x.graphql:1:50: there is no field zipcode on Order in admin_2026-10.txt" },
    { "{ orders { nodes { ... @include(if: $x) { idd } } } }",
      "x.graphql:1:43: there is no field idd on Order, did you mean id?" },
    { "mutation M($q: String = \"}\") { bulkOperationRunQuery(query: $q) { userError { field } } }",
      "x.graphql:1:67: there is no field userError on BulkOperationRunQueryPayload, "
      "did you mean userErrors?" },
    { "query { fulfillmentCreate { userErrors { field } } }",
      "x.graphql:1:9: there is no field fulfillmentCreate on QueryRoot in admin_2026-10.txt" },
    /* arguments */
    { "{ orders(first: 1, sortKeys: [{a: \")\"}]) { nodes { id } } }",
      "x.graphql:1:20: there is no argument sortKeys on QueryRoot.orders, did you mean sortKey?" },
    { "{ orders { nodes { id(first: 1) } } }",
      "x.graphql:1:23: there is no argument first on Order.id in admin_2026-10.txt" },
    { "{ orders { nodes { __typename(first: 1) } } }",
      "x.graphql:1:31: there is no argument first on Order.__typename in admin_2026-10.txt" },
    { "{ orders(first) { nodes { id } } }", "x.graphql:1:15: ':' and a value should stand here" },
    { "{ orders(first:) { nodes { id } } }", "x.graphql:1:16: a value should stand here" },
    { "{ orders(first: -1.5, $x) { nodes { id } } }",
      "x.graphql:1:23: the name of an argument should stand here" },
    /* types */
    { "{ orders { nodes { ... on Prodct { id } } } }",
      "x.graphql:1:27: there is no type Prodct, did you mean Product?" },
    { "fragment F on Elsewhere { id }",
      "x.graphql:1:15: there is no type Elsewhere in admin_2026-10.txt" },
    { "{ orders { nodes { ... on Product { id } } } }",
      "x.graphql:1:20: a fragment on Product cannot stand on Order" },
    { "fragment F on Product { id variants { nodes { ...F } } }",
      "x.graphql:1:47: a fragment on Product cannot stand on ProductVariant" },
    { "{ currentAppInstallation { app { id } } }",
      "x.graphql:1:28: admin_2026-10.txt holds no App yet: infra/sandbox/api-index writes it "
      "again" },
    /* leaves and what is none */
    { "{ orders { nodes { name { id } } } }",
      "x.graphql:1:25: name on Order is a value: nothing can be selected from it" },
    { "{ orders { nodes { __typename { id } } } }",
      "x.graphql:1:31: __typename on Order is a value: nothing can be selected from it" },
    { "{ orders { nodes { first: customer name } } }",
      "x.graphql:1:27: customer on Order has fields of its own (Customer): say which, in { }" },
    { "{ orders }",
      "x.graphql:1:3: orders on QueryRoot has fields of its own (OrderConnection): say which, "
      "in { }" },
    /* what is no document */
    { "{ orders { } }", "x.graphql:1:12: the name of a field should stand here" },
    { "{ orders { a: } }", "x.graphql:1:15: the name of a field should stand here" },
    { "{ orders { nodes { ... on { id } } } }",
      "x.graphql:1:27: the name of a type should stand here" },
    { "fragment F { id }", "x.graphql:1:12: \"on\" and a type should stand here" },
    { "query", "x.graphql:1:6: '{' should stand here" },
    { "subscription { a }", "x.graphql:1:1: query, mutation or fragment should stand here" },
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

/* Everything that may stand in a document, once. */
static const struct text_file whole = {
    "whole.graphql",
    "# comment { \n"
    "query Whole($ids: [ID!]! = [\"{\"], $n: Int = -1) @cached(for: {a: 1}) {\n"
    "  __typename, first: nodes(ids: $ids) { __typename\n"
    "    ... on Order @skip(if: false) { ...One @include(if: $x) fulfillments(first: -1) { id } }\n"
    "    ... on Product { id } ... { id } ... on Node { id } }\n"
    "  orders(query: \"\"\"a \"quoted\" }\"\"\", first: 250, sortKey: CREATED_AT) {\n"
    "    nodes @include(if: $x) { agreements { nodes { ...on Refund_ { id } } } } }\n"
    "}\n"
};

/* Breaks if the check refuses what Shopify takes; told by the one slip, behind all the rest. */
static void
what_is_right_passes(void **state)
{
    const struct text_file *const list[] = { &whole, &one, &two, NULL };

    (void)state;
    check_error(documents_check(list, &e), ERR_FATAL,
                "whole.graphql:7:57: there is no type Refund_, did you mean Refund?");
}

/* Breaks if a cut-off document is read beyond its end, or taken. */
static void
a_document_cut_off_anywhere_is_refused(void **state)
{
    static const char *const text = "query Q($n: Int = 1) { orders(first: $n) { nodes { a: id\n"
                                    "... on Order @skip(if: true) { name } ...Two } } }";

    (void)state;
    for (size_t n = 1; n < strlen(text); n++) {
        CLEANUP_VALUE(buf_fini) struct buf part;
        struct err e = { 0 };
        buf_init(&part, DOCUMENT_TEXT_MAX);
        buf_add(&part, text, n);
        const struct text_file file = { "x.graphql", buf_cstr(&part) };
        const struct text_file *const list[] = { &file, &two, NULL };
        assert_int_equal(documents_check(list, &e), ERR_FATAL);
    }
}

/* Breaks if any byte in any place leads the walk astray: what is refused has its place. */
static void
a_document_with_any_byte_changed_is_answered(void **state)
{
    char text[] = "fragment F on Order { a: id ...Two metafield(key: \"x\") @skip(if: 1) { id } }";
    const struct text_file file = { "x.graphql", text };
    const struct text_file *const list[] = { &file, &two, NULL };

    (void)state;
    check_ok(documents_check(list, &e));
    for (size_t i = 0; i < strlen(text); i++) {
        const char kept = text[i];
        for (const char *c = "{}()[]\"#:.@$!-1 \n\\x\xff"; *c != '\0'; c++) {
            struct err e = { 0 };
            text[i] = *c;
            if (documents_check(list, &e) != ERR_NONE)
                assert_memory_equal(e.text, "x.graphql:", 10);
        }
        text[i] = kept;
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
        cmocka_unit_test(what_is_right_passes),
        cmocka_unit_test(a_document_cut_off_anywhere_is_refused),
        cmocka_unit_test(a_document_with_any_byte_changed_is_answered),
        cmocka_unit_test(a_shop_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
