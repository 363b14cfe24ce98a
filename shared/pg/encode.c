/*
 * encode.c: see encode.h.  Postgres' binary formats are big-endian; an array is a header, then each
 * element with its length (-1 for null).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "pg/encode.h"

#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "base/clock.h"

static const struct pg_type types[] = {
    { 16, 1000, WIRE_BOOL, "boolean" },       { 17, 1001, WIRE_BYTEA, "bytea" },
    { 19, 1003, WIRE_TEXT, "name" },          { 20, 1016, WIRE_I64, "bigint" },
    { 21, 1005, WIRE_I16, "smallint" },       { 23, 1007, WIRE_I32, "integer" },
    { 25, 1009, WIRE_TEXT, "text" },          { 114, 199, WIRE_TEXT, "json" },
    { 705, 0, WIRE_TEXT, "unknown" },         { 1042, 1014, WIRE_TEXT, "character" },
    { 1043, 1015, WIRE_TEXT, "varchar" },     { 1082, 1182, WIRE_PRINTED, "date" },
    { 1184, 1185, WIRE_TIME, "timestamptz" }, { 1700, 1231, WIRE_PRINTED, "numeric" },
    { 2278, 0, WIRE_TEXT, "void" },           { 2950, 2951, WIRE_PRINTED, "uuid" },
    { 3802, 3807, WIRE_JSONB, "jsonb" },
};

const struct pg_type *
pg_type_of(uint32_t oid)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].oid == oid)
            return &types[i];
    return NULL;
}

static const struct pg_type *
element_type(uint32_t array_oid)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].array_oid != 0 && types[i].array_oid == array_oid)
            return &types[i];
    return NULL;
}

/* One value, wherever it came from. */
struct value {
    enum pg_kind kind;
    bool null;
    int64_t i;
    struct str s;
};

static struct value
scalar(const struct pg_arg *a)
{
    const bool bytes = a->kind == PG_K_TEXT || a->kind == PG_K_BYTEA;
    const bool null =
        a->kind == PG_K_NULL || (bytes && a->s.p == NULL) || (a->kind == PG_K_TIME && a->i == 0);
    return (struct value){ .kind = a->kind, .null = null, .i = a->i, .s = a->s };
}

static struct value
element(const struct pg_arg *a, size_t at)
{
    struct pg_arg one = { .kind = a->kind };
    switch (a->kind) {
    case PG_K_I64: one.i = ((const int64_t *)a->v)[at]; break;
    case PG_K_I32: one.i = ((const int32_t *)a->v)[at]; break;
    case PG_K_BOOL: one.i = ((const bool *)a->v)[at]; break;
    case PG_K_TEXT:
    case PG_K_BYTEA: one.s = ((const struct str *)a->v)[at]; break;
    case PG_K_TIME: one.i = ((const struct time_us *)a->v)[at].v; break;
    case PG_K_DECIMAL: one.i = ((const struct decimal *)a->v)[at].micro; break;
    case PG_K_NULL: break;
    }
    return scalar(&one);
}

static bool
has_binary(enum pg_kind kind, enum pg_wire wire)
{
    switch (kind) {
    case PG_K_I64:
    case PG_K_I32: return wire == WIRE_I16 || wire == WIRE_I32 || wire == WIRE_I64;
    case PG_K_BOOL: return wire == WIRE_BOOL;
    case PG_K_TEXT: return wire == WIRE_TEXT || wire == WIRE_JSONB || wire == WIRE_BYTEA;
    case PG_K_TIME: return wire == WIRE_TIME;
    case PG_K_BYTEA: return wire == WIRE_BYTEA || wire == WIRE_TEXT;
    case PG_K_DECIMAL:
    case PG_K_NULL: break;
    }
    return false;
}

static void
put_be(struct buf *out, uint64_t v, size_t bytes)
{
    char text[8];
    assert(bytes <= sizeof text);
    for (size_t i = 0; i < bytes; i++)
        text[i] = (char)(unsigned char)(v >> (8 * (bytes - 1 - i)));
    buf_add(out, text, bytes);
}

static enum err_class
put_integer(struct buf *out, int64_t v, int64_t min, int64_t max, size_t bytes, struct err *e)
{
    if (v < min || v > max)
        return err_set(e, ERR_REJECT, "22003", "%" PRId64 " does not fit %zu bytes", v, bytes);
    put_be(out, (uint64_t)v, bytes);
    return ERR_NONE;
}

static enum err_class
put_binary(struct buf *out, const struct value *v, enum pg_wire wire, struct err *e)
{
    switch (wire) {
    case WIRE_I16: return put_integer(out, v->i, INT16_MIN, INT16_MAX, 2, e);
    case WIRE_I32: return put_integer(out, v->i, INT32_MIN, INT32_MAX, 4, e);
    case WIRE_I64: return put_integer(out, v->i, INT64_MIN, INT64_MAX, 8, e);
    case WIRE_TIME: put_be(out, (uint64_t)v->i - (uint64_t)PG_EPOCH_US, 8); break;
    case WIRE_BOOL: buf_char(out, v->i != 0 ? 1 : 0); break;
    case WIRE_JSONB:
        buf_char(out, 1);
        buf_str_add(out, v->s);
        break;
    case WIRE_TEXT:
    case WIRE_BYTEA: buf_str_add(out, v->s); break;
    case WIRE_PRINTED: assert(wire != WIRE_PRINTED); break; /* has_binary() says so */
    }
    return ERR_NONE;
}

/* The printed form; it lies in `small` or is the text itself. */
static enum err_class
print(const struct value *v, char small[64], struct str *ret, struct err *e)
{
    switch (v->kind) {
    case PG_K_I64:
    case PG_K_I32: snprintf(small, 64, "%" PRId64, v->i); break;
    case PG_K_BOOL: snprintf(small, 64, "%s", v->i != 0 ? "true" : "false"); break;
    case PG_K_TIME: time_format((struct time_us){ v->i }, small); break;
    case PG_K_DECIMAL: decimal_format((struct decimal){ v->i }, small); break;
    case PG_K_TEXT:
        if (v->s.n > 0 && memchr(v->s.p, '\0', v->s.n) != NULL)
            return err_set(e, ERR_REJECT, "22021", "a text holds the character NUL");
        *ret = v->s;
        return ERR_NONE;
    case PG_K_BYTEA:
    case PG_K_NULL:
        return err_set(e, ERR_FATAL, "42804", "bytes are sent to a parameter of another type");
    }
    *ret = str_of(small);
    return ERR_NONE;
}

static void
put_quoted(struct buf *out, struct str s)
{
    buf_char(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"' || s.p[i] == '\\')
            buf_char(out, '\\');
        buf_char(out, s.p[i]);
    }
    buf_char(out, '"');
}

static enum err_class
put_array_binary(struct buf *out, const struct pg_arg *a, const struct pg_type *t, struct err *e)
{
    put_be(out, a->n > 0, 4); /* dimensions */
    put_be(out, 1, 4);        /* there may be nulls */
    put_be(out, t->oid, 4);
    if (a->n == 0)
        return ERR_NONE;
    put_be(out, a->n, 4);
    put_be(out, 1, 4); /* the first index */
    for (size_t i = 0; i < a->n; i++) {
        const struct value v = element(a, i);
        const size_t at = out->n;
        put_be(out, v.null ? UINT32_MAX : 0, 4);
        if (v.null || out->failed)
            continue;
        TRY(put_binary(out, &v, t->wire, e));
        if (out->failed)
            break;
        const uint32_t n = (uint32_t)(out->n - at - 4);
        for (size_t k = 0; k < 4; k++)
            out->p[at + k] = (char)(unsigned char)(n >> (8 * (3 - k)));
    }
    return ERR_NONE;
}

static enum err_class
put_array_printed(struct buf *out, const struct pg_arg *a, struct err *e)
{
    buf_char(out, '{');
    for (size_t i = 0; i < a->n; i++) {
        const struct value v = element(a, i);
        char small[64];
        struct str s;
        if (i > 0)
            buf_char(out, ',');
        if (v.null) {
            buf_str_add(out, STR("NULL"));
            continue;
        }
        TRY(print(&v, small, &s, e));
        put_quoted(out, s);
    }
    buf_char(out, '}');
    return ERR_NONE;
}

static enum err_class
encode_array(const struct pg_arg *a, uint32_t oid, struct buf *out, struct pg_param *ret,
             struct err *e)
{
    const struct pg_type *t = element_type(oid), *wrong = t == NULL ? pg_type_of(oid) : NULL;
    if (wrong != NULL)
        return err_set(e, ERR_FATAL, "42804",
                       "an array is sent to a %s; write the cast in the SQL file", wrong->name);
    ret->binary = t != NULL && has_binary(a->kind, t->wire);
    if (ret->binary)
        return put_array_binary(out, a, t, e);
    TRY(put_array_printed(out, a, e));
    return ERR_NONE;
}

static enum err_class
encode_scalar(const struct pg_arg *a, uint32_t oid, struct buf *out, struct pg_param *ret,
              struct err *e)
{
    const struct value v = scalar(a);
    const struct pg_type *t = pg_type_of(oid);
    char small[64];
    struct str s;

    ret->null = v.null;
    if (v.null)
        return ERR_NONE;
    if (a->kind != PG_K_TEXT && element_type(oid) != NULL)
        return err_set(e, ERR_FATAL, "42804", "a single value is sent to an array parameter");
    ret->binary = t != NULL && has_binary(a->kind, t->wire);
    if (ret->binary)
        return put_binary(out, &v, t->wire, e);
    TRY(print(&v, small, &s, e));
    buf_str_add(out, s);
    return ERR_NONE;
}

enum err_class
pg_encode(const struct pg_arg *a, uint32_t oid, struct buf *out, struct pg_param *ret,
          struct err *e)
{
    assert(a->n <= INT_MAX && (!a->array || a->n == 0 || a->v != NULL));
    *ret = (struct pg_param){ .at = out->n };
    TRY(a->array ? encode_array(a, oid, out, ret, e) : encode_scalar(a, oid, out, ret, e));
    ret->n = out->n - ret->at;
    buf_char(out, '\0'); /* printed forms end with NUL; after binary ones it does no harm */
    return ERR_NONE;
}
