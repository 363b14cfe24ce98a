/*
 * stock.c: shape and canonical form; see stock.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "domain/stock.h"

#include "json/emit.h"
#include "json/shape.h"

static const struct jfield fields[] = {
    JSON_TIME(struct stock, as_of, "as_of", 0),
    JSON_STR(struct stock, facility, "facility", 0),
    JSON_STR(struct stock, item, "item", 0),
    JSON_I64(struct stock, on_hand, "on_hand", 0),
    JSON_I64(struct stock, reserved, "reserved", 0),
    JSON_I64(struct stock, version, "version", 0),
};
static const struct shape shape = SHAPE(struct stock, SHAPE_CLOSED, fields);

enum err_class
stock_decode(struct str text, struct arena *mem, struct stock *ret, struct err *e)
{
    struct stock s = { 0 };

    TRY(shape_scan(&shape, text, mem, &s, e));
    *ret = s;
    return ERR_NONE;
}

void
stock_emit(struct buf *ret, const struct stock *s)
{
    struct emit j;

    emit_init(&j, ret);
    emit_object(&j, NULL);
    emit_time(&j, "as_of", s->as_of);
    emit_str(&j, "facility", s->facility);
    emit_str(&j, "item", s->item);
    emit_i64(&j, "on_hand", s->on_hand);
    emit_i64(&j, "reserved", s->reserved);
    emit_i64(&j, "version", s->version);
    emit_object_end(&j);
}
