/* Where the result of a bulk operation may come from, and what its storage may answer instead.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"

#include <stdio.h>

#include "base/buf.h"
#include "peer.h"
#include "shopify/bulk.h"

enum { TEXT_MAX = 1 << 16, ADDRESS_MAX = 64 };

#define ROW "{\"id\":\"gid://shopify/Product/1\"}\n"

static struct peer *storage, *mirror;
static struct buf answer, seen;

static int
begin(void **state)
{
    (void)state;
    buf_init(&answer, TEXT_MAX);
    buf_init(&seen, TEXT_MAX);
    return 0;
}

static int
end(void **state)
{
    (void)state;
    if (storage != NULL)
        peer_free(storage);
    if (mirror != NULL)
        peer_free(mirror);
    storage = mirror = NULL;
    buf_fini(&answer);
    buf_fini(&seen);
    return 0;
}

static enum err_class
collect(void *ctx, const struct json_value *node, struct err *e)
{
    (void)e;
    json_dump(node, ctx);
    return ERR_NONE;
}

/* HOST:PORT of a peer, as bulk_hosts lists it. */
static const char *
address(struct peer *p, char text[ADDRESS_MAX])
{
    const int n = snprintf(text, ADDRESS_MAX, "%s", peer_url(p, "") + strlen("http://"));

    assert_true(n > 0 && n < ADDRESS_MAX);
    return text;
}

/* Reads the result that the storage gives, of one row with one root. */
static enum err_class
fetch(const char *hosts, struct err *e)
{
    CLEANUP(shopify_free) struct shopify *s = NULL;
    const struct shop_conf shop = { .key = "acme", .endpoint = "http://127.0.0.1:1",
                                    .api_version = "2026-10", .bulk_hosts = hosts };
    struct bulk_status status = { .state = BULK_DONE, .objects = 1, .roots = 1 };

    (void)snprintf(status.url, sizeof(status.url), "%s", peer_url(storage, "/bulk/1.jsonl?Signed=1"));
    TRY(shopify_open(&s, &shop, e));
    return bulk_read(s, &status, collect, NULL, &seen, e);
}

static struct str
redirect_to(const char *url)
{
    buf_clear(&answer);
    buf_printf(&answer, "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 8\r\n\r\n<html>\n\n", url);
    return buf_str(&answer);
}

static struct str
with_body(const char *head, const char *body)
{
    buf_clear(&answer);
    buf_printf(&answer, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", head, strlen(body), body);
    return buf_str(&answer);
}

/* Breaks if storage that moves a file ends the load, or if the page of the redirect is read as rows. */
static void
a_redirect_to_a_listed_host_is_followed(void **state)
{
    char first[ADDRESS_MAX], second[ADDRESS_MAX], hosts[2 * ADDRESS_MAX + 2];

    (void)state;
    mirror = peer_start(STR("HTTP/1.1 200 OK\r\nContent-Length: 32\r\n\r\n" ROW), 1);
    storage = peer_start(redirect_to(peer_url(mirror, "/moved.jsonl")), 1);
    (void)snprintf(hosts, sizeof(hosts), "%s,%s", address(storage, first), address(mirror, second));
    check_ok(fetch(hosts, &e));
    check_str(buf_str(&seen), "{\"id\":\"gid://shopify/Product/1\"}");
    assert_memory_equal(peer_request(mirror), "GET /moved.jsonl ", 17);
}

/* Breaks if whoever answers for one listed host can make us fetch from anywhere. */
static void
a_redirect_to_any_other_host_is_refused(void **state)
{
    char hosts[ADDRESS_MAX];
    struct err why = { 0 };

    (void)state;
    mirror = peer_start(STR("HTTP/1.1 200 OK\r\nContent-Length: 32\r\n\r\n" ROW), 1);
    storage = peer_start(redirect_to(peer_url(mirror, "/moved.jsonl")), 1);
    assert_int_equal(fetch(address(storage, hosts), &why), ERR_REJECT);
    assert_non_null(strstr(why.text, "redirected: bulk result: http://127.0.0.1:"));
    assert_non_null(strstr(why.text, "is not in bulk_hosts"));
    assert_int_equal(peer_connections(mirror), 0);
    assert_int_equal(seen.n, 0);
}

/* Breaks if two addresses that name each other keep the load busy for ever. */
static void
redirects_end(void **state)
{
    char hosts[ADDRESS_MAX];
    struct err why = { 0 };

    (void)state;
    storage = peer_start(redirect_to("/bulk/again.jsonl"), 1);
    assert_int_equal(fetch(address(storage, hosts), &why), ERR_REJECT);
    assert_string_equal(why.text, "bulk result: redirected more than 3 times: report it");
    assert_int_equal(peer_requests(storage), 4);
}

/* Breaks if an address that has expired is taken for a broken result, or its page for rows. */
static void
an_expired_address_says_so(void **state)
{
    static const char *const gone[] = { "400 Bad Request", "403 Forbidden", "404 Not Found", "410 Gone" };
    char hosts[ADDRESS_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
        struct err why = { 0 };
        if (storage != NULL)
            peer_free(storage);
        storage = peer_start(with_body(gone[i], "<?xml version='1.0'?>\n<Error>\n</Error>\n"), 1);
        assert_int_equal(fetch(address(storage, hosts), &why), ERR_RETRY);
        assert_string_equal(why.code, BULK_EXPIRED);
        assert_non_null(strstr(why.text, "its address has expired, or it is gone"));
        assert_null(strstr(why.text, "Signed"));
    }
}

/* Breaks if a passing fault of the storage makes the operation be run again. */
static void
a_fault_of_the_storage_may_pass(void **state)
{
    char hosts[ADDRESS_MAX];
    struct err why = { 0 };

    (void)state;
    storage = peer_start(with_body("503 Slow Down", "<Error>\n</Error>\n"), 1);
    assert_int_equal(fetch(address(storage, hosts), &why), ERR_RETRY);
    assert_string_equal(why.code, "");
}

/* Breaks if a file with fewer or more rows than the operation counted passes for its result. */
static void
counts_that_disagree_are_not_believed(void **state)
{
    static const char *const files[] = { "", ROW ROW };
    char hosts[ADDRESS_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct err why = { 0 };
        if (storage != NULL)
            peer_free(storage);
        storage = peer_start(with_body("200 OK", files[i]), 1);
        assert_int_equal(fetch(address(storage, hosts), &why), ERR_RETRY);
        assert_string_equal(why.code, BULK_SHORT);
        assert_int_equal(seen.n, 0);
    }
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_redirect_to_a_listed_host_is_followed),
        TEST(a_redirect_to_any_other_host_is_refused),
        TEST(redirects_end),
        TEST(an_expired_address_says_so),
        TEST(a_fault_of_the_storage_may_pass),
        TEST(counts_that_disagree_are_not_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
