/* The scanner against the library and against the way over a document: edges, and many mutations.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdio.h>

#include "agree.h"

enum { TEXT_MAX = 1 << 16, ROUNDS = 20000 };

static void
check_agreement(struct str text)
{
    const char *where = disagreement(text);
    if (where != NULL)
        fprintf(stderr, "%s: %.*s\n", where, (int)text.n, text.p);
    assert_null(where);
}

/* One line each; taken or refused, both readers must say the same. */
static const char *const edges[] = {
    "",
    " ",
    "0",
    "-0",
    "-",
    "01",
    "-01",
    "1.",
    ".1",
    "1.e1",
    "1e",
    "1e+",
    "1E+5",
    "1e-5",
    "0e0",
    "00",
    "1a",
    "+1",
    "1 2",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "1e99",
    "1e308",
    "1e309",
    "-1e309",
    "1e-400",
    "1.7976931348623157e308",
    "1.7976931348623159e308",
    "1e0000000000000000000005",
    "nul",
    "null",
    "nulll",
    "true",
    "truefalse",
    "[true1]",
    "True",
    "NaN",
    "Infinity",
    "[]",
    "[ ]",
    "[,]",
    "[1,]",
    "[1,,2]",
    "[1 2]",
    "[1",
    "]",
    "{}",
    "{ }",
    "{,}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{a:1}",
    "{\"a\":1 \"b\":2}",
    "{\"a\":1,\"a\":2}",
    "{\"a\":1,\"\\u0061\":2}",
    "{\"\":1}",
    "{\"\":1,\"\":2}",
    "{\"a\":{\"b\":1},\"b\":{\"a\":1,\"b\":2}}",
    "{\"a\":{\"b\":1,\"b\":1}}",
    "{1:2}",
    "{\"a\":1}}",
    "[[1],[1]",
    "\"",
    "\"a",
    "\"\\",
    "\"\\\"",
    "\"\\\\\"",
    "\"\\\\\\\"\"",
    "\"\\x\"",
    "\"\\u\"",
    "\"\\u12\"",
    "\"\\u12g4\"",
    "\"\\u0000\"",
    "\"\\u0001\"",
    "\"\\uD800\"",
    "\"\\uDC00\"",
    "\"\\uD83D\\uDE9A\"",
    "\"\\ud83d\\u0041\"",
    "\"\\ud83d\\ud83d\"",
    "\"\\ud83dx\"",
    "\"\\ud83d\\n\"",
    "\"\\/\\b\\f\\n\\r\\t\\\"\\\\\"",
    "\"\\'\"",
    "\"\\a\"",
    "\"tab\there\"",
    "\"line\nend\"",
    "\"\x7f\"",
    "\"\xc3\xa9\"",
    "\"\xc3\"",
    "\"\xc0\xaf\"",
    "\"\xe0\x80\xaf\"",
    "\"\xed\xa0\x80\"",
    "\"\xed\x9f\xbf\"",
    "\"\xef\xbb\xbf\"",
    "\xef\xbb\xbf{}",
    "\"\xf0\x9f\x9a\x9a\"",
    "\"\xf4\x8f\xbf\xbf\"",
    "\"\xf4\x90\x80\x80\"",
    "\"\xf5\x80\x80\x80\"",
    "\"\xff\"",
    "\"\xe2\x82\"",
    "\"abcdefg\xe2\x82\"",
    "\"abcdefgh\\u00e9ijklmnop\"",
    "\"abcdefghijklmno\x01\"",
    "\"abcdefghijklmnopq\x1f\"",
    "\v1",
    "\f1",
    "\xc2\xa0[]",
    "1",
    "/* no */1",
    "'a'",
    "{\"a\":undefined}",
};

/* Breaks if the scanner's grammar is not the library's, at any of the known edges. */
static void
edges_are_judged_alike(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++)
        check_agreement(str_of(edges[i]));
    check_agreement((struct str){ "\"a\0b\"", 5 });
    check_agreement((struct str){ "1\0", 2 });
    CLEANUP(arena_free) struct arena *mem = arena_new();
    const struct json_value *v;
    check_error(json_read(&v, (struct str){ "[1\0]", 4 }, mem, &e), ERR_REJECT,
                "a NUL byte is not allowed");
    check_agreement((struct str){ NULL, 0 });
}

/* Breaks if a NUL or any other byte behind a run of ordinary ones slipped through. */
static void
every_byte_at_every_place(void **state)
{
    (void)state;
    for (size_t at = 1; at < 20; at++)
        for (int c = 0; c < 256; c++) {
            char text[] = "\"abcdefghijklmnopqrs\"";
            text[at] = (char)c;
            check_agreement((struct str){ text, sizeof text - 1 });
        }
}

static void
many_members(struct buf *text, int n, int doubled)
{
    buf_clear(text);
    for (int i = 0; i < n; i++)
        buf_printf(text, "%c\"key%d\":%d", i > 0 ? ',' : '{', i == n - 1 ? doubled : i, i);
    buf_char(text, '}');
}

/* Breaks if a key could stand twice in a large object, or a large object cost the square of it. */
static void
no_key_stands_twice(void **state)
{
    static const int sizes[] = { 2, 100, 128, 129, 255, 256, 257, 258, 3000 };
    CLEANUP(arena_free) struct arena *mem = arena_new();
    CLEANUP_VALUE(buf_fini) struct buf text;
    const struct json_value *v;
    (void)state;
    buf_init(&text, 1 << 24);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        many_members(&text, sizes[i], 0);
        check_agreement(buf_str(&text));
        many_members(&text, sizes[i], sizes[i] - 1);
        check_agreement(buf_str(&text));
    }
    many_members(&text, 300000, 299999);
    check_ok(json_read(&v, buf_str(&text), mem, &e));
}

/* Breaks if the pass over the text forgot what a document would have refused. */
static void
what_decodes_may_still_be_refused(void **state)
{
    static const char *const tails[] = { "", " \n", "}", " 1", ",", "\v" };
    CLEANUP_VALUE(buf_fini) struct buf text;
    (void)state;
    buf_init(&text, 1 << 20);
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        buf_clear(&text);
        buf_printf(&text, "{\"id\":1,\"name\":\"\",\"lines\":[]}%s", tails[i]);
        check_agreement(buf_str(&text));
    }
    for (int n = SHAPE_ARRAY_MAX; n <= SHAPE_ARRAY_MAX + 1; n++) {
        buf_clear(&text);
        buf_str_add(&text, STR("{\"id\":1,\"name\":\"\",\"lines\":[],\"tags\":[\"\""));
        for (int i = 1; i < n; i++)
            buf_str_add(&text, STR(",\"\""));
        buf_str_add(&text, STR("]}"));
        check_agreement(buf_str(&text));
    }
}

/* --- mutations ---------------------------------------------------------------------------- */

static uint64_t dice = UINT64_C(0x9e3779b97f4a7c15);

static size_t
roll(size_t sides)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (size_t)(dice % sides);
}

static const char *
any_of(const char *const *v, size_t n)
{
    return v[roll(n)];
}
#define ANY(...)                                 \
    any_of((const char *const[]){ __VA_ARGS__ }, \
           sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static const char *
any_value(void)
{
    return ANY("1", "0", "-7", "null", "true", "false", "\"\"", "\"x\"", "[]", "{}", "1.5",
               "\"19.99\"", "\"gid://shopify/Order/7?a=1\"", "9223372036854775807",
               "\"2026-11-24T11:00:00Z\"", "\"\\u00e9\\n\"", "\"\xc3\xa9\"", "0.13", "-73.561668",
               "{\"a\":[1,{\"b\":null}]}");
}

#define MOSTLY(...) (roll(16) == 0 ? any_value() : ANY(__VA_ARGS__))

static void
add_line(struct buf *text)
{
    buf_printf(text, "{\"id\":%s,\"quantity\":%s,%s\"sku\":%s}", MOSTLY("1", "\"2\""),
               MOSTLY("1", "-3"),
               roll(40) == 0 ? "\"id\":4," : ANY("", "", "\"more\":[{\"x\":1}],"),
               MOSTLY("\"S\"", "null"));
}

static void
add_lines(struct buf *text)
{
    const size_t n = roll(7);
    buf_str_add(text, STR("\"lines\":["));
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_char(text, ',');
        add_line(text);
    }
    buf_str_add(text, STR("],"));
}

/* Mostly a demo that decodes, its members in any order. */
static void
generate(struct buf *text)
{
    buf_clear(text);
    buf_str_add(text, STR("{"));
    if (roll(2) == 0)
        add_lines(text);
    buf_printf(text, "\"id\":%s,", MOSTLY("7", "7", "\"8\"", "\"gid://shopify/Order/9\""));
    buf_printf(text, "%s%s,", ANY("\"name\":", " \"name\" : ", "\"n\\u0061me\":"),
               MOSTLY("\"#1\"", "\"\\t#1\""));
    if (roll(3) == 0)
        buf_printf(text, "\"at\":%s,", MOSTLY("null", "\"2026-11-24T11:00:00.5+02:00\""));
    if (roll(3) == 0)
        buf_printf(text, "\"total\":{\"currency\":\"EUR\",\"amount\":%s},", MOSTLY("\"55.0\""));
    if (roll(3) == 0)
        buf_printf(text, "\"tags\":[%s,%s],", MOSTLY("\"a\""), MOSTLY("\"b\\\\\""));
    if (roll(4) == 0)
        buf_printf(text, "\"rate\":%s,", MOSTLY("0.13", "10", "1.2e-05", "0.99999999999999999999"));
    if (roll(4) == 0)
        buf_printf(text, "\"extra\":%s,", MOSTLY("{\"x\":[1,2.50]}"));
    if (roll(30) == 0)
        buf_printf(text, "\"more\":%s,", any_value());
    if (memmem(text->p, text->n, "\"lines\"", 7) == NULL)
        add_lines(text);
    text->n--;
    buf_str_add(text, STR("}"));
}

static void
mutate(struct buf *text)
{
    static const char bytes[] = "\"\\{}[],:0e.-u\x01\x80\xc3\xed n";
    const size_t at = roll(text->n), n = roll(text->n - at) % 8;
    switch (roll(5)) {
    case 0:
        text->p[at] = bytes[roll(sizeof bytes - 1)];
        break;
    case 1:
        text->p[at] = (char)roll(256);
        break;
    case 2: /* cut some out */
        memmove(text->p + at, text->p + at + n, text->n - at - n);
        text->n -= n;
        break;
    case 3: /* one piece over another */
        memmove(text->p + at, text->p + roll(text->n - n), n);
        break;
    default: /* cut off */
        text->n = at;
    }
}

/* Breaks if the two ways of decoding, or the scanner and the library, differ in what they take, in
 * a value, or in a reason. */
static void
mutations_are_judged_alike(void **state)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();
    CLEANUP_VALUE(buf_fini) struct buf text;
    size_t good = 0;
    (void)state;
    buf_init(&text, TEXT_MAX);
    for (int i = 0; i < ROUNDS; i++) {
        struct demo d;
        generate(&text);
        for (size_t n = roll(2); n > 0 && text.n > 1; n--)
            mutate(&text);
        check_agreement(buf_str(&text));
        good += shape_scan_fast(&demo_shape, buf_str(&text), mem, &d);
        arena_reset(mem);
    }
    assert_true(good > ROUNDS / 10 && good < ROUNDS / 2); /* both sides were visited */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_are_judged_alike),
        cmocka_unit_test(every_byte_at_every_place),
        cmocka_unit_test(no_key_stands_twice),
        cmocka_unit_test(what_decodes_may_still_be_refused),
        cmocka_unit_test(mutations_are_judged_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
