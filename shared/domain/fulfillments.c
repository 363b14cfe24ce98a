/*
 * fulfillments.c: shapes, checks and canonical form; see fulfillments.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "domain/fulfillments.h"

#include "json/emit.h"

static const struct jfield line_fields[] = {
    JSON_ID(struct parcel_line, line.v, "line_id", 0),
    JSON_I64(struct parcel_line, quantity, "quantity", 0),
};
static const struct shape line_shape = SHAPE(struct parcel_line, SHAPE_CLOSED, line_fields);

static const struct jfield parcel_fields[] = {
    JSON_STR(struct parcel, carrier, "carrier", J_NULL_OK),
    JSON_STR(struct parcel, facility, "facility", 0),
    JSON_ARR(struct parcel, lines, "lines", 0, &line_shape),
    JSON_STR(struct parcel, parcel, "parcel", 0),
    JSON_TIME(struct parcel, shipped_at, "shipped_at", 0),
    JSON_STR(struct parcel, tracking_number, "tracking_number", J_NULL_OK),
    JSON_STR(struct parcel, tracking_url, "tracking_url", J_NULL_OK),
};
static const struct shape parcel_shape = SHAPE(struct parcel, SHAPE_CLOSED, parcel_fields);

static const struct jfield all_fields[] = {
    JSON_ID(struct fulfillments, order.v, "order_id", 0),
    JSON_ARR(struct fulfillments, parcels, "parcels", 0, &parcel_shape),
    JSON_STR(struct fulfillments, shop, "shop", 0),
    JSON_I64(struct fulfillments, version, "version", 0),
};
static const struct shape all_shape = SHAPE(struct fulfillments, SHAPE_CLOSED, all_fields);

static enum err_class
parcel_check(const struct parcel *p, struct err *e)
{
    if (p->lines.n == 0)
        return err_set(e, ERR_REJECT, NULL, "parcel %.*s: has no lines", (int)p->parcel.n,
                       p->parcel.p);
    EACH(struct parcel_line, l, &p->lines)
        if (l->quantity < 1)
            return err_set(e, ERR_REJECT, NULL, "parcel %.*s: quantity must be 1 or more",
                           (int)p->parcel.n, p->parcel.p);
    return ERR_NONE;
}

enum err_class
parcel_decode(const struct json_value *v, struct arena *mem, struct parcel *ret, struct err *e)
{
    struct parcel p = { 0 };

    TRY(shape_decode(&parcel_shape, v, mem, &p, e));
    TRY(parcel_check(&p, e));
    *ret = p;
    return ERR_NONE;
}

enum err_class
fulfillments_decode(struct str text, struct arena *mem, struct fulfillments *ret, struct err *e)
{
    struct fulfillments f = { 0 };

    TRY(shape_scan(&all_shape, text, mem, &f, e));
    if (f.version < 1)
        return err_set(e, ERR_REJECT, NULL, "version: must be 1 or more");
    EACH(struct parcel, p, &f.parcels)
        TRY(parcel_check(p, e));
    *ret = f;
    return ERR_NONE;
}

static void
emit_one(struct emit *j, const struct parcel *p)
{
    emit_object(j, NULL);
    emit_str(j, "carrier", p->carrier);
    emit_str(j, "facility", p->facility);
    emit_array(j, "lines");
    EACH(struct parcel_line, l, &p->lines) {
        emit_object(j, NULL);
        emit_i64(j, "line_id", l->line.v);
        emit_i64(j, "quantity", l->quantity);
        emit_object_end(j);
    }
    emit_array_end(j);
    emit_str(j, "parcel", p->parcel);
    emit_time(j, "shipped_at", p->shipped_at);
    emit_str(j, "tracking_number", p->tracking_number);
    emit_str(j, "tracking_url", p->tracking_url);
    emit_object_end(j);
}

void
parcel_emit(struct buf *ret, const struct parcel *p)
{
    struct emit j;

    emit_init(&j, ret);
    emit_one(&j, p);
}

void
fulfillments_emit(struct buf *ret, const struct fulfillments *f)
{
    struct emit j;

    emit_init(&j, ret);
    emit_object(&j, NULL);
    emit_i64(&j, "order_id", f->order.v);
    emit_array(&j, "parcels");
    EACH(struct parcel, p, &f->parcels)
        emit_one(&j, p);
    emit_array_end(&j);
    emit_str(&j, "shop", f->shop);
    emit_i64(&j, "version", f->version);
    emit_object_end(&j);
}
