/*
 * bulk_index.h: which rows of a bulk result belong together.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_BULK_INDEX_H
#define SHOPIFY_BULK_INDEX_H

#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/types.h"
#include "json/json.h"

/* What a row says of its place; cut: what it was before it was cut (bulk_cut.h), or NULL. */
struct row_head { struct str id, parent; const struct json_value *cut; };
MUST_CHECK enum err_class bulk_row_head(struct str line, struct arena *mem, struct row_head *ret,
                                        struct err *e);

/* Does each row belong to the object in progress? */
struct bulk_grouping { uint64_t *ids; size_t n, max; };
MUST_CHECK enum err_class bulk_grouping_add(struct bulk_grouping *g, const struct row_head *head,
                                            bool *grouped, struct err *e);
void bulk_grouping_fini(struct bulk_grouping *g);

/* The rows of a file in the order of their roots. Parents stand somewhere before their children. */
struct bulk_index;
MUST_CHECK enum err_class bulk_index_make(struct bulk_index **ret, FILE *file, int64_t rows,
                                          struct err *e);
void bulk_index_free(struct bulk_index *x);
int64_t bulk_index_count(const struct bulk_index *x);
/* The line in this place, with its end. */
MUST_CHECK enum err_class bulk_index_line(const struct bulk_index *x, FILE *file, int64_t place,
                                          struct buf *mem, struct str *ret, struct err *e);
DEFINE_CLEANUP(bulk_index_free, struct bulk_index *);

#endif
