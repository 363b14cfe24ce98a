/*
 * table.h: the rows of an answer.  Their columns are described once; the page for people and
 * --json are both made from that.
 *
 * On the page the rows are a table, its columns as wide as they must be, or, when the form has a
 * `line`, whatever that says of each row:
 *
 *   {key}         the cell; {key:7} at the right of 7 characters; {key|word}: `word` if it is null
 *   <key? ...>    only if the cell is not null; cells may stand in it
 *
 * Text from outside cannot move a terminal's cursor: its control characters are shown as \xNN.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MILLRACE_TABLE_H
#define MILLRACE_TABLE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/types.h"
#include "json/emit.h"
#include "pg/pg.h"

enum column_type {
    COLUMN_TEXT,
    COLUMN_NUMBER,
    COLUMN_ID, /* 0 is null */
    COLUMN_BOOL,
    COLUMN_TIME,
    COLUMN_BYTES, /* anybody's: may be no text; keeps its lines on the page */
    COLUMN_JSON,
};

enum { COLUMNS_MAX = 40 };

struct column {
    const char *key;   /* in --json */
    enum column_type type;
    const char *title; /* over the column of the page's table; NULL: only in --json */
};

struct form {
    const char *name;             /* of the array in --json */
    const struct column *columns; /* in the order of the statement, ends with key NULL */
    const char *line;             /* NULL: the page is a table */
    const char *heading;          /* above rows for which it reads otherwise than before; or NULL */
    const char *none;             /* the page's words when there is no row; NULL: an empty table */
};

struct cell { bool null; int64_t n; struct str s; };

struct table {
    const struct form *form;
    size_t n_columns, n;
    struct cell *cells; /* n rows of n_columns */
};

/* Rows to be filled in: all null. */
struct table table_new(struct arena *mem, const struct form *form, size_t n);
struct cell *table_row(const struct table *t, size_t row);
/* Borrows the rows. */
struct table table_of(struct arena *mem, const struct form *form, const struct pg_rows *rows);
void table_page(const struct table *t, struct buf *out);
void table_json(const struct table *t, struct emit *j);
/* A row's members alone, into an object that is open; they are all there is in it. */
void table_json_row(const struct table *t, size_t row, struct emit *j);

struct cell cell_number(int64_t n);
struct cell cell_text(struct str s); /* p NULL: null */

/* Characters, not bytes: columns are for eyes. */
size_t text_width(struct str s);
/* Without the blanks that pad a last column. */
void table_end_line(struct buf *out);

#endif
