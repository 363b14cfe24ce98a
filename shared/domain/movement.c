/*
 * movement.c: shape, checks and canonical form; see movement.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "domain/movement.h"

#include "domain/key.h"
#include "domain/name.h"
#include "json/emit.h"
#include "json/shape.h"

struct movement_wire {
    struct movement m;
    struct str kind;
};

static const struct jfield movement_fields[] = {
    JSON_TIME(struct movement_wire, m.as_of, "as_of", 0),
    JSON_STR(struct movement_wire, m.event_id, "event_id", 0),
    JSON_STR(struct movement_wire, m.facility, "facility", 0),
    JSON_STR(struct movement_wire, m.item, "item", 0),
    JSON_STR(struct movement_wire, kind, "kind", 0),
    JSON_I64(struct movement_wire, m.quantity, "quantity", 0),
    JSON_STR(struct movement_wire, m.reason, "reason", J_NULL_OK),
    JSON_STR(struct movement_wire, m.source, "source", 0),
};
static const struct shape movement_shape =
    SHAPE_NAMED("movement", struct movement_wire, SHAPE_CLOSED, movement_fields);

enum err_class
movement_decode(struct str text, struct arena *mem, struct movement *ret, struct err *e)
{
    struct movement_wire w = { 0 };

    TRY(shape_scan(&movement_shape, text, mem, &w, e));
    if (!str_is(w.kind, "movement") && !str_is(w.kind, "count"))
        return err_set(e, ERR_REJECT, NULL, "kind: must be \"movement\" or \"count\"");
    w.m.count = str_is(w.kind, "count");
    TRY(movement_check(&w.m, e));
    *ret = w.m;
    return ERR_NONE;
}

enum err_class
movement_check(const struct movement *m, struct err *e)
{
    const int64_t max = MOVEMENT_QUANTITY_MAX;

    TRY(name_check("source", m->source, SOURCE_MAX_BYTES, e));
    TRY(name_check("event_id", m->event_id, NAME_MAX_BYTES, e));
    TRY(name_check_item("item", m->item, e));
    TRY(name_check("facility", m->facility, FACILITY_MAX_BYTES, e));
    if (m->quantity < -max || m->quantity > max)
        return err_set(e, ERR_REJECT, NULL, "quantity: beyond %lld units", (long long)max);
    if (m->as_of.v <= 0)
        return err_set(e, ERR_REJECT, NULL, "as_of: must be after 1970-01-01");
    if (m->reason.p != NULL)
        TRY(name_check("reason", m->reason, MOVEMENT_REASON_MAX, e));
    return ERR_NONE;
}

void
movement_emit(struct buf *ret, const struct movement *m)
{
    struct emit j;

    emit_init(&j, ret);
    emit_object(&j, NULL);
    emit_time(&j, "as_of", m->as_of);
    emit_str(&j, "event_id", m->event_id);
    emit_str(&j, "facility", m->facility);
    emit_str(&j, "item", m->item);
    emit_cstr(&j, "kind", m->count ? "count" : "movement");
    emit_i64(&j, "quantity", m->quantity);
    emit_str(&j, "reason", m->reason);
    emit_str(&j, "source", m->source);
    emit_object_end(&j);
}

void
movement_key(struct buf *ret, const struct movement *m)
{
    key_part_add(ret, m->item);
}

void
movement_version(struct buf *ret, const struct movement *m)
{
    key_part_add(ret, m->source);
    buf_char(ret, '/');
    key_part_add(ret, m->event_id);
}
