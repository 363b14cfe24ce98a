/*
 * bulk_file.h: the result of a bulk operation on disk, and its objects one by one.
 *
 * A result is taken whole before anything of it is believed: counted, and looked over for rows that
 * do not follow their parents.  Shopify groups them when asked to; when it does not, an object
 * would look as if it had no children.  Then, and only then, the rows are put in order by an index
 * in memory of 24 bytes a row, at most BULK_INDEX_MAX rows.  Otherwise memory is one object,
 * however long the file.  The file has no name: it ends with the process.
 *
 * A row that cannot be taken is cut (bulk_cut.h), and does not keep the others.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_BULK_FILE_H
#define SHOPIFY_BULK_FILE_H

#include "shopify/bulk_rows.h"

enum { BULK_INDEX_MAX = 4 << 20 /* rows of a result that is not grouped */ };
#define BULK_FILE_MAX (INT64_C(64) << 30) /* bytes on disk */

struct bulk_file;
MUST_CHECK enum err_class bulk_file_open(struct bulk_file **ret, bulk_root_fn *fn, void *ctx,
                                         struct err *e);
void bulk_file_free(struct bulk_file *f);
/* Any piece, as it comes. REJECT: a line that is no row, or beyond a limit: this is no result. */
MUST_CHECK enum err_class bulk_file_add(struct bulk_file *f, struct str piece, struct err *e);
/* The end. partial: a result that breaks off, of which the last object may not be whole. RETRY: the
 * last line is cut off. */
MUST_CHECK enum err_class bulk_file_end(struct bulk_file *f, bool partial, struct err *e);
void bulk_file_count(const struct bulk_file *f, int64_t *rows, int64_t *roots);
/* True when every row follows its parent. */
bool bulk_file_is_grouped(const struct bulk_file *f);
/* Hands over about n more objects; *over after the last. */
MUST_CHECK enum err_class bulk_file_step(struct bulk_file *f, int64_t n, bool *over,
                                         struct err *e);
DEFINE_CLEANUP(bulk_file_free, struct bulk_file *);

#endif
