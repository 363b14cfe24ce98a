/*
 * table.c: see table.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "table.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"

enum { GAP = 2, LINE_MAX_BYTES = 16 << 20 };

struct cell *
table_row(const struct table *t, size_t row)
{
    return t->cells + row * t->n_columns;
}

struct cell
cell_number(int64_t n)
{
    return (struct cell){ .n = n };
}

struct cell
cell_text(struct str s)
{
    return (struct cell){ .null = s.p == NULL, .s = s };
}

static struct cell
read_cell(enum column_type type, const struct pg_rows *r, size_t row, int col)
{
    struct cell c = { .null = pg_is_null(r, row, col) };

    if (type == COLUMN_NUMBER || type == COLUMN_ID)
        c.n = pg_i64(r, row, col);
    else if (type == COLUMN_BOOL)
        c.n = pg_bool(r, row, col);
    else if (type == COLUMN_TIME)
        c.n = pg_time(r, row, col).v;
    else
        c.s = pg_text(r, row, col);
    return c;
}

struct table
table_new(struct arena *mem, const struct form *form, size_t n)
{
    struct table t = { .form = form, .n = n };

    while (form->columns[t.n_columns].key != NULL)
        t.n_columns++;
    assert(t.n_columns <= COLUMNS_MAX);
    t.cells = ARENA_NEW(mem, struct cell, n * t.n_columns + 1);
    for (size_t i = 0; i < n * t.n_columns; i++)
        t.cells[i].null = true;
    return t;
}

struct table
table_of(struct arena *mem, const struct form *form, const struct pg_rows *rows)
{
    const struct table t = table_new(mem, form, pg_n(rows));

    for (size_t i = 0; i < t.n; i++)
        for (size_t k = 0; k < t.n_columns; k++)
            table_row(&t, i)[k] = read_cell(form->columns[k].type, rows, i, (int)k);
    return t;
}

size_t
text_width(struct str s)
{
    size_t chars = 0;

    for (size_t i = 0; i < s.n; i++)
        chars += ((unsigned char)s.p[i] & 0xC0) != 0x80;
    return chars;
}

static void
add_readable(struct buf *out, struct str s, bool lines)
{
    for (size_t i = 0; i < s.n; i++) {
        const unsigned char ch = (unsigned char)s.p[i];
        if (ch >= 0x20 ? ch != 0x7f : lines && (ch == '\n' || ch == '\t'))
            buf_char(out, s.p[i]);
        else
            buf_printf(out, "\\x%02x", ch);
    }
}

static void
print_cell(struct buf *out, enum column_type type, const struct cell *c)
{
    char at[TIME_TEXT_SIZE];

    if (c->null)
        return;
    if (type == COLUMN_NUMBER || type == COLUMN_ID)
        buf_i64(out, c->n);
    else if (type == COLUMN_BOOL)
        buf_str_add(out, c->n != 0 ? STR("yes") : STR("no"));
    else if (type == COLUMN_TIME)
        buf_str_add(out, str_of(time_format((struct time_us){ c->n }, at)));
    else
        add_readable(out, c->s, type == COLUMN_BYTES);
}

static size_t
cell_width(struct buf *work, enum column_type type, const struct cell *c)
{
    buf_clear(work);
    print_cell(work, type, c);
    return text_width(buf_str(work));
}

/* ---- The page, when its rows have a line of their own */

/* The column of the name at the beginning of text, which the form must have; *n: its length. */
static size_t
column_named(const struct table *t, const char *text, size_t *n)
{
    const struct column *c = t->form->columns;

    *n = strspn(text, "abcdefghijklmnopqrstuvwxyz_");
    while (c->key != NULL && (strlen(c->key) != *n || memcmp(c->key, text, *n) != 0))
        c++;
    assert(c->key != NULL);
    return (size_t)(c - t->form->columns);
}

/* text stands behind '{'; returns what stands behind '}'. */
static const char *
print_named(const struct table *t, size_t row, const char *text, struct buf *out)
{
    CLEANUP_VALUE(buf_fini) struct buf work;
    size_t n;
    const size_t k = column_named(t, text, &n);
    const struct cell *c = table_row(t, row) + k;
    const char *rest = text + n, *end = rest + strcspn(rest, "}");

    buf_init(&work, LINE_MAX_BYTES);
    print_cell(&work, t->form->columns[k].type, c);
    if (c->null && *rest == '|')
        buf_str_add(&work, (struct str){ rest + 1, (size_t)(end - rest - 1) });
    const size_t is = text_width(buf_str(&work));
    const size_t wide = *rest == ':' ? strtoul(rest + 1, NULL, 10) : 0;
    buf_printf(out, "%*s", (int)(wide > is ? wide - is : 0), "");
    buf_str_add(out, buf_str(&work));
    out->failed = out->failed || work.failed;
    return end + 1;
}

/* text stands behind '<'; returns what of it is to be printed, or what stands behind '>'. */
static const char *
enter_part(const struct table *t, size_t row, const char *text)
{
    size_t n;
    const size_t k = column_named(t, text, &n);

    return table_row(t, row)[k].null ? strchr(text, '>') + 1 : text + n + 1;
}

static void
print_line(const struct table *t, size_t row, const char *text, struct buf *out)
{
    while (*text != '\0') {
        const size_t plain = strcspn(text, "{<>");
        buf_add(out, text, plain);
        text += plain;
        if (*text == '{')
            text = print_named(t, row, text + 1, out);
        else if (*text == '<')
            text = enter_part(t, row, text + 1);
        else if (*text == '>')
            text++;
    }
}

static void
print_lines(const struct table *t, struct buf *out)
{
    CLEANUP_VALUE(buf_fini) struct buf now, before;

    buf_init(&now, LINE_MAX_BYTES);
    buf_init(&before, LINE_MAX_BYTES);
    for (size_t i = 0; i < t->n; i++) {
        if (t->form->heading != NULL) {
            buf_clear(&now);
            print_line(t, i, t->form->heading, &now);
            if (i == 0 || !str_eq(buf_str(&now), buf_str(&before))) {
                buf_str_add(out, i > 0 ? STR("\n") : STR(""));
                buf_str_add(out, buf_str(&now));
            }
            buf_clear(&before);
            buf_str_add(&before, buf_str(&now));
        }
        print_line(t, i, t->form->line, out);
    }
}

/* ---- The page, when it is a table */

void
table_end_line(struct buf *out)
{
    while (out->n > 0 && out->p[out->n - 1] == ' ')
        out->n--;
    buf_char(out, '\n');
}

static void
print_padded(struct buf *out, struct str text, size_t wide, bool right)
{
    const size_t is = text_width(text);
    const int gap = (int)(wide > is ? wide - is : 0);

    if (right)
        buf_printf(out, "%*s", gap, "");
    buf_str_add(out, text);
    buf_printf(out, "%*s", (right ? 0 : gap) + GAP, "");
}

static void
measure(const struct table *t, struct buf *work, size_t widths[COLUMNS_MAX])
{
    for (size_t k = 0; k < t->n_columns; k++) {
        const struct column *c = &t->form->columns[k];
        widths[k] = c->title != NULL ? text_width(str_of(c->title)) : 0;
        for (size_t i = 0; c->title != NULL && i < t->n; i++) {
            const size_t is = cell_width(work, c->type, table_row(t, i) + k);
            widths[k] = is > widths[k] ? is : widths[k];
        }
    }
}

static void
print_table(const struct table *t, struct buf *out)
{
    CLEANUP_VALUE(buf_fini) struct buf work;
    const struct column *c = t->form->columns;
    size_t widths[COLUMNS_MAX];

    buf_init(&work, LINE_MAX_BYTES);
    measure(t, &work, widths);
    for (size_t k = 0; k < t->n_columns; k++)
        if (c[k].title != NULL)
            print_padded(out, str_of(c[k].title), widths[k], c[k].type == COLUMN_NUMBER);
    table_end_line(out);
    for (size_t i = 0; i < t->n; i++) {
        for (size_t k = 0; k < t->n_columns; k++) {
            if (c[k].title == NULL)
                continue;
            buf_clear(&work);
            print_cell(&work, c[k].type, table_row(t, i) + k);
            print_padded(out, buf_str(&work), widths[k], c[k].type == COLUMN_NUMBER);
        }
        table_end_line(out);
    }
    out->failed = out->failed || work.failed;
}

void
table_page(const struct table *t, struct buf *out)
{
    if (t->n == 0 && t->form->none != NULL)
        buf_str_add(out, str_of(t->form->none));
    else if (t->form->line != NULL)
        print_lines(t, out);
    else
        print_table(t, out);
}

/* ---- --json */

static void
emit_readable(struct emit *j, const char *key, struct str s)
{
    CLEANUP_VALUE(buf_fini) struct buf work;

    buf_init(&work, LINE_MAX_BYTES);
    add_readable(&work, s, true);
    emit_str(j, key, buf_str(&work));
    j->out->failed = j->out->failed || work.failed;
}

static void
emit_cell(struct emit *j, const struct column *column, const struct cell *c)
{
    if (c->null)
        emit_null(j, column->key);
    else if (column->type == COLUMN_NUMBER)
        emit_i64(j, column->key, c->n);
    else if (column->type == COLUMN_ID)
        emit_id(j, column->key, c->n);
    else if (column->type == COLUMN_BOOL)
        emit_bool(j, column->key, c->n != 0);
    else if (column->type == COLUMN_TIME)
        emit_time(j, column->key, (struct time_us){ c->n });
    else if (column->type == COLUMN_JSON)
        emit_raw(j, column->key, c->s);
    else if (column->type == COLUMN_BYTES)
        emit_readable(j, column->key, c->s);
    else
        emit_str(j, column->key, c->s);
}

/* The column whose key follows `last` among all; n_columns: there is none. */
static size_t
next_key(const struct table *t, const char *last)
{
    size_t best = t->n_columns;

    for (size_t k = 0; k < t->n_columns; k++) {
        const char *key = t->form->columns[k].key;
        if ((last == NULL || strcmp(key, last) > 0) &&
            (best == t->n_columns || strcmp(key, t->form->columns[best].key) < 0))
            best = k;
    }
    return best;
}

void
table_json_row(const struct table *t, size_t row, struct emit *j)
{
    const char *last = NULL;

    for (size_t k; (k = next_key(t, last)) < t->n_columns; last = t->form->columns[k].key)
        emit_cell(j, &t->form->columns[k], table_row(t, row) + k);
}

void
table_json(const struct table *t, struct emit *j)
{
    emit_array(j, t->form->name);
    for (size_t i = 0; i < t->n; i++) {
        emit_object(j, NULL);
        table_json_row(t, i, j);
        emit_object_end(j);
    }
    emit_array_end(j);
}
