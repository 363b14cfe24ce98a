/*
 * encode.h: one argument as the bytes that Postgres expects for the parameter's type.
 *
 * Binary wherever the pair of argument and type has a binary form; the rest goes as text and
 * Postgres reads it (numeric, uuid, date).  Arrays are encoded whole, either way.
 *
 * Errors   REJECT a value does not fit the type; FATAL the argument is of the wrong kind.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PG_ENCODE_H
#define PG_ENCODE_H

#include "base/buf.h"
#include "pg/pg.h"

enum pg_wire {
    WIRE_PRINTED, /* no binary form here */
    WIRE_I16, WIRE_I32, WIRE_I64, WIRE_BOOL, WIRE_TEXT, WIRE_JSONB, WIRE_TIME, WIRE_BYTEA
};

struct pg_type {
    uint32_t oid, array_oid;
    enum pg_wire wire;
    const char *name;
};
/* NULL for a type that is not in the table, which is then exchanged in its printed form. */
const struct pg_type *pg_type_of(uint32_t oid);

/* Where the bytes lie in the buffer: offsets, because the buffer moves while it grows. */
struct pg_param {
    bool null, binary;
    size_t at, n;
};
MUST_CHECK enum err_class pg_encode(const struct pg_arg *a, uint32_t oid, struct buf *out,
                                    struct pg_param *ret, struct err *e);

#define PG_EPOCH_US INT64_C(946684800000000) /* 2000-01-01, where Postgres' clock begins */

#endif
