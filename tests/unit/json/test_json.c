/* Reading, walking, decoding and writing JSON.  SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdio.h>

#include "demo.h"
#include "json/emit.h"

static struct json_doc *
parsed(const char *text)
{
    struct json_doc *doc = NULL;
    check_ok(json_parse(&doc, str_of(text), &e));
    return doc;
}

/* The document, written canonically, is exactly this. */
static void
check_dump(const char *text, const char *want)
{
    CLEANUP(json_free) struct json_doc *doc = parsed(text);
    CLEANUP_VALUE(buf_fini) struct buf out;
    buf_init(&out, 1 << 16);
    json_dump(json_root(doc), &out);
    assert_string_equal(buf_cstr(&out), want);
}

/* Breaks if ids or quantities lost digits beyond 2^53. */
static void
integers_are_exact(void **state)
{
    (void)state;
    CLEANUP(json_free) struct json_doc *doc =
        parsed("{\"a\":9007199254740993,\"b\":-9223372036854775808,\"c\":1.0,\"d\":\"1\"}");
    const struct json_value *v = json_root(doc);
    int64_t n = 0;
    assert_true(json_i64(json_get(v, "a"), &n) && n == INT64_C(9007199254740993));
    assert_true(json_i64(json_get(v, "b"), &n) && n == INT64_MIN);
    assert_false(json_i64(json_get(v, "c"), &n));
    assert_false(json_i64(json_get(v, "d"), &n));
    assert_false(json_i64(NULL, &n));
    assert_true(n == INT64_MIN);
}

/* Breaks if a walk over a foreign document needed a check at each step, or crashed without. */
static void
paths_need_no_checks(void **state)
{
    (void)state;
    CLEANUP(json_free) struct json_doc *doc =
        parsed("{\"data\":{\"order\":{\"id\":\"x\",\"tags\":[1,null,true]}},\"a.b\":1}");
    const struct json_value *v = json_root(doc);
    check_str(json_str(json_path(v, "data.order.id")), "x");
    assert_null(json_path(v, "data.nothing.id"));
    assert_null(json_path(v, "data.order.id.more"));
    assert_null(json_path(v, ""));
    assert_null(json_path(NULL, "data"));
    const struct json_value *tags = json_path(v, "data.order.tags");
    assert_int_equal(json_size(tags), 3);
    assert_true(json_is_null(json_at(tags, 1)));
    assert_true(json_bool(json_at(tags, 2)));
    assert_null(json_at(tags, 3));
    assert_true(json_is_null(json_at(tags, 3)));
    assert_int_equal(json_size(v), 0);
    assert_null(json_str(tags).p);
    assert_null(json_get(tags, "x"));
    assert_true(json_is_object(v) && json_is_array(tags));
    assert_true(json_is_string(json_path(v, "data.order.id")));
    assert_false(json_is_object(NULL) || json_is_array(v) || json_is_bool(tags) || json_bool(NULL));
}

/* Breaks if a document deep enough to end the stack were parsed, or a place were told wrongly. */
static void
nesting_is_bounded(void **state)
{
    (void)state;
    static char deep[200001];
    memset(deep, '[', sizeof deep - 1);
    struct json_doc *doc = NULL;
    check_error(json_parse(&doc, str_of(deep), &e), ERR_REJECT,
                "line 1 column 65: nested deeper than 64");
    check_error(json_parse(&doc, STR("{\"\\\"[[\":\n"), &e), ERR_REJECT,
                "line 2 column 0: unexpected token");
    memset(deep, '[', 64);
    memset(deep + 64, ']', 64);
    deep[128] = '\0';
    CLEANUP(json_free) struct json_doc *fits = parsed(deep);
    assert_int_equal(json_size(json_root(fits)), 1);
    static char quoted[203];
    memset(quoted, '[', sizeof quoted - 1);
    memcpy(quoted, "[\"\\\"", 4);
    memcpy(quoted + 200, "\"]", 2);
    CLEANUP(json_free) struct json_doc *harmless = parsed(quoted);
    assert_int_equal(json_size(json_root(harmless)), 1);
}

/* Breaks if payload leaked into an error's text. */
static void
errors_do_not_quote_the_payload(void **state)
{
    (void)state;
    struct json_doc *doc = NULL;
    check_error(json_parse(&doc, STR("{\"email\":jane@example.org}"), &e), ERR_REJECT,
                "line 1 column 13: invalid token");
    check_error(json_parse(&doc, STR("{\"jane@example.org\":1,\"jane@example.org\":2}"), &e),
                ERR_REJECT, "line 1 column 40: duplicate object key");
    check_error(json_parse(&doc, (struct str){ NULL, 0 }, &e), ERR_REJECT,
                "line 1 column 0: unexpected token");
}

/* Breaks if equal facts were unequal bytes. */
static void
dumps_are_canonical(void **state)
{
    (void)state;
    check_dump(" { \"b\" : [ 1 , { } , [ ] ] , \"a\" : null , \"B\":true, \"\\u00e9\":false, "
               "\"aa\":-0 } ",
               "{\"B\":true,\"a\":null,\"aa\":0,\"b\":[1,{},[]],\"\xc3\xa9\":false}");
    check_dump("\"\\/\\u0041\\n\\u001f\\\"\\\\\\u007f\\ud83d\\ude9a\"",
               "\"/A\\n\\u001f\\\"\\\\\x7f\xf0\x9f\x9a\x9a\"");
    check_dump("[0.1,1.5,-2.0,45.41634,1e300,0.30000000000000004,100.0]",
               "[0.1,1.5,-2.0,45.41634,1e300,0.30000000000000004,100.0]");
    CLEANUP_VALUE(buf_fini) struct buf out;
    buf_init(&out, 16);
    json_dump(NULL, &out);
    assert_string_equal(buf_cstr(&out), "null");
}

/* Breaks if members came in the order of their writing, or one were lost or doubled. */
static void
members_come_in_key_order(void **state)
{
    (void)state;
    CLEANUP_VALUE(buf_fini) struct buf text;
    buf_init(&text, 1 << 16);
    for (int i = 0; i < 500; i++)
        buf_printf(&text, "%c\"k%03d\":%d", i > 0 ? ',' : '{', (i * 7) % 500, i);
    buf_char(&text, '}');
    CLEANUP(json_free) struct json_doc *doc = parsed(buf_cstr(&text));
    for (int round = 0; round < 2; round++) {
        void *iter = NULL;
        struct str key;
        const struct json_value *v;
        int n = 0;
        for (char want[16]; json_next(json_root(doc), &iter, &key, &v); n++) {
            int64_t i = -1;
            snprintf(want, sizeof want, "k%03d", n);
            check_str(key, want);
            assert_true(json_i64(v, &i) && (i * 7) % 500 == n);
        }
        assert_int_equal(n, 500);
    }
    void *iter = NULL;
    struct str key;
    const struct json_value *v;
    assert_false(json_next(NULL, &iter, &key, &v));
}

/* Breaks if a field landed in the wrong member, or an absent one kept old bytes. */
static void
shapes_fill_the_struct(void **state)
{
    (void)state;
    CLEANUP(arena_free) struct arena *mem = arena_new();
    CLEANUP(json_free) struct json_doc *doc = parsed(
        "{\"id\":\"gid://shopify/Order/7?x=1\",\"name\":\"#1\",\"test\":true,\"at\":"
        "\"2026-11-24T11:00:00Z\",\"total\":{\"amount\":\"55.0\",\"currency\":\"EUR\"},"
        "\"tags\":[\"a\","
        "\"b\"],\"extra\":{\"x\":1},\"lines\":[{\"id\":8,\"quantity\":3,\"sku\":null},"
        "{\"id\":\"9\",\"quantity\":4,\"sku\":\"S\"}]}");
    struct demo d;
    memset(&d, 0xee, sizeof d);
    check_ok(shape_decode(&demo_shape, json_root(doc), mem, &d, &e));
    assert_true(d.id.v == 7 && d.test && d.at.v == INT64_C(1795518000000000) && d.has_at);
    check_str(d.name, "#1");
    assert_true(d.total.amount.micro == 55 * DECIMAL_ONE);
    check_str(((const struct str *)d.tags.v)[1], "b");
    assert_non_null(json_get(d.extra, "x"));
    const struct demo_line *lines = d.lines.v;
    assert_int_equal(d.lines.n, 2);
    assert_true(lines[0].id.v == 8 && lines[0].quantity == 3 && lines[0].sku.p == NULL);
    assert_true(lines[1].id.v == 9 && lines[1].quantity == 4);
    check_str(lines[1].sku, "S");

    CLEANUP(json_free) struct json_doc *small = parsed("{\"id\":1,\"name\":\"\",\"lines\":[]}");
    memset(&d, 0xee, sizeof d);
    check_ok(shape_decode(&demo_shape, json_root(small), mem, &d, &e));
    assert_true(!d.test && d.at.v == 0 && !d.has_at);
    assert_true(d.total.amount.micro == 0 && d.extra == NULL);
    assert_true(d.lines.v == NULL && d.lines.n == 0 && d.tags.n == 0);
    assert_true(d.name.p != NULL && d.name.n == 0);
}

/* Breaks if what we emit differed from what json_dump() makes of it. */
static void
emitted_json_is_canonical(void **state)
{
    (void)state;
    CLEANUP_VALUE(buf_fini) struct buf out;
    struct emit j;
    buf_init(&out, 1 << 16);
    emit_init(&j, &out);
    emit_object(&j, NULL);
    emit_array(&j, "arr");
    emit_i64(&j, NULL, INT64_MIN);
    emit_object(&j, NULL);
    emit_object_end(&j);
    emit_array(&j, NULL);
    emit_array_end(&j);
    emit_array_end(&j);
    emit_time(&j, "at", (struct time_us){ 1795518000000001 });
    emit_bool(&j, "b", true);
    emit_decimal(&j, "d", (struct decimal){ -5000 });
    emit_id(&j, "id", INT64_MAX);
    emit_id(&j, "id0", 0);
    emit_cstr(&j, "n", NULL);
    emit_raw(&j, "raw", STR("{\"x\":1}"));
    emit_str(&j, "s", STR("a\"\\\n\x01\x7f/\xc3\xa9"));
    emit_time(&j, "t0", (struct time_us){ 0 });
    emit_object_end(&j);
    check_ok(buf_check(&out, "emitted", &e));
    assert_int_equal(j.depth, 0);
    assert_string_equal(buf_cstr(&out),
                        "{\"arr\":[-9223372036854775808,{},[]],"
                        "\"at\":\"2026-11-24T11:00:00.000001Z\","
                        "\"b\":true,\"d\":\"-0.005\",\"id\":9223372036854775807,\"id0\":null,"
                        "\"n\":null,"
                        "\"raw\":{\"x\":1},\"s\":\"a\\\"\\\\\\n\\u0001\x7f/\xc3\xa9\","
                        "\"t0\":null}");
    check_dump(buf_cstr(&out), buf_cstr(&out));
}

/* Breaks if bytes that are no text made JSON that nobody can parse. */
static void
emitted_text_always_parses(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        CLEANUP_VALUE(buf_fini) struct buf out;
        CLEANUP(json_free) struct json_doc *doc = NULL;
        const char bytes[] = { 'a', (char)c, 'z' };
        struct emit j;
        buf_init(&out, 64);
        emit_init(&j, &out);
        emit_str(&j, NULL, (struct str){ bytes, sizeof bytes });
        check_ok(json_parse(&doc, buf_str(&out), &e));
        const struct str s = json_str(json_root(doc));
        if (c == 0 || c > 0x7f)
            check_str(s, "a\xef\xbf\xbdz");
        else
            assert_memory_equal(s.p, bytes, sizeof bytes);
    }
}

static struct buf sink;
static struct emit emitter;

static void
begin_object(void)
{
    buf_init(&sink, 64);
    emit_init(&emitter, &sink);
    emit_object(&emitter, NULL);
}

static void
descending_keys(void)
{
    begin_object();
    emit_i64(&emitter, "b", 1);
    emit_i64(&emitter, "a", 1);
}

static void
repeated_key(void)
{
    begin_object();
    emit_null(&emitter, "a");
    emit_null(&emitter, "a");
}

static void
member_without_key(void)
{
    begin_object();
    emit_null(&emitter, NULL);
}

static void
item_with_key(void)
{
    begin_object();
    emit_array(&emitter, "a");
    emit_null(&emitter, "a");
}

static void
wrong_end(void)
{
    begin_object();
    emit_array_end(&emitter);
}

static void
second_value(void)
{
    begin_object();
    emit_object_end(&emitter);
    emit_null(&emitter, NULL);
}

/* Breaks if a producer could write JSON that is not canonical, or no JSON at all. */
static void
misuse_of_the_emitter_aborts(void **state)
{
    (void)state;
    assert_true(dies_by(SIGABRT, descending_keys));
    assert_true(dies_by(SIGABRT, repeated_key));
    assert_true(dies_by(SIGABRT, member_without_key));
    assert_true(dies_by(SIGABRT, item_with_key));
    assert_true(dies_by(SIGABRT, wrong_end));
    assert_true(dies_by(SIGABRT, second_value));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_exact),
        cmocka_unit_test(paths_need_no_checks),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(errors_do_not_quote_the_payload),
        cmocka_unit_test(dumps_are_canonical),
        cmocka_unit_test(members_come_in_key_order),
        cmocka_unit_test(shapes_fill_the_struct),
        cmocka_unit_test(emitted_json_is_canonical),
        cmocka_unit_test(emitted_text_always_parses),
        cmocka_unit_test(misuse_of_the_emitter_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
