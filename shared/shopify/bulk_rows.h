/*
 * bulk_rows.h: put the flat rows of a bulk result together again.
 *
 * A row names its parent; with groupObjects the rows of one root follow each other.  The rows of
 * one root become one JSON object in the shape of a normal read (connections as {"nodes":[..]}), so
 * that one mapping serves both.  Memory: one root.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_BULK_ROWS_H
#define SHOPIFY_BULK_ROWS_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/types.h"
#include "json/json.h"

enum {
    BULK_LINE_MAX = 4 << 20,
    BULK_ROOT_MAX = 32 << 20, /* bytes of one root with all its children */
    BULK_ROWS_MAX = 50000,    /* rows of one root */
};

/* One root with its children. Of one with a row that was cut (bulk_cut.h) only its id, and that row
 * under BULK_CUT: it has to be read by its id. The node lives until the function returns; its class
 * ends the reading. */
typedef enum err_class bulk_root_fn(void *ctx, const struct json_value *node, struct err *e);

struct bulk_rows;
MUST_CHECK enum err_class bulk_rows_open(struct bulk_rows **ret, bulk_root_fn *fn, void *ctx,
                                         struct err *e);
void bulk_rows_free(struct bulk_rows *b);
/* Any piece of the file. REJECT: a line that is no row. RETRY: a row whose parent is not its
 * root's. */
MUST_CHECK enum err_class bulk_rows_feed(struct bulk_rows *b, struct str piece, struct err *e);
/* The end of the file: the last root. RETRY when the last line is cut off. */
MUST_CHECK enum err_class bulk_rows_end(struct bulk_rows *b, struct err *e);
/* True for objects that stand below others: "LineItem". */
bool bulk_rows_is_child(struct str type);
/* Rows so far, and how many of them were roots. */
void bulk_rows_count(const struct bulk_rows *b, int64_t *rows, int64_t *roots);
DEFINE_CLEANUP(bulk_rows_free, struct bulk_rows *);

#endif
