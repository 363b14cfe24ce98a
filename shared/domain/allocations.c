/*
 * allocations.c: shapes and canonical form; see allocations.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "domain/allocations.h"

#include "json/emit.h"

static const struct jfield one_fields[] = {
    JSON_STR(struct allocation, facility, "facility", 0),
    JSON_STR(struct allocation, item, "item", 0),
    JSON_ID(struct allocation, line.v, "line_id", 0),
    JSON_I64(struct allocation, quantity, "quantity", 0),
    JSON_STR(struct allocation, state, "state", 0),
};
static const struct shape one_shape = SHAPE(struct allocation, SHAPE_CLOSED, one_fields);

static const struct jfield all_fields[] = {
    JSON_ARR(struct allocations, allocations, "allocations", 0, &one_shape),
    JSON_ID(struct allocations, order.v, "order_id", 0),
    JSON_STR(struct allocations, shop, "shop", 0),
    JSON_I64(struct allocations, version, "version", 0),
};
static const struct shape all_shape = SHAPE(struct allocations, SHAPE_CLOSED, all_fields);

enum err_class
allocations_decode(struct str text, struct arena *mem, struct allocations *ret, struct err *e)
{
    struct allocations a = { 0 };

    TRY(shape_scan(&all_shape, text, mem, &a, e));
    *ret = a;
    return ERR_NONE;
}

void
allocations_emit(struct buf *ret, const struct allocations *a)
{
    struct emit j;

    emit_init(&j, ret);
    emit_object(&j, NULL);
    emit_array(&j, "allocations");
    EACH(struct allocation, l, &a->allocations) {
        emit_object(&j, NULL);
        emit_str(&j, "facility", l->facility);
        emit_str(&j, "item", l->item);
        emit_i64(&j, "line_id", l->line.v);
        emit_i64(&j, "quantity", l->quantity);
        emit_str(&j, "state", l->state);
        emit_object_end(&j);
    }
    emit_array_end(&j);
    emit_i64(&j, "order_id", a->order.v);
    emit_str(&j, "shop", a->shop);
    emit_i64(&j, "version", a->version);
    emit_object_end(&j);
}
