/*
 * test_intake.c: if this fails, a sender is told "stored" about a row that is not, or mends the
 * wrong row.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"

#include <string.h>

#include "base/clock.h"
#include "inventory.h"
#include "parcels.h"

#define NOW INT64_C(1795521600000000) /* 2026-11-24T12:00:00Z */

static struct arena *mem;
static struct intake in;
static struct err e;
static struct defaults defaults;

static int
setup(void **state)
{
    (void)state;
    mem = arena_new();
    memset(&e, 0, sizeof e);
    defaults = (struct defaults){ .source = STR("erp"), .now = { NOW } };
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    arena_free(mem);
    return 0;
}

static void
expect_errors(const char *want)
{
    CLEANUP_VALUE(buf_fini) struct buf text = { 0 };

    buf_init(&text, INTAKE_ANSWER_MAX);
    intake_answer(&in, in.n_messages, &text);
    assert_string_equal(buf_cstr(&text), want);
}

static enum err_class
json(const char *body)
{
    return inventory_from_json(str_of(body), 1000, &defaults, mem, &in, &e);
}

static void
test_one_record_whole(void **state)
{
    (void)state;
    assert_int_equal(
        json(
            "{\"source\":\"wms-1\",\"event_id\":\"e/1\",\"kind\":\"movement\",\"item\":\"sku:A/1\","
            "\"facility\":\"WH\",\"quantity\":-3,\"as_of\":\"2026-11-24T13:00:00+02:00\","
            "\"reason\":\"damaged\"}"),
        ERR_NONE);
    assert_int_equal(in.n_messages, 1);
    const struct message *m = &in.messages[0];
    assert_string_equal(m->key.p, "sku:A%2F1");
    assert_string_equal(m->version.p, "wms-1/e%2F1");
    assert_string_equal(m->source.p, "wms-1");
    assert_string_equal(
        m->value.p,
        "{\"as_of\":\"2026-11-24T11:00:00.000000Z\",\"event_id\":\"e/1\",\"facility\":\"WH\","
        "\"item\":\"sku:A/1\",\"kind\":\"movement\",\"quantity\":-3,\"reason\":\"damaged\","
        "\"source\":\"wms-1\"}");
}

static void
test_what_may_be_left_out(void **state)
{
    (void)state;
    defaults.idempotency_key = STR("file-7");
    assert_int_equal(
        json("[{\"kind\":\"count\",\"sku\":\" A \",\"facility\":\"WH\",\"quantity\":0},"
             "{\"kind\":\"count\",\"sku\":\"B\",\"facility\":\"WH\",\"quantity\":1,\"reason\":\"\","
             "\"event_id\":null}]"),
        ERR_NONE);
    assert_int_equal(in.n_messages, 2);
    assert_string_equal(
        in.messages[0].value.p,
        "{\"as_of\":\"2026-11-24T12:00:00.000000Z\",\"event_id\":\"file-7/0\",\"facility\":\"WH\","
        "\"item\":\"sku:A\",\"kind\":\"count\",\"quantity\":0,\"reason\":null,\"source\":\"erp\"}");
    assert_string_equal(in.messages[1].version.p, "erp/file-7%2F1");
}

static void
test_each_bad_row_is_named_and_good_ones_go_on(void **state)
{
    (void)state;
    assert_int_equal(
        json("{\"records\":["
             "{\"event_id\":\"1\",\"kind\":\"count\",\"sku\":\"A\",\"facility\":\"WH\","
             "\"quantity\":1.5},"
             "{\"event_id\":\"2\",\"kind\":\"count\",\"sku\":\"A\",\"facility\":\"WH\","
             "\"quantity\":1},"
             "{\"event_id\":\"3\",\"kind\":\"count\",\"sku\":\"A\",\"facility\":\"WH\",\"qty\":1},"
             "{\"event_id\":\"4\",\"kind\":\"sold\",\"sku\":\"A\",\"facility\":\"WH\","
             "\"quantity\":1},"
             "{\"kind\":\"count\",\"sku\":\"A\",\"facility\":\"WH\",\"quantity\":1},"
             "{\"event_id\":\"6\",\"kind\":\"count\",\"facility\":\"WH\",\"quantity\":1},"
             "{\"event_id\":\"7\",\"kind\":\"count\",\"item\":\"A\",\"facility\":\"WH\","
             "\"quantity\":1},"
             "{\"event_id\":\"8\",\"kind\":\"count\",\"sku\":\"A\","
             "\"facility\":\" WH\",\"quantity\":1},"
             "{\"event_id\":\"9\",\"kind\":\"count\",\"sku\":\"A\",\"facility\":\"WH\","
             "\"quantity\":1,"
             "\"as_of\":\"2026-11-26T12:00:00Z\"},"
             "7]}"),
        ERR_NONE);
    expect_errors(
        "{\"accepted\":1,\"errors\":["
        "{\"error\":\"expected integer\",\"field\":\"quantity\",\"index\":0},"
        "{\"error\":\"missing\",\"field\":\"quantity\",\"index\":2},"
        "{\"error\":\"must be \\\"movement\\\" or \\\"count\\\"\",\"field\":\"kind\",\"index\":3},"
        "{\"error\":\"missing; give each row one of its own, or send Idempotency-Key\","
        "\"field\":\"event_id\",\"index\":4},"
        "{\"error\":\"missing; give item (\\\"sku:ABC-1\\\") or sku (\\\"ABC-1\\\")\","
        "\"field\":\"item\",\"index\":5},"
        "{\"error\":\"must be sku:<SKU>, barcode:<barcode> or variant:<shop>/"
        "<variant id>\",\"field\":\"item\",\"index\":6},"
        "{\"error\":\"begins or ends with a space\",\"field\":\"facility\",\"index\":7},"
        "{\"error\":\"more than a day in the future\",\"field\":\"as_of\",\"index\":8},"
        "{\"error\":\"expected object\",\"field\":\"record\",\"index\":9}],\"refused\":9}");
    assert_string_equal(in.messages[0].version.p, "erp/2");
}

static void
test_bodies_of_which_nothing_is_taken(void **state)
{
    (void)state;
    assert_int_equal(json(""), ERR_REJECT);
    assert_int_equal(json("{\"records\":7}"), ERR_REJECT);
    assert_string_equal(e.text, "records: must be an array");
    assert_int_equal(json("[]"), ERR_REJECT);
    assert_string_equal(e.text, "the body holds no record");
    assert_int_equal(json("\"x\""), ERR_REJECT);
    assert_int_equal(inventory_from_json(STR("[1,2,3]"), 2, &defaults, mem, &in, &e), ERR_REJECT);
    assert_string_equal(e.text, "3 records: at most 2 are taken at a time");
}

static enum err_class
csv(const char *body)
{
    return inventory_from_csv(str_of(body), 3, &defaults, mem, &in, &e);
}

static void
test_csv(void **state)
{
    (void)state;
    assert_int_equal(csv("sku,facility,quantity,kind,event_id\r\n"
                         "\"A,1\",WH,-5,movement,1\r\n"
                         "B,WH,many,count,2\r\n"
                         "C,WH\r\n"),
                     ERR_NONE);
    assert_int_equal(in.n_messages, 1);
    assert_string_equal(in.messages[0].key.p, "sku:A,1");
    expect_errors("{\"accepted\":1,\"errors\":["
                  "{\"error\":\"expected integer\",\"field\":\"quantity\",\"index\":1},"
                  "{\"error\":\"the row has 2 cells, the header 5\",\"index\":2}],\"refused\":2}");
}

static void
test_csv_that_is_none(void **state)
{
    (void)state;
    assert_int_equal(csv(""), ERR_REJECT);
    assert_int_equal(csv("sku,facility\n"), ERR_REJECT);
    assert_string_equal(e.text, "the body holds no row below its header line");
    assert_int_equal(csv("sku,qty\nA,1\n"), ERR_REJECT);
    assert_non_null(strstr(e.text, "column \"qty\" is unknown"));
    assert_int_equal(csv("sku,sku\nA,1\n"), ERR_REJECT);
    assert_string_equal(e.text, "column sku stands there twice");
    assert_int_equal(csv("sku\n1\n2\n3\n4\n"), ERR_REJECT);
    assert_string_equal(e.text, "more than 3 rows: send them in parts");
}

static void
test_csv_integers_to_the_edge(void **state)
{
    (void)state;
    assert_int_equal(csv("quantity,sku,facility,kind,event_id\n"
                         "-9223372036854775808,A,W,count,1\n"
                         "9223372036854775808,A,W,count,2\n"
                         "--1,A,W,count,3\n"),
                     ERR_NONE);
    expect_errors(
        "{\"accepted\":0,\"errors\":["
        "{\"error\":\"beyond 1000000000 units\",\"field\":\"quantity\",\"index\":0},"
        "{\"error\":\"expected integer\",\"field\":\"quantity\",\"index\":1},"
        "{\"error\":\"expected integer\",\"field\":\"quantity\",\"index\":2}],\"refused\":3}");
}

static enum err_class
parcels(const char *body)
{
    return parcels_from_json(str_of(body), 1000, &defaults, mem, &in, &e);
}

static void
test_parcels(void **state)
{
    (void)state;
    assert_int_equal(
        parcels("{\"shop\":\"acme\",\"order_id\":\"gid://shopify/Order/5123\",\"event_id\":\"p1\","
                "\"facility\":\"WH\",\"carrier\":\"DHL\",\"tracking_number\":\"JJD1\",\"tracking_"
                "url\":\"\","
                "\"lines\":[{\"line_id\":7,\"quantity\":1},{\"sku\":\"A\",\"quantity\":2}]}"),
        ERR_NONE);
    assert_int_equal(in.n_messages, 1);
    assert_string_equal(in.messages[0].key.p, "acme/5123");
    assert_string_equal(
        in.messages[0].value.p,
        "{\"carrier\":\"DHL\",\"event_id\":\"p1\",\"facility\":\"WH\",\"lines\":["
        "{\"line_id\":7,\"quantity\":1},{\"quantity\":2,\"sku\":\"A\"}],\"order_id\":5123,"
        "\"shipped_at\":\"2026-11-24T12:00:00.000000Z\",\"shop\":\"acme\",\"source\":\"erp\","
        "\"tracking_number\":\"JJD1\",\"tracking_url\":null}");
}

static void
test_bad_parcels(void **state)
{
    (void)state;
    assert_int_equal(
        parcels(
            "[{\"shop\":\"Acme\",\"order_id\":1,\"event_id\":\"p\",\"facility\":\"W\","
            "\"lines\":[{\"line_id\":7,\"quantity\":1}]},"
            "{\"shop\":\"acme\",\"order_id\":1,\"event_id\":\"p\",\"facility\":\"W\",\"lines\":[]},"
            "{\"shop\":\"acme\",\"order_id\":1,\"event_id\":\"p\",\"facility\":\"W\",\"lines\":[{"
            "\"quantity\":1}]},"
            "{\"shop\":\"acme\",\"order_id\":1,\"event_id\":\"p\",\"facility\":\"W\","
            "\"lines\":[{\"line_id\":7,\"quantity\":0}]},"
            "{\"shop\":\"acme\",\"order_id\":1,\"event_id\":\"p\",\"facility\":\"W\",\"tracking_"
            "url\":"
            "\"javascript:alert(1)\",\"lines\":[{\"line_id\":7,\"quantity\":1}]}]"),
        ERR_NONE);
    expect_errors(
        "{\"accepted\":0,\"errors\":["
        "{\"error\":\"must be a shop's short key: a-z, then a-z, 0-9 and "
        "hyphens\",\"field\":\"shop\","
        "\"index\":0},"
        "{\"error\":\"must hold 1 to 500 lines\",\"field\":\"lines\",\"index\":1},"
        "{\"error\":\"name the line by line_id (1 or more) or by "
        "sku\",\"field\":\"lines[0]\",\"index\":2},"
        "{\"error\":\"must be 1 to 1000000000\",\"field\":\"lines[0].quantity\",\"index\":3},"
        "{\"error\":\"must begin with https:// or "
        "http://\",\"field\":\"tracking_url\",\"index\":4}],"
        "\"refused\":5}");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_record_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_may_be_left_out, setup, teardown),
        cmocka_unit_test_setup_teardown(test_each_bad_row_is_named_and_good_ones_go_on, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_bodies_of_which_nothing_is_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(test_csv, setup, teardown),
        cmocka_unit_test_setup_teardown(test_csv_that_is_none, setup, teardown),
        cmocka_unit_test_setup_teardown(test_csv_integers_to_the_edge, setup, teardown),
        cmocka_unit_test_setup_teardown(test_parcels, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_parcels, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
