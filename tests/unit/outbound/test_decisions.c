/*
 * test_decisions.c: the canonical form of our own decisions.  If it fails, equal facts are not equal
 * bytes, consumers refuse what we publish, or a tombstone's key is misread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"
#include "domain/allocations.h"
#include "domain/atp.h"
#include "domain/fulfillment_request.h"
#include "domain/fulfillments.h"
#include "domain/shopify_write.h"
#include "domain/stock.h"

enum { TEXT_MAX = 1 << 16 };

#define FORM(name, type)                                                                          \
    static enum err_class name##_form(struct str text, struct arena *mem, struct buf *ret,        \
                                      struct err *e)                                              \
    {                                                                                             \
        type x;                                                                                   \
        TRY(name##_decode(text, mem, &x, e));                                                     \
        name##_emit(ret, &x);                                                                     \
        return ERR_NONE;                                                                          \
    }                                                                                             \
    struct name##_swallow_semicolon_

FORM(atp, struct atp);
FORM(allocations, struct allocations);
FORM(fulfillments, struct fulfillments);
FORM(fulfillment_request, struct fulfillment_request);
FORM(stock, struct stock);

typedef enum err_class form_fn(struct str text, struct arena *mem, struct buf *ret, struct err *e);

static const char atp_text[] =
    "{\"atp\":0,\"computed_at\":\"2026-11-24T11:00:00.000001Z\",\"inventory_item_id\":53214089609522,"
    "\"item\":\"sku:A/\\\"1\",\"level_max\":-1,\"level_min\":-3,\"location_id\":7,\"promise\":-3,"
    "\"reason\":\"order\",\"shop\":\"acme\",\"terms\":{\"committed_max\":2,\"committed_min\":0,"
    "\"known\":0,\"net\":-3,\"shortage\":1,\"threshold\":2,\"unallocated\":4,\"usable\":2},"
    "\"version\":1795500000000,\"watermark\":null}";
static const char allocations_text[] =
    "{\"allocations\":[{\"facility\":\"WH\",\"item\":\"sku:A\",\"line_id\":9,\"quantity\":2,"
    "\"state\":\"released\"}],\"order_id\":5123456789,\"shop\":\"acme\",\"version\":3}";
static const char fulfillments_text[] =
    "{\"order_id\":5123456789,\"parcels\":[{\"carrier\":null,\"facility\":\"WH\",\"lines\":"
    "[{\"line_id\":9,\"quantity\":2}],\"parcel\":\"wms/1\",\"shipped_at\":"
    "\"2026-11-24T11:00:00.000000Z\",\"tracking_number\":\"T\\u00e9\",\"tracking_url\":null}],"
    "\"shop\":\"acme\",\"version\":3}";
static const char request_text[] =
    "{\"address\":null,\"decided_at\":\"2026-11-24T11:00:00.000000Z\",\"facility\":\"WH\","
    "\"kind\":\"create\",\"lines\":[{\"item\":\"sku:A\",\"line_id\":9,\"quantity\":1,\"sku\":null,"
    "\"title\":\"A\"}],\"order_id\":5,\"order_name\":\"#1\",\"request\":1,\"shipping_method\":null,"
    "\"shop\":\"acme\",\"version\":1}";
static const char stock_text[] =
    "{\"as_of\":\"2026-11-24T11:00:00.000000Z\",\"facility\":\"WH\",\"item\":\"sku:A\","
    "\"on_hand\":-2,\"reserved\":3,\"version\":1}";

static const struct { const char *name, *text; form_fn *form; } forms[] = {
    { "atp", atp_text, atp_form },
    { "allocations", allocations_text, allocations_form },
    { "fulfillments", fulfillments_text, fulfillments_form },
    { "fulfillment_request", request_text, fulfillment_request_form },
    { "stock", stock_text, stock_form },
};
enum { FORMS = sizeof forms / sizeof forms[0] };

static enum err_class
form(size_t i, const char *text, struct buf *ret, struct err *e)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();

    return forms[i].form(str_of(text), mem, ret, e);
}

static void
what_is_read_back_is_what_was_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMS; i++) {
        CLEANUP_VALUE(buf_fini) struct buf once, twice;
        struct err e = { 0 };
        buf_init(&once, TEXT_MAX);
        buf_init(&twice, TEXT_MAX);
        assert_int_equal(form(i, forms[i].text, &once, &e), ERR_NONE);
        assert_int_equal(form(i, buf_cstr(&once), &twice, &e), ERR_NONE);
        assert_string_equal(buf_cstr(&once), buf_cstr(&twice));
        if (strstr(forms[i].text, "\\u") == NULL)
            assert_string_equal(buf_cstr(&once), forms[i].text);
    }
}

static void
a_key_too_many_or_too_few_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMS; i++) {
        CLEANUP_VALUE(buf_fini) struct buf text, out;
        struct err e = { 0 };
        buf_init(&text, TEXT_MAX);
        buf_init(&out, TEXT_MAX);
        buf_printf(&text, "{\"zzz\":1,%s", forms[i].text + 1);
        assert_int_equal(form(i, buf_cstr(&text), &out, &e), ERR_REJECT);
        const char *comma = strstr(forms[i].text, "\"version\"");
        buf_clear(&text);
        buf_printf(&text, "%.*s\"version\":null}", (int)(comma - forms[i].text), forms[i].text);
        assert_int_equal(form(i, buf_cstr(&text), &out, &e), ERR_REJECT);
        assert_non_null(strstr(e.text, "version"));
    }
}

static void
a_parcel_without_units_is_refused(void **state)
{
    static const char empty[] =
        "{\"order_id\":5,\"parcels\":[{\"carrier\":null,\"facility\":\"WH\",\"lines\":%s,"
        "\"parcel\":\"p\",\"shipped_at\":\"2026-11-24T11:00:00Z\",\"tracking_number\":null,"
        "\"tracking_url\":null}],\"shop\":\"acme\",\"version\":1}";
    const char *const lines[] = { "[]", "[{\"line_id\":1,\"quantity\":0}]" };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        CLEANUP_VALUE(buf_fini) struct buf text, out;
        CLEANUP(arena_free) struct arena *mem = arena_new();
        struct err e = { 0 };
        buf_init(&text, TEXT_MAX);
        buf_init(&out, TEXT_MAX);
        for (const char *p = empty; *p != '\0'; p++)
            if (p[0] == '%')
                buf_str_add(&text, str_of(lines[i])), p++;
            else
                buf_char(&text, *p);
        assert_int_equal(fulfillments_form(buf_str(&text), mem, &out, &e), ERR_REJECT);
    }
}

static void
the_key_of_a_tombstone_names_its_row(void **state)
{
    const char *const bad[] = { "", "acme", "acme/1", "acme/1/x", "acme//2", "/1/2", "acme/1/2/3" };
    struct err e = { 0 };
    struct atp a;

    (void)state;
    assert_int_equal(atp_split_key(STR("acme/53214089609522/7"), &a, &e), ERR_NONE);
    assert_true(str_is(a.shop, "acme"));
    assert_int_equal(a.inventory_item.v, INT64_C(53214089609522));
    assert_int_equal(a.location.v, 7);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(atp_split_key(str_of(bad[i]), &a, &e), ERR_REJECT);
}

static void
a_report_holds_what_its_effect_is_about(void **state)
{
    const struct shopify_write stock = {
        .shop = STR("acme"), .cause = STR("acme/1/2"), .effect = STR("stock"), .outcome = STR("done"),
        .request_key = STR("k"), .inventory_item = { 1 }, .location = { 2 }, .quantity = 0,
        .change_from = 5, .at = { 1 },
    };
    const struct shopify_write parcel = {
        .shop = STR("acme"), .cause = STR("acme/9"), .effect = STR("fulfillment"),
        .outcome = STR("refused"), .message = STR("gone"), .order = { 9 }, .parcel = STR("wms/1"),
        .at = { 1 },
    };
    CLEANUP_VALUE(buf_fini) struct buf out;

    (void)state;
    buf_init(&out, TEXT_MAX);
    shopify_write_emit(&out, &stock);
    assert_string_equal(buf_cstr(&out),
                        "{\"at\":\"1970-01-01T00:00:00.000001Z\",\"cause\":\"acme/1/2\",\"effect\":\"stock\","
                        "\"message\":null,\"outcome\":\"done\",\"request_key\":\"k\",\"rows\":[{"
                        "\"change_from\":5,\"inventory_item_id\":1,\"location_id\":2,\"quantity\":0}],"
                        "\"shop\":\"acme\"}");
    buf_clear(&out);
    shopify_write_emit(&out, &parcel);
    assert_non_null(strstr(buf_cstr(&out), "\"rows\":[{\"fulfillment_id\":null,\"order_id\":9,"
                                           "\"parcel\":\"wms/1\"}]"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_back_is_what_was_written),
        cmocka_unit_test(a_key_too_many_or_too_few_is_refused),
        cmocka_unit_test(a_parcel_without_units_is_refused),
        cmocka_unit_test(the_key_of_a_tombstone_names_its_row),
        cmocka_unit_test(a_report_holds_what_its_effect_is_about),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
