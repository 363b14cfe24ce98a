/*
 * bulk_file.c: see bulk_file.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/bulk_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "shopify/bulk_cut.h"
#include "shopify/bulk_index.h"

struct bulk_file {
    FILE *file;
    struct bulk_rows *rows;
    struct bulk_grouping grouping;
    struct bulk_index *index;       /* only of a result that is not grouped */
    struct buf line;                /* one in progress */
    struct bulk_cut cut;            /* the same when it is too long */
    bool cutting;
    struct arena *mem;
    int64_t received;               /* bytes that came */
    int64_t bytes, n_rows, n_roots; /* that are kept */
    int64_t last_root;              /* where the last object begins */
    int64_t end;                    /* where to stop reading */
    int64_t place;                  /* next line: its offset, or its place in the index */
    bool scattered;
};

enum err_class
bulk_file_open(struct bulk_file **ret, bulk_root_fn *fn, void *ctx, struct err *e)
{
    CLEANUP(bulk_file_free) struct bulk_file *f = calloc(1, sizeof(*f));

    if (f == NULL)
        return err_set(e, ERR_FATAL, "ENOMEM", "no memory to read a bulk result");
    buf_init(&f->line, BULK_LINE_MAX);
    f->mem = arena_new();
    f->file = tmpfile();
    if (f->file == NULL)
        return err_set(e, ERR_RETRY, "tmpfile",
                       "bulk result: no file for it: make room in /tmp (%s)", strerror(errno));
    TRY(bulk_rows_open(&f->rows, fn, ctx, e));
    *ret = TAKE(f);
    return ERR_NONE;
}

void
bulk_file_free(struct bulk_file *f)
{
    if (f == NULL)
        return;
    if (f->file != NULL)
        (void)fclose(f->file);
    bulk_rows_free(f->rows);
    bulk_grouping_fini(&f->grouping);
    bulk_index_free(f->index);
    bulk_cut_fini(&f->cut);
    buf_fini(&f->line);
    arena_free(f->mem);
    free(f);
}

static enum err_class
write_out(struct bulk_file *f, struct str text, struct err *e)
{
    if (fwrite(text.p, 1, text.n, f->file) != text.n)
        return err_set(e, ERR_RETRY, "disk", "bulk result: cannot be kept: make room in /tmp (%s)",
                       strerror(errno));
    f->bytes += (int64_t)text.n;
    return ERR_NONE;
}

/* Keeps the line, which says this of itself. */
static enum err_class
keep(struct bulk_file *f, const struct row_head *head, struct err *e)
{
    bool grouped = true;

    f->n_rows++;
    if (head->parent.p == NULL) {
        f->n_roots++;
        f->last_root = f->bytes;
    }
    TRY(bulk_grouping_add(&f->grouping, head, &grouped, e));
    f->scattered = f->scattered || !grouped;
    TRY(write_out(f, buf_str(&f->line), e));
    return write_out(f, STR("\n"), e);
}

static enum err_class
keep_cut(struct bulk_file *f, const char *why, struct err *e)
{
    struct row_head head;

    f->cutting = false;
    TRY(bulk_cut_end(&f->cut, why, f->mem, &f->line, e));
    TRY(bulk_row_head(buf_str(&f->line), f->mem, &head, e));
    return keep(f, &head, e);
}

static bool
is_blank(struct str line)
{
    return line.n == 0 || (line.n == 1 && line.p[0] == '\r');
}

/* The line is whole. */
static enum err_class
end_line(struct bulk_file *f, struct err *e)
{
    struct row_head head;
    struct err why;

    arena_reset(f->mem);
    if (f->cutting) {
        char text[64];
        (void)snprintf(text, sizeof(text), "it is longer than %d bytes", BULK_LINE_MAX);
        return keep_cut(f, text, e);
    }
    if (is_blank(buf_str(&f->line)))
        return ERR_NONE;
    if (bulk_row_head(buf_str(&f->line), f->mem, &head, &why) == ERR_NONE)
        return keep(f, &head, e);
    bulk_cut_begin(&f->cut);
    TRY(bulk_cut_add(&f->cut, buf_str(&f->line), e));
    return keep_cut(f, why.text, e);
}

/* More of the line in progress. */
static enum err_class
add_to_line(struct bulk_file *f, struct str piece, struct err *e)
{
    if (!f->cutting && f->line.n + piece.n <= BULK_LINE_MAX) {
        buf_str_add(&f->line, piece);
        return buf_check(&f->line, "a line of a bulk result", e);
    }
    if (!f->cutting) {
        f->cutting = true;
        bulk_cut_begin(&f->cut);
        TRY(bulk_cut_add(&f->cut, buf_str(&f->line), e));
        buf_clear(&f->line);
    }
    return bulk_cut_add(&f->cut, piece, e);
}

enum err_class
bulk_file_add(struct bulk_file *f, struct str piece, struct err *e)
{
    f->received += (int64_t)piece.n;
    if (f->received > BULK_FILE_MAX)
        return err_set(e, ERR_REJECT, "", "bulk result: more than %" PRId64 " bytes",
                       BULK_FILE_MAX);
    while (piece.n > 0) {
        const char *end = memchr(piece.p, '\n', piece.n);
        const size_t n = end != NULL ? (size_t)(end - piece.p) : piece.n;
        TRY(add_to_line(f, (struct str){ piece.p, n }, e));
        if (end == NULL)
            return ERR_NONE;
        TRY(end_line(f, e));
        buf_clear(&f->line);
        piece.p += n + 1;
        piece.n -= n + 1;
    }
    return ERR_NONE;
}

/* A last line without an end is whole, or it was cut off: then it is no row, and not cut short as
 * one that is. */
static enum err_class
end_last_line(struct bulk_file *f, struct err *e)
{
    struct row_head head;
    struct err ignored;

    arena_reset(f->mem);
    if (!f->cutting && is_blank(buf_str(&f->line)))
        return ERR_NONE;
    if (f->cutting || bulk_row_head(buf_str(&f->line), f->mem, &head, &ignored) != ERR_NONE)
        return err_set(e, ERR_RETRY, "", "bulk result: it breaks off in the middle of a line");
    return keep(f, &head, e);
}

enum err_class
bulk_file_end(struct bulk_file *f, bool partial, struct err *e)
{
    if (!partial)
        TRY(end_last_line(f, e));
    f->end = partial ? f->last_root : f->bytes; /* children of a part's last one may be missing */
    buf_clear(&f->line);
    if (fflush(f->file) != 0)
        return err_set(e, ERR_RETRY, "disk", "bulk result: cannot be kept: make room in /tmp (%s)",
                       strerror(errno));
    rewind(f->file);
    bulk_grouping_fini(&f->grouping);
    if (!f->scattered)
        return ERR_NONE;
    TRY(bulk_index_make(&f->index, f->file, f->n_rows, e));
    f->end = bulk_index_count(f->index);
    return ERR_NONE;
}

void
bulk_file_count(const struct bulk_file *f, int64_t *rows, int64_t *roots)
{
    *rows = f->n_rows;
    *roots = f->n_roots;
}

bool
bulk_file_is_grouped(const struct bulk_file *f)
{
    return !f->scattered;
}

/* The next piece of the file that is whole lines in order, or nothing at its end. */
static enum err_class
next_piece(struct bulk_file *f, char *piece, size_t max, struct str *ret, struct err *e)
{
    if (f->scattered)
        return f->place < f->end ? bulk_index_line(f->index, f->file, f->place++, &f->line, ret, e)
                                 : ERR_NONE;
    const int64_t left = f->end - f->place;
    const size_t want = left < (int64_t)max ? (size_t)left : max;
    if (want > 0 && fread(piece, 1, want, f->file) != want)
        return err_set(e, ERR_RETRY, "disk", "bulk result: cannot be read again (%s)",
                       strerror(errno));
    f->place += (int64_t)want;
    *ret = (struct str){ piece, want };
    return ERR_NONE;
}

enum err_class
bulk_file_step(struct bulk_file *f, int64_t n, bool *over, struct err *e)
{
    char piece[16384];
    int64_t rows = 0, from = 0, roots = 0;

    *over = false;
    bulk_rows_count(f->rows, &rows, &from);
    while (roots < from + n) {
        struct str text = { 0 };
        TRY(next_piece(f, piece, sizeof(piece), &text, e));
        *over = text.n == 0;
        if (*over)
            return bulk_rows_end(f->rows, e);
        TRY(bulk_rows_feed(f->rows, text, e));
        bulk_rows_count(f->rows, &rows, &roots);
    }
    return ERR_NONE;
}
