/*
 * test_incoming_facts.c: if this fails, what one service writes about stock, parcels or settings is
 * not what another reads.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"

#include "domain/movement.h"
#include "domain/name.h"
#include "domain/setting.h"
#include "domain/shipment.h"

static struct arena *mem;
static struct json_doc *doc;
static struct err e;

static int
setup(void **state)
{
    (void)state;
    mem = arena_new();
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    arena_free(mem);
    json_free(doc);
    doc = NULL;
    return 0;
}

static const struct json_value *
parse(const char *text)
{
    json_free(doc);
    doc = NULL;
    assert_int_equal(json_parse(&doc, str_of(text), &e), ERR_NONE);
    return json_root(doc);
}

#define MOVEMENT                                                                         \
    "{\"as_of\":\"2026-11-24T12:00:00.000000Z\",\"event_id\":\"1\",\"facility\":\"WH\"," \
    "\"item\":\"sku:A\",\"kind\":\"count\",\"quantity\":7,\"reason\":null,\"source\":\"wms\"}"

static void
test_movement_comes_back_as_it_went(void **state)
{
    CLEANUP_VALUE(buf_fini) struct buf text = { 0 };
    struct movement m = { 0 };

    (void)state;
    buf_init(&text, 4096);
    assert_int_equal(movement_decode(str_of(MOVEMENT), mem, &m, &e), ERR_NONE);
    movement_emit(&text, &m);
    assert_string_equal(buf_cstr(&text), MOVEMENT);
}

static void
test_movement_is_closed(void **state)
{
    struct movement m = { 0 };

    (void)state;
    assert_int_equal(
        movement_decode(str_of("{\"as_of\":\"2026-11-24T12:00:00Z\",\"event_id\":\"1\","
                              "\"facility\":\"WH\",\"item\":\"sku:A\",\"kind\":\"count\","
                              "\"quantity\":7,\"reason\":null,\"source\":\"w\",\"x\":1}"),
                        mem, &m, &e),
        ERR_REJECT);
    assert_string_equal(e.text, "movement.x: unknown key");
}

#define SHIPMENT                                                                            \
    "{\"carrier\":null,\"event_id\":\"p/1\",\"facility\":\"WH\",\"lines\":[{\"line_id\":7," \
    "\"quantity\":1},{\"quantity\":2,\"sku\":\"A\"}],\"order_id\":5,"                       \
    "\"shipped_at\":\"2026-11-24T12:00:00.000000Z\",\"shop\":\"acme\",\"source\":\"w%1\","  \
    "\"tracking_number\":\"T\",\"tracking_url\":null}"

static void
test_shipment_comes_back_as_it_went(void **state)
{
    CLEANUP_VALUE(buf_fini) struct buf text = { 0 };
    struct shipment s = { 0 };

    (void)state;
    buf_init(&text, 4096);
    assert_int_equal(shipment_decode(str_of(SHIPMENT), mem, &s, &e), ERR_NONE);
    shipment_emit(&text, &s);
    assert_string_equal(buf_cstr(&text), SHIPMENT);
    buf_clear(&text);
    shipment_parcel(&text, &s);
    assert_string_equal(buf_cstr(&text), "w%251/p%2F1");
}

static void
expect_setting(const char *in, const char *out, const char *want_key)
{
    CLEANUP_VALUE(buf_fini) struct buf text = { 0 };
    struct setting s = { 0 }, from_key = { 0 };

    buf_init(&text, 4096);
    assert_int_equal(setting_decode(parse(in), mem, &s, &e), ERR_NONE);
    setting_emit(&text, &s);
    assert_string_equal(buf_cstr(&text), out);
    buf_clear(&text);
    setting_key(&text, &s);
    assert_string_equal(buf_cstr(&text), want_key);
    assert_int_equal(setting_from_key(buf_str(&text), mem, &from_key, &e), ERR_NONE);
    assert_int_equal(from_key.kind, s.kind);
    assert_true(str_eq(from_key.id, s.id));
    assert_int_equal(from_key.location.v, s.location.v);
}

static void
test_settings(void **state)
{
    (void)state;
    expect_setting("{\"kind\":\"facility\",\"id\":\"W/1\",\"name\":\"Main\"}",
                   "{\"active\":true,\"authority\":\"external\",\"id\":\"W/"
                   "1\",\"kind\":\"facility\",\"name\":\"Main\","
                   "\"priority\":100,\"safety_stock\":0,\"ships\":true}",
                   "facility/W%2F1");
    expect_setting(
        "{\"kind\":\"facility\",\"id\":\"S\",\"name\":\"Store\",\"active\":false,\"ships\":false,"
        "\"priority\":0,\"safety_stock\":2,\"authority\":\"shopify\"}",
        "{\"active\":false,\"authority\":\"shopify\",\"id\":\"S\",\"kind\":\"facility\",\"name\":"
        "\"Store\","
        "\"priority\":0,\"safety_stock\":2,\"ships\":false}",
        "facility/S");
    expect_setting("{\"kind\":\"location\",\"id\":\"acme/"
                   "5\",\"shop\":\"acme\",\"location_id\":5,\"name\":\"L\"}",
                   "{\"id\":\"acme/"
                   "5\",\"kind\":\"location\",\"location_id\":5,\"name\":\"L\",\"shop\":\"acme\"}",
                   "location/acme/5");
    expect_setting("{\"kind\":\"channel\",\"id\":\"acme/"
                   "5\",\"shop\":\"acme\",\"location_id\":5,\"mode\":\"aggregate\","
                   "\"facilities\":[\"W\",\"S\"]}",
                   "{\"active\":true,\"facilities\":[\"W\",\"S\"],\"id\":\"acme/"
                   "5\",\"kind\":\"channel\",\"location_id\":5,"
                   "\"mode\":\"aggregate\",\"shop\":\"acme\",\"threshold\":0}",
                   "channel/acme/5");
}

static void
test_bad_settings(void **state)
{
    static const char *const bad[][2] = {
        { "{\"kind\":\"rule\",\"id\":\"x\"}", "kind: must be facility, location or channel" },
        { "[]", "a setting must be a JSON object" },
        { "{\"kind\":\"facility\",\"id\":\"x\"}", "facility.name: missing" },
        { "{\"kind\":\"facility\",\"id\":\"x\",\"name\":\"x\",\"safety_stock\":-1}",
          "safety_stock: must be 0 to 1000000000" },
        { "{\"kind\":\"facility\",\"id\":\"x\",\"name\":\"x\",\"saftey_stock\":1}",
          "facility.saftey_stock: unknown key" },
        { "{\"kind\":\"channel\",\"id\":\"acme/"
          "6\",\"shop\":\"acme\",\"location_id\":5,\"mode\":\"aggregate\","
          "\"facilities\":[]}",
          "id: must be acme/5" },
        { "{\"kind\":\"channel\",\"id\":\"acme/"
          "5\",\"shop\":\"acme\",\"location_id\":5,\"mode\":\"physical\","
          "\"facilities\":[]}",
          "mode: must be aggregate" },
    };
    struct setting s = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(setting_decode(parse(bad[i][0]), mem, &s, &e), ERR_REJECT);
        assert_string_equal(e.text, bad[i][1]);
    }
    static const char *const keys[] = { "",
                                        "facility",
                                        "x/1",
                                        "channel/acme",
                                        "channel/acme/x",
                                        "channel/Acme/5",
                                        "location/acme/99999999999999999999",
                                        "facility/%zz",
                                        "facility/" };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        assert_int_equal(setting_from_key(str_of(keys[i]), mem, &s, &e), ERR_REJECT);
}

static void
test_names(void **state)
{
    static const char *const bad[] = { "",      " a",   "a ",       "a\nb",
                                       "a\x7f", "\xff", "\xc0\xaf", "abcdefghi" };

    (void)state;
    assert_int_equal(name_check("f", STR("a b/ü"), 8, &e), ERR_NONE);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(name_check("f", str_of(bad[i]), 8, &e), ERR_REJECT);
    assert_int_equal(name_check("f", (struct str){ "a\0b", 3 }, 8, &e), ERR_REJECT);
    assert_int_equal(name_check_item("i", STR("variant:acme/12"), &e), ERR_NONE);
    assert_int_equal(name_check_item("i", STR("variant:acme/012"), &e), ERR_REJECT);
    assert_int_equal(name_check_item("i", STR("variant:12"), &e), ERR_REJECT);
    assert_int_equal(name_check_item("i", STR("sku:"), &e), ERR_REJECT);
    assert_int_equal(name_check_item("i", STR("sku: A"), &e), ERR_REJECT);
    assert_int_equal(name_check_item("i", STR("SKU:A"), &e), ERR_REJECT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_movement_comes_back_as_it_went, setup, teardown),
        cmocka_unit_test_setup_teardown(test_movement_is_closed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_shipment_comes_back_as_it_went, setup, teardown),
        cmocka_unit_test_setup_teardown(test_settings, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_settings, setup, teardown),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
