/*
 * fuzz_bulk: any bytes, cut anywhere, are either rows of roots or refused with a reason; the cut
 * makes no difference, neither on the way through memory nor through the file on disk.
 *
 * The first byte says how long the pieces are.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"

#include "base/buf.h"
#include "shopify/bulk_file.h"

enum { OUT_MAX = 1 << 22 };

static enum err_class
collect(void *ctx, const struct json_value *node, struct err *e)
{
    (void)e;
    must_hold(json_is_object(node));
    json_dump(node, ctx);
    return ERR_NONE;
}

static enum err_class
read_in_pieces(struct str all, size_t piece, struct buf *out, struct err *e)
{
    CLEANUP(bulk_rows_free) struct bulk_rows *rows = NULL;

    TRY(bulk_rows_open(&rows, collect, out, e));
    for (size_t i = 0; i < all.n; i += piece)
        TRY(bulk_rows_feed(rows, (struct str){ all.p + i, all.n - i < piece ? all.n - i : piece },
                           e));
    return bulk_rows_end(rows, e);
}

/* Objects with a row that was cut come out, too, by their ids. */
static enum err_class
keep_in_pieces(struct str all, size_t piece, struct buf *out, struct err *e)
{
    CLEANUP(bulk_file_free) struct bulk_file *file = NULL;
    bool over = false;

    TRY(bulk_file_open(&file, collect, out, e));
    for (size_t i = 0; i < all.n; i += piece)
        TRY(bulk_file_add(file, (struct str){ all.p + i, all.n - i < piece ? all.n - i : piece },
                          e));
    TRY(bulk_file_end(file, false, e));
    while (!over)
        TRY(bulk_file_step(file, 100, &over, e));
    return ERR_NONE;
}

typedef enum err_class read_fn(struct str all, size_t piece, struct buf *out, struct err *e);

static void
check_cut(read_fn *read, struct str all, size_t piece)
{
    CLEANUP_VALUE(buf_fini) struct buf whole, pieces;
    struct err e = { 0 }, again = { 0 };

    buf_init(&whole, OUT_MAX);
    buf_init(&pieces, OUT_MAX);
    const enum err_class class = read(all, all.n, &whole, &e);
    must_hold(read(all, piece, &pieces, &again) == class);
    must_hold(str_eq(buf_str(&whole), buf_str(&pieces)));
    must_hold(class == ERR_NONE || e.text[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n < 2 || n > 1 << 16)
        return 0;
    const struct str all = { (const char *)bytes + 1, n - 1 };
    check_cut(read_in_pieces, all, (size_t)bytes[0] + 1);
    check_cut(keep_in_pieces, all, (size_t)bytes[0] + 1);
    return 0;
}
