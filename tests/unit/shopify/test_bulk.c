/* Results of bulk operations: rows put together, hosts held to the list.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"

#include "shopify/bulk.h"

enum { TEXT_MAX = 1 << 20 };

static enum err_class
collect(void *ctx, const struct json_value *node, struct err *e)
{
    (void)e;
    json_dump(node, ctx);
    buf_char(ctx, '\n');
    return ERR_NONE;
}

/* Feeds text in pieces of n bytes. */
static enum err_class
assemble(const char *text, size_t n, struct buf *out, struct err *e)
{
    CLEANUP(bulk_rows_free) struct bulk_rows *rows = NULL;
    const struct str all = str_of(text);

    TRY(bulk_rows_open(&rows, collect, out, e));
    for (size_t i = 0; i < all.n; i += n)
        TRY(bulk_rows_feed(rows, (struct str){ all.p + i, all.n - i < n ? all.n - i : n }, e));
    return bulk_rows_end(rows, e);
}

static const char two_products[] =
    "{\"id\":\"gid:\\/\\/shopify\\/Product\\/1\",\"title\":\"A\"}\n"
    "{\"id\":\"gid:\\/\\/shopify\\/ProductVariant\\/11\",\"__parentId\":\"gid:\\/\\/shopify\\/"
    "Product\\/1\"}\n"
    "{\"id\":\"gid:\\/\\/shopify\\/MediaImage\\/5\",\"__parentId\":\"gid:\\/\\/shopify\\/"
    "ProductVariant\\/11\"}\n"
    "{\"id\":\"gid:\\/\\/shopify\\/ProductVariant\\/12\",\"__parentId\":\"gid:\\/\\/shopify\\/"
    "Product\\/1\"}\n"
    "{\"id\":\"gid:\\/\\/shopify\\/MediaImage\\/5\",\"__parentId\":\"gid:\\/\\/shopify\\/"
    "ProductVariant\\/12\"}\r\n"
    "\n"
    "{\"id\":\"gid:\\/\\/shopify\\/Product\\/2\",\"title\":\"B\"}";
static const char assembled[] =
    "{\"id\":\"gid://shopify/Product/1\",\"title\":\"A\",\"variants\":{\"nodes\":["
    "{\"__parentId\":\"gid://shopify/Product/1\",\"id\":\"gid://shopify/ProductVariant/"
    "11\",\"media\":{\"nodes\":["
    "{\"__parentId\":\"gid://shopify/ProductVariant/11\",\"id\":\"gid://shopify/MediaImage/5\"}]}},"
    "{\"__parentId\":\"gid://shopify/Product/1\",\"id\":\"gid://shopify/ProductVariant/"
    "12\",\"media\":{\"nodes\":["
    "{\"__parentId\":\"gid://shopify/ProductVariant/12\",\"id\":\"gid://shopify/MediaImage/"
    "5\"}]}}]}}\n"
    "{\"id\":\"gid://shopify/Product/2\",\"title\":\"B\"}\n";

/* Breaks if a child lands at the wrong parent, or a cut between two pieces changes the result. */
static void
rows_of_one_root_become_one_object(void **state)
{
    (void)state;
    for (size_t n = 1; n < sizeof(two_products); n += 7) {
        CLEANUP_VALUE(buf_fini) struct buf out;
        buf_init(&out, TEXT_MAX);
        check_ok(assemble(two_products, n, &out, &e));
        assert_string_equal(buf_cstr(&out), assembled);
    }
}

struct bad { const char *text; enum err_class class; const char *says; };
static const struct bad bad_results[] = {
    { "{\"id\":\"gid://shopify/Product/1\"}\n{\"id\":\"gid://shopi", ERR_RETRY, "breaks off" },
    { "{\"id\":\"gid://shopify/ProductVariant/1\",\"__parentId\":\"gid://shopify/Product/9\"}\n",
      ERR_RETRY, "not grouped" },
    { "{\"title\":\"no id\"}\n", ERR_REJECT, "without an id" },
    { "not json\n", ERR_REJECT, "bulk result" },
    { "{\"id\":\"gid://shopify/Product/1\"}\n"
      "{\"id\":\"gid://shopify/Elephant/2\",\"__parentId\":\"gid://shopify/Product/1\"}\n",
      ERR_REJECT, "no connection" },
};

/* Breaks if half a file passes for a whole one, or strange rows vanish. */
static void
broken_results_are_not_believed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad_results) / sizeof(bad_results[0]); i++) {
        CLEANUP_VALUE(buf_fini) struct buf out;
        struct err e = { 0 };
        buf_init(&out, TEXT_MAX);
        assert_int_equal(assemble(bad_results[i].text, 16, &out, &e), bad_results[i].class);
        if (strstr(e.text, bad_results[i].says) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", e.text, bad_results[i].says);
    }
}

static bool
is_allowed(const char *url, const char *hosts)
{
    struct err e = { 0 };

    return bulk_check_url(url, hosts, &e) == ERR_NONE;
}

/* Breaks if a forged answer can make us fetch from anywhere. */
static void
only_listed_hosts_are_asked(void **state)
{
    static const char hosts[] = "storage.googleapis.com, 127.0.0.1:21000";

    (void)state;
    assert_true(is_allowed("https://storage.googleapis.com/a?Expires=1", hosts));
    assert_true(is_allowed("http://127.0.0.1:21000/bulk/a.jsonl", hosts));
    assert_false(is_allowed("http://storage.googleapis.com/a", hosts));
    assert_false(is_allowed("https://storage.googleapis.com.example.com/a", hosts));
    assert_false(is_allowed("https://storage.googleapis.com@example.com/a", hosts));
    assert_false(is_allowed("https://storage.googleapis.com:444/a", hosts));
    assert_false(is_allowed("http://127.0.0.1:22/a", hosts));
    assert_false(is_allowed("http://127.0.0.1/a", "127.0.0.1"));
    assert_false(is_allowed("file:///etc/passwd", hosts));
    assert_false(is_allowed("https:///a", hosts));
    assert_false(is_allowed("https://storage.googleapis.com/a", ""));
    check_error(
        bulk_check_url("https://example.com/x", "a.example", &e), ERR_REJECT,
        "bulk result: https://example.com is not in bulk_hosts (a.example): add it there if it is "
        "Shopify's");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_one_root_become_one_object),
        cmocka_unit_test(broken_results_are_not_believed),
        cmocka_unit_test(only_listed_hosts_are_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
