/*
 * csv.c: a reader of two states, in quotes and outside; see csv.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "csv.h"

void
csv_init(struct csv *c, char *bytes, size_t n)
{
    const size_t mark = n >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

    *c = (struct csv){ .at = bytes + mark, .end = bytes + n };
}

static bool
at_line_end(const struct csv *c)
{
    return c->at == c->end || *c->at == '\n' ||
           (*c->at == '\r' && (c->at + 1 == c->end || c->at[1] == '\n'));
}

static void
skip_line_end(struct csv *c)
{
    if (c->at < c->end && *c->at == '\r')
        c->at++;
    if (c->at < c->end && *c->at == '\n')
        c->at++;
}

/* Behind the opening quote; doubled quotes become one, moving the cell's bytes together. */
static enum err_class
quoted_cell(struct csv *c, struct str *ret, struct err *e)
{
    char *begin = c->at, *to = c->at;
    const size_t line = c->line;

    for (;;) {
        if (c->at == c->end)
            return err_set(e, ERR_REJECT, "", "line %zu: a quoted cell never ends", line);
        if (*c->at == '"' && (c->at + 1 == c->end || c->at[1] != '"'))
            break;
        if (*c->at == '"')
            c->at++;
        if (*c->at == '\n')
            c->line++;
        *to++ = *c->at++;
    }
    c->at++;
    if (!at_line_end(c) && *c->at != ',')
        return err_set(e, ERR_REJECT, "", "line %zu: text after a closing quote", line);
    *ret = (struct str){ begin, (size_t)(to - begin) };
    return ERR_NONE;
}

static enum err_class
plain_cell(struct csv *c, struct str *ret, struct err *e)
{
    const char *begin = c->at;

    while (!at_line_end(c) && *c->at != ',') {
        if (*c->at == '"')
            return err_set(e, ERR_REJECT, "",
                           "line %zu: a quote inside a cell; quote the whole cell and double it",
                           c->line);
        c->at++;
    }
    *ret = (struct str){ begin, (size_t)(c->at - begin) };
    return ERR_NONE;
}

static enum err_class
read_row(struct csv *c, struct csv_row *ret, struct err *e)
{
    ret->n = 0;
    for (;;) {
        if (ret->n == CSV_COLUMNS_MAX)
            return err_set(e, ERR_REJECT, "", "line %zu: more than %d columns", c->line,
                           CSV_COLUMNS_MAX);
        struct str *cell = &ret->cells[ret->n++];
        if (c->at < c->end && *c->at == '"') {
            c->at++;
            TRY(quoted_cell(c, cell, e));
        } else {
            TRY(plain_cell(c, cell, e));
        }
        if (at_line_end(c))
            break;
        c->at++; /* the comma */
    }
    skip_line_end(c);
    return ERR_NONE;
}

bool
csv_next(struct csv *c, struct csv_row *ret, enum err_class *rc, struct err *e)
{
    *rc = ERR_NONE;
    for (;;) {
        c->line++;
        if (c->at == c->end)
            return false;
        if (!at_line_end(c))
            break;
        skip_line_end(c);
    }
    *rc = read_row(c, ret, e);
    return *rc == ERR_NONE;
}
