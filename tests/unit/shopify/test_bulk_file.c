/* Results of bulk operations as storage may deliver them: cut off anywhere, with rows that nobody
 * can read, or with no rows at all.  SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"

#include <malloc.h>
#include <stdio.h>

#include "base/buf.h"
#include "runner.h"
#include "shopify/bulk_cut.h"
#include "shopify/bulk_file.h"

enum { TEXT_MAX = 1 << 20, OBJECTS_MAX = 8, MEMORY_MAX = 24 << 20 };

#define GID(type, id) "\"gid:\\/\\/shopify\\/" type "\\/" #id "\""
#define ROOT(id, rest) "{\"id\":" GID("Product", id) rest "}\n"
#define CHILD(id, rest, parent) \
    "{\"id\":" GID("ProductVariant", id) rest ",\"__parentId\":" GID("Product", parent) "}\n"

/* What came out, one canonical text per object. */
struct taken { struct buf text; size_t end[OBJECTS_MAX], n; };

static enum err_class
take(void *ctx, const struct json_value *node, struct err *e)
{
    struct taken *t = ctx;

    (void)e;
    assert_true(t->n < OBJECTS_MAX);
    json_dump(node, &t->text);
    t->end[t->n++] = t->text.n;
    return ERR_NONE;
}

static struct str
object(const struct taken *t, size_t i)
{
    const size_t from = i > 0 ? t->end[i - 1] : 0;

    return (struct str){ t->text.p + from, t->end[i] - from };
}

/* All of it, or why not; what was handed over stands in *t in any case. */
static enum err_class
read_all(struct bulk_file *f, struct str text, bool partial, int64_t counts[2], struct err *e)
{
    bool over = false;

    TRY(bulk_file_add(f, text, e));
    TRY(bulk_file_end(f, partial, e));
    bulk_file_count(f, &counts[0], &counts[1]);
    while (!over)
        TRY(bulk_file_step(f, 1, &over, e));
    return ERR_NONE;
}

static enum err_class
read_result(struct str text, bool partial, struct taken *t, int64_t counts[2], struct err *e)
{
    CLEANUP(bulk_file_free) struct bulk_file *f = NULL;

    buf_init(&t->text, TEXT_MAX);
    TRY(bulk_file_open(&f, take, t, e));
    return read_all(f, text, partial, counts, e);
}

/* A result of three objects, the middle one of a recorded shape. */
static void
three_objects(struct buf *ret)
{
    buf_init(ret, TEXT_MAX);
    buf_str_add(ret, STR(ROOT(1, ",\"title\":\"first\"") CHILD(11, "", 1)
                         "{\"id\":" GID("MediaImage", 5) ",\"__parentId\":" GID("ProductVariant", 11)
                         "}\n" CHILD(12, "", 1)));
    corpus_read("tests/corpus/product-pairs", "plain", "rows.jsonl", ret);
    buf_str_add(ret, STR(ROOT(2, ",\"title\":\"last\"") CHILD(21, "", 2)));
}

/* Every byte: what was cut there says so, or lacks rows that the operation counted. */
static void
a_file_cut_at_any_byte_is_not_believed(void **state)
{
    CLEANUP_VALUE(buf_fini) struct buf all;
    struct taken whole = { 0 };
    int64_t said[2];
    struct err why = { 0 };

    (void)state;
    three_objects(&all);
    assert_int_equal(read_result(buf_str(&all), false, &whole, said, &why), ERR_NONE);
    assert_int_equal(whole.n, 3);
    for (size_t n = 0; n + 1 < all.n; n++) {
        struct taken cut = { 0 };
        int64_t counts[2] = { -1, -1 };
        const enum err_class class =
            read_result((struct str){ all.p, n }, false, &cut, counts, &why);
        if (class == ERR_NONE && counts[0] >= said[0])
            fail_msg("%zu of %zu bytes pass for the whole", n, all.n);
        if (class != ERR_NONE && (class != ERR_RETRY || strstr(why.text, "breaks off") == NULL))
            fail_msg("%zu of %zu bytes: %s", n, all.n, why.text);
        buf_fini(&cut.text);
    }
    buf_fini(&whole.text);
}

/* Every byte: of what a failed operation left, only objects that are whole are handed over. */
static void
a_part_cut_at_any_byte_gives_whole_objects_only(void **state)
{
    CLEANUP_VALUE(buf_fini) struct buf all;
    struct taken whole = { 0 };
    int64_t counts[2];
    size_t most = 0;
    struct err why = { 0 };

    (void)state;
    three_objects(&all);
    assert_int_equal(read_result(buf_str(&all), false, &whole, counts, &why), ERR_NONE);
    for (size_t n = 0; n <= all.n; n++) {
        struct taken part = { 0 };
        check_ok(read_result((struct str){ all.p, n }, true, &part, counts, &e));
        for (size_t i = 0; i < part.n; i++)
            assert_true(str_eq(object(&part, i), object(&whole, i)));
        most = part.n > most ? part.n : most;
        buf_fini(&part.text);
    }
    assert_int_equal(most, 2);
    buf_fini(&whole.text);
}

struct bad_row { const char *rows, *row, *says; };

/* The object of each is Product/7, which is told by its id, the bad row and the reason. */
static const struct bad_row bad_rows[] = {
    { ROOT(7, ",\"note\":\"a\\u0000b\"") CHILD(71, "", 7), "Product/7", "NUL character" },
    { ROOT(7, ",\"note\":\"\\ud83d\"") CHILD(71, "", 7), "Product/7", "Unicode" },
    { ROOT(7, ",\"note\":\"\\udc00\"") CHILD(71, "", 7), "Product/7", "Unicode" },
    { ROOT(7, ",\"title\":\"a\",\"title\":\"b\"") CHILD(71, "", 7), "Product/7", "duplicate" },
    { ROOT(7, ",\"title\":\"\xff\"") CHILD(71, "", 7), "Product/7", "byte 0xff" },
    { ROOT(7, ",\"n\":99999999999999999999") CHILD(71, "", 7), "Product/7", "too big" },
    { ROOT(7, ",\"title\":") CHILD(71, "", 7), "Product/7", "line 1" },
    { ROOT(7, "") CHILD(71, ",\"sku\":\"\\u0000\"", 7) CHILD(72, "", 7), "ProductVariant/71",
      "NUL character" },
    { ROOT(7, "") CHILD(71, "", 7) CHILD(72, ",\"sku\":\"a\",\"sku\":\"a\"", 7),
      "ProductVariant/72", "duplicate" },
};

/* Breaks if one row that cannot be read ends the load of all the others, or takes one with it. */
static void
a_row_that_cannot_be_read_does_not_keep_the_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++) {
        CLEANUP_VALUE(buf_fini) struct buf text;
        struct taken t = { 0 };
        int64_t counts[2];
        buf_init(&text, TEXT_MAX);
        buf_printf(&text, "%s%s%s", ROOT(1, "") CHILD(11, "", 1), bad_rows[i].rows, ROOT(2, ""));
        check_ok(read_result(buf_str(&text), false, &t, counts, &e));
        assert_int_equal(t.n, 3);
        assert_int_equal(counts[1], 3);
        check_str(object(&t, 2), "{\"id\":\"gid://shopify/Product/2\"}");
        const char *of = buf_cstr(&t.text) + t.end[0];
        assert_non_null(strstr(of, "\"id\":\"gid://shopify/Product/7\"}"));
        assert_non_null(strstr(of, bad_rows[i].row));
        assert_null(strstr(of, "\"nodes\""));
        if (strstr(of, bad_rows[i].says) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", of, bad_rows[i].says);
        buf_fini(&t.text);
    }
}

static size_t
memory_in_use(void)
{
    const struct mallinfo2 m = mallinfo2();

    return m.uordblks + m.hblkhd;
}

/* Feeds n times the same byte in pieces; returns the most memory that was in use meanwhile. */
static size_t
feed_many(struct bulk_file *f, char byte, size_t n, struct err *e)
{
    static char piece[1 << 16];
    size_t most = 0;

    memset(piece, byte, sizeof(piece));
    for (size_t i = 0; i < n && e->class == ERR_NONE; i += sizeof(piece)) {
        (void)!bulk_file_add(f, (struct str){ piece, sizeof(piece) }, e);
        most = memory_in_use() > most ? memory_in_use() : most;
    }
    return most;
}

static void
hash_of_line(const char *begin, char byte, size_t n, const char *end, char ret[SHA256_HEX_SIZE])
{
    CLEANUP_VALUE(buf_fini) struct buf line;

    buf_init(&line, n + TEXT_MAX);
    buf_str_add(&line, str_of(begin));
    memset(buf_extend(&line, n), byte, n);
    buf_str_add(&line, str_of(end));
    hash_sha256_hex(buf_str(&line), ret);
}

/* Breaks if a line of 20 MB pauses the shop, fills memory, or is missing in silence. */
static void
a_line_of_20_mb_is_cut_and_named(void **state)
{
    static const char begin[] = "{\"id\":" GID("Product", 7) ",\"title\":\"", end[] = "\"}";
    CLEANUP(bulk_file_free) struct bulk_file *f = NULL;
    struct taken t = { 0 };
    char length[32], hex[SHA256_HEX_SIZE];
    int64_t counts[2];
    struct err why = { 0 };
    const size_t before = memory_in_use(), n = 20 << 20;

    (void)state;
    buf_init(&t.text, TEXT_MAX);
    check_ok(bulk_file_open(&f, take, &t, &e));
    check_ok(bulk_file_add(f, STR(ROOT(1, "")), &e));
    check_ok(bulk_file_add(f, str_of(begin), &e));
    const size_t most = feed_many(f, 'x', n, &why);
    assert_string_equal(why.text, "");
    assert_true(most < before + MEMORY_MAX);
    check_ok(bulk_file_add(f, str_of(end), &e));
    check_ok(read_all(f, STR("\n" CHILD(71, "", 7) ROOT(2, "")), false, counts, &e));
    assert_int_equal(counts[0], 4);
    assert_int_equal(t.n, 3);
    const char *of = buf_cstr(&t.text) + t.end[0];
    (void)snprintf(length, sizeof(length), "\"bytes\":%zu,", strlen(begin) + n + strlen(end));
    assert_non_null(strstr(of, length));
    hash_of_line(begin, 'x', n, end, hex);
    assert_non_null(strstr(of, hex));
    assert_non_null(strstr(of, "\"why\":\"it is longer than 4194304 bytes\""));
    assert_non_null(strstr(of, "\"id\":\"gid://shopify/Product/7\"}"));
    buf_fini(&t.text);
}

/* Breaks if what unpacks for ever fills memory or disk, or if a page passes for rows. */
static void
what_is_no_result_is_refused_in_words(void **state)
{
    static const struct { const char *text, *says; } no_rows[] = {
        { "<html>\n<body>Sorry</body></html>\n", "a line of 6 bytes whose object cannot be known" },
        { "{\"title\":\"\\u0000\",\"id\":" GID("Product", 1) "}\n", "cannot be known" },
        { "{\"id\":\"Product 1\",\"title\":\"\\u0000\"}\n", "cannot be known" },
        { "{\"id\":" GID("ProductVariant", 1) ",\"sku\":\"\\u0000\"}\n", "cannot be known" },
        { "{\"id\":" GID("ProductVariant", 1) ",\"sku\":\"\\u0000\",\"__parentId\":7}\n",
          "cannot be known" },
    };
    CLEANUP(bulk_file_free) struct bulk_file *f = NULL;
    struct err why = { 0 };
    struct taken t = { 0 };
    int64_t counts[2];

    (void)state;
    for (size_t i = 0; i < sizeof(no_rows) / sizeof(no_rows[0]); i++) {
        assert_int_equal(read_result(str_of(no_rows[i].text), false, &t, counts, &why), ERR_REJECT);
        assert_non_null(strstr(why.text, no_rows[i].says));
        assert_int_equal(t.n, 0);
    }
    why = (struct err){ 0 };
    const size_t before = memory_in_use();
    check_ok(bulk_file_open(&f, take, &t, &e));
    const size_t most = feed_many(f, ' ', (size_t)BULK_CUT_MAX * 2, &why);
    assert_int_equal(why.class, ERR_REJECT);
    assert_string_equal(why.text, "bulk result: a line of more than 64 MiB is no row of Shopify's: "
                                "report it");
    assert_true(most < before + MEMORY_MAX);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_cut_at_any_byte_is_not_believed),
        cmocka_unit_test(a_part_cut_at_any_byte_gives_whole_objects_only),
        cmocka_unit_test(a_row_that_cannot_be_read_does_not_keep_the_others),
        cmocka_unit_test(a_line_of_20_mb_is_cut_and_named),
        cmocka_unit_test(what_is_no_result_is_refused_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
