/*
 * rows.c: read the columns of a result, whether they came in binary or printed.
 *
 * Asking a column for what it is not is a bug in the caller, found by an assertion.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "pg/encode.h"
#include "pg/internal.h"

size_t
pg_n(const struct pg_rows *r)
{
    return (size_t)PQntuples(r->result);
}

int64_t
pg_affected(const struct pg_rows *r)
{
    return strtoll(PQcmdTuples(r->result), NULL, 10);
}

bool
pg_is_null(const struct pg_rows *r, size_t row, int col)
{
    assert(row < pg_n(r) && col < PQnfields(r->result));
    return PQgetisnull(r->result, (int)row, col);
}

static const unsigned char *
bytes(const struct pg_rows *r, size_t row, int col)
{
    return (const unsigned char *)PQgetvalue(r->result, (int)row, col);
}

static bool
is_binary(const struct pg_rows *r, int col)
{
    return PQfformat(r->result, col) == 1;
}

static enum pg_wire
wire(const struct pg_rows *r, int col)
{
    const struct pg_type *t = pg_type_of(PQftype(r->result, col));
    return t != NULL ? t->wire : WIRE_PRINTED;
}

static int64_t
big_endian(const unsigned char *p, int n)
{
    uint64_t v = n > 0 && (p[0] & 0x80) != 0 ? UINT64_MAX : 0;
    for (int i = 0; i < n; i++)
        v = v << 8 | p[i];
    return (int64_t)v;
}

int64_t
pg_i64(const struct pg_rows *r, size_t row, int col)
{
    if (pg_is_null(r, row, col))
        return 0;
    if (!is_binary(r, col))
        return strtoll(PQgetvalue(r->result, (int)row, col), NULL, 10);
    assert(wire(r, col) == WIRE_I16 || wire(r, col) == WIRE_I32 || wire(r, col) == WIRE_I64);
    return big_endian(bytes(r, row, col), PQgetlength(r->result, (int)row, col));
}

bool
pg_bool(const struct pg_rows *r, size_t row, int col)
{
    assert(wire(r, col) == WIRE_BOOL);
    if (pg_is_null(r, row, col))
        return false;
    return is_binary(r, col) ? *bytes(r, row, col) != 0 : *bytes(r, row, col) == 't';
}

struct str
pg_text(const struct pg_rows *r, size_t row, int col)
{
    if (pg_is_null(r, row, col))
        return (struct str){ NULL, 0 };
    const char *p = PQgetvalue(r->result, (int)row, col);
    const size_t n = (size_t)PQgetlength(r->result, (int)row, col);
    if (!is_binary(r, col))
        return (struct str){ p, n };
    assert(wire(r, col) == WIRE_TEXT || wire(r, col) == WIRE_BYTEA || wire(r, col) == WIRE_JSONB);
    const size_t skip = wire(r, col) == WIRE_JSONB; /* the version of the format, then text */
    return (struct str){ p + skip, n - skip };
}

/* "2026-11-24 11:00:00.5+00" is what the session prints; RFC 3339 wants a T and minutes in the
 * offset. */
static struct time_us
parse_printed(struct str s)
{
    char text[TIME_TEXT_SIZE + 8];
    struct time_us t = { 0 };
    struct err ignored;
    if (s.n < 20 || s.n + 3 >= sizeof text)
        return t;
    memcpy(text, s.p, s.n);
    text[10] = 'T';
    memcpy(text + s.n, ":00", 4);
    const enum err_class class = time_parse((struct str){ text, s.n + 3 }, &t, &ignored);
    assert(class == ERR_NONE);
    (void)class;
    return t;
}

struct time_us
pg_time(const struct pg_rows *r, size_t row, int col)
{
    assert(wire(r, col) == WIRE_TIME);
    if (pg_is_null(r, row, col))
        return (struct time_us){ 0 };
    if (!is_binary(r, col))
        return parse_printed(pg_text(r, row, col));
    return (struct time_us){ big_endian(bytes(r, row, col), 8) + PG_EPOCH_US };
}

void
pg_rows_free(struct pg_rows *r)
{
    if (r == NULL)
        return;
    PQclear(r->result);
    free(r);
}
