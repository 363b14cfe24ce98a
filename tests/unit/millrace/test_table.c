/* A column that is described once and printed twice must read the same for people and scripts.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/clock.h"
#include "table.h"

static const struct column columns[] = {
    { "shop", COLUMN_TEXT, "SHOP" },  { "n", COLUMN_NUMBER, "COUNT" },
    { "at", COLUMN_TIME, "AT" },      { "id", COLUMN_ID, NULL },
    { "fine", COLUMN_BOOL, "FINE" },  { "body", COLUMN_BYTES, NULL },
    { 0 },
};

static struct table
two_rows(struct arena *mem, const struct form *form)
{
    const struct table t = table_new(mem, form, 2);
    const struct cell first[] = { cell_text(STR("acm\xc3\xa9")), cell_number(7), cell_number(1),
                                  cell_number(0),              cell_number(1), cell_text(STR("a\n\x1b")) };
    const struct cell second[] = { cell_text(STR("b\n\x1b[2J")), cell_number(-1234) };

    memcpy(table_row(&t, 0), first, sizeof first);
    memcpy(table_row(&t, 1), second, sizeof second);
    return t;
}

static void
check_page(const struct form *form, const char *expected)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();
    CLEANUP_VALUE(buf_fini) struct buf out;
    const struct table t = two_rows(mem, form);

    buf_init(&out, 4096);
    table_page(&t, &out);
    assert_string_equal(buf_cstr(&out), expected);
}

static void
a_table_is_as_wide_as_it_must_be(void **state)
{
    (void)state;
    const struct form form = { .name = "rows", .columns = columns };
    check_page(&form, "SHOP          COUNT  AT                           FINE\n"
                      "acm\xc3\xa9              7  1970-01-01T00:00:00.000001Z  yes\n"
                      "b\\x0a\\x1b[2J  -1234\n");
}

static void
a_line_says_what_it_is_told_to(void **state)
{
    (void)state;
    const struct form form = { .name = "rows",
                               .columns = columns,
                               .heading = "of {n}\n",
                               .line = "{n:6} {shop}<at?, at {at}>{at|, never}: {body|none}\n" };
    check_page(&form, "of 7\n"
                      "     7 acm\xc3\xa9, at 1970-01-01T00:00:00.000001Z1970-01-01T00:00:00.000001Z: a\n\\x1b\n"
                      "\nof -1234\n"
                      " -1234 b\\x0a\\x1b[2J, never: none\n");
}

static void
no_row_has_words_of_its_own(void **state)
{
    (void)state;
    CLEANUP(arena_free) struct arena *mem = arena_new();
    CLEANUP_VALUE(buf_fini) struct buf out;
    const struct form form = { .name = "rows", .columns = columns, .none = "nothing\n" };
    const struct table t = table_new(mem, &form, 0);

    buf_init(&out, 64);
    table_page(&t, &out);
    assert_string_equal(buf_cstr(&out), "nothing\n");
}

static void
json_has_every_column_in_the_order_of_its_keys(void **state)
{
    (void)state;
    CLEANUP(arena_free) struct arena *mem = arena_new();
    CLEANUP_VALUE(buf_fini) struct buf out;
    const struct form form = { .name = "rows", .columns = columns, .line = "{shop}\n" };
    const struct table t = two_rows(mem, &form);
    struct emit j;

    buf_init(&out, 4096);
    emit_init(&j, &out);
    emit_object(&j, NULL);
    table_json(&t, &j);
    emit_object_end(&j);
    assert_string_equal(
        buf_cstr(&out),
        "{\"rows\":[{\"at\":\"1970-01-01T00:00:00.000001Z\",\"body\":\"a\\n\\\\x1b\",\"fine\":true,"
        "\"id\":null,\"n\":7,\"shop\":\"acm\xc3\xa9\"},"
        "{\"at\":null,\"body\":null,\"fine\":null,\"id\":null,\"n\":-1234,"
        "\"shop\":\"b\\n\\u001b[2J\"}]}");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_is_as_wide_as_it_must_be),
        cmocka_unit_test(a_line_says_what_it_is_told_to),
        cmocka_unit_test(no_row_has_words_of_its_own),
        cmocka_unit_test(json_has_every_column_in_the_order_of_its_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
