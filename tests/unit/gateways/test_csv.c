/*
 * test_csv.c: if this fails, a spreadsheet's cell ends up in another column, which books stock to
 * another item.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"

#include <string.h>

#include "csv.h"

static char bytes[512];
static struct csv csv;

static void
open_csv(const char *text)
{
    memcpy(bytes, text, strlen(text));
    csv_init(&csv, bytes, strlen(text));
}

/* want: cells apart by '|'; NULL: no row any more. */
static void
expect_row(const char *want)
{
    struct csv_row row;
    enum err_class rc;
    struct err e = { 0 };
    char got[512] = "";

    if (!csv_next(&csv, &row, &rc, &e)) {
        assert_int_equal(rc, ERR_NONE);
        assert_null(want);
        return;
    }
    assert_non_null(want);
    for (size_t i = 0; i < row.n; i++) {
        strncat(got, row.cells[i].p, row.cells[i].n);
        if (i + 1 < row.n)
            strncat(got, "|", 2);
    }
    assert_string_equal(got, want);
}

static void
expect_error(const char *text, const char *want)
{
    struct csv_row row;
    enum err_class rc;
    struct err e = { 0 };

    open_csv(text);
    while (csv_next(&csv, &row, &rc, &e))
        continue;
    assert_int_equal(rc, ERR_REJECT);
    assert_string_equal(e.text, want);
}

static void
test_rows(void **state)
{
    (void)state;
    open_csv("a,b,c\n1,,3\r\n\r\n,,\nlast,row,here");
    expect_row("a|b|c");
    expect_row("1||3");
    expect_row("||");
    expect_row("last|row|here");
    expect_row(NULL);
}

static void
test_quotes(void **state)
{
    (void)state;
    open_csv("\"a,b\",\"say \"\"hi\"\"\",\"\"\r\n\"two\nlines\",x,y\n");
    expect_row("a,b|say \"hi\"|");
    expect_row("two\nlines|x|y");
    expect_row(NULL);
}

static void
test_byte_order_mark_and_nothing(void **state)
{
    (void)state;
    open_csv("\xEF\xBB\xBFsku\n1");
    expect_row("sku");
    expect_row("1");
    expect_row(NULL);
    open_csv("");
    expect_row(NULL);
    open_csv("\r\n\n");
    expect_row(NULL);
}

static void
test_broken(void **state)
{
    (void)state;
    expect_error("a\n\"never ends", "line 2: a quoted cell never ends");
    expect_error("\"a\"b\n", "line 1: text after a closing quote");
    expect_error("a\nb\"c\n", "line 2: a quote inside a cell; quote the whole cell and double it");
    expect_error("\"x\ny\",1\nz\"",
                 "line 3: a quote inside a cell; quote the whole cell and double it");
    expect_error(",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,", "line 1: more than 32 columns");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_byte_order_mark_and_nothing),
        cmocka_unit_test(test_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
