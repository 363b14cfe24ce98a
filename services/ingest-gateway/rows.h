/*
 * rows.h: the rows of a JSON body: one object, an array of objects, or {"records": [..]}.  Pure.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef INGEST_GATEWAY_ROWS_H
#define INGEST_GATEWAY_ROWS_H

#include "base/err.h"
#include "json/json.h"

struct rows {
    const struct json_value *array; /* NULL: a single row */
    const struct json_value *single;
    size_t n;
};

/* REJECT when the body is none of the three, has no row, or more than max. */
MUST_CHECK enum err_class rows_of(const struct json_value *body, size_t max, struct rows *ret,
                                  struct err *e);
const struct json_value *rows_at(const struct rows *r, size_t i);

#endif
