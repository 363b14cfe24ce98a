/*
 * bulk_cut.h: what stays of a row that cannot be taken: longer than BULK_LINE_MAX, or no JSON that
 * this program reads (a NUL in a note, half of a surrogate pair, a key twice).
 *
 * One such row must neither end a load of millions of objects, nor be missing in silence.  A short
 * row takes its place, with the same id and the same parent, that tells under BULK_CUT what the
 * long one was: its length, its SHA-256, how it began, and why it was cut.  The object that it
 * belongs to is handed over as one to be read by its id (bulk_rows.h).
 *
 * No field of GraphQL begins with two underscores, so no row of Shopify's looks like one.  Its id
 * and its parent are found without reading it: our documents select the id first, and Shopify names
 * the parent last.  A line of which they cannot be known is no row, and the result is not believed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_BULK_CUT_H
#define SHOPIFY_BULK_CUT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/types.h"

#define BULK_CUT "__cut"
enum {
    BULK_CUT_MAX = 64 << 20, /* a line beyond this is no row, but something that unpacks for ever */
    BULK_CUT_HEAD = 1024,
    BULK_CUT_TAIL = 256,
    BULK_CUT_ROW_MAX = 16 << 10,
};

/* A line that goes by. */
struct bulk_cut {
    struct hash_stream *hash;
    int64_t bytes;
    size_t n_head, n_tail;
    char head[BULK_CUT_HEAD], tail[BULK_CUT_TAIL];
};

/* Begins a line; one in progress is forgotten. */
void bulk_cut_begin(struct bulk_cut *c);
/* REJECT: it is longer than BULK_CUT_MAX. */
MUST_CHECK enum err_class bulk_cut_add(struct bulk_cut *c, struct str piece, struct err *e);
/* The row in its place. REJECT: id or parent cannot be known. */
MUST_CHECK enum err_class bulk_cut_end(struct bulk_cut *c, const char *why, struct arena *mem,
                                       struct buf *row, struct err *e);
void bulk_cut_fini(struct bulk_cut *c);

#endif
