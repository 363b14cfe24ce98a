/*
 * csv.h: rows and cells of RFC 4180: commas, CRLF or LF, "quoted, ""cells""".  Pure.
 *
 * The reader unquotes in place: it works on a copy of the body that it may write to, and cells
 * borrow from it.  A byte-order mark is skipped, empty lines are too.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef INGEST_GATEWAY_CSV_H
#define INGEST_GATEWAY_CSV_H

#include "base/err.h"
#include "base/types.h"

enum { CSV_COLUMNS_MAX = 32 };

struct csv {
    char *at, *end;
    size_t line; /* of the row that was read last, from 1 */
};
struct csv_row {
    struct str cells[CSV_COLUMNS_MAX];
    size_t n;
};

void csv_init(struct csv *c, char *bytes, size_t n);
/* False at the end. REJECT (in *rc) "line L: what" on a row that is no CSV; reading cannot
 * go on then. */
bool csv_next(struct csv *c, struct csv_row *ret, enum err_class *rc, struct err *e);

#endif
