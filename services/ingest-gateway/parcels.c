/*
 * parcels.c: a parcel from JSON, completed, checked, made a message; see parcels.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "parcels.h"

#include "base/clock.h"
#include "domain/name.h"
#include "domain/shipment.h"
#include "json/shape.h"
#include "rows.h"

enum { VALUE_MAX = 1 << 20 };
#define FUTURE_MAX_US (24 * 3600 * US_PER_S)

static const struct jfield line_fields[] = {
    JSON_ID(struct shipment_line, id.v, "line_id", J_ANY),
    JSON_I64(struct shipment_line, quantity, "quantity", 0),
    JSON_STR(struct shipment_line, sku, "sku", J_ANY),
};
static const struct shape line_shape = SHAPE(struct shipment_line, SHAPE_CLOSED, line_fields);

static const struct jfield row_fields[] = {
    JSON_STR(struct shipment, carrier, "carrier", J_ANY),
    JSON_STR(struct shipment, event_id, "event_id", J_ANY),
    JSON_STR(struct shipment, facility, "facility", 0),
    JSON_ARR(struct shipment, lines, "lines", 0, &line_shape),
    JSON_ID(struct shipment, order.v, "order_id", 0),
    JSON_TIME(struct shipment, shipped_at, "shipped_at", J_ANY),
    JSON_STR(struct shipment, shop, "shop", 0),
    JSON_STR(struct shipment, source, "source", J_ANY),
    JSON_STR(struct shipment, tracking_number, "tracking_number", J_ANY),
    JSON_STR(struct shipment, tracking_url, "tracking_url", J_ANY),
};
static const struct shape row_shape = { "record", sizeof(struct shipment), SHAPE_CLOSED,
                                        sizeof(row_fields) / sizeof(row_fields[0]), row_fields };

/* Empty text means absent: many exports write "" where they know nothing. */
static struct str
or_null(struct str s)
{
    return s.n > 0 ? s : (struct str){ 0 };
}

static void
trim_lines(struct shipment *s)
{
    struct shipment_line *lines = s->lines.v;

    for (size_t i = 0; i < s->lines.n; i++)
        lines[i].sku = or_null(name_trim(lines[i].sku));
}

static enum err_class
complete(struct shipment *s, size_t index, const struct defaults *d, struct arena *mem,
         struct err *e)
{
    s->source = s->source.n > 0 ? s->source : d->source;
    s->shipped_at = s->shipped_at.v != 0 ? s->shipped_at : d->now;
    s->carrier = or_null(s->carrier);
    s->tracking_number = or_null(s->tracking_number);
    s->tracking_url = or_null(s->tracking_url);
    trim_lines(s);
    if (s->source.n == 0)
        return err_set(e, ERR_REJECT, "", "source: missing; say it in the row or in X-Source");
    if (s->shipped_at.v > d->now.v + FUTURE_MAX_US)
        return err_set(e, ERR_REJECT, "", "shipped_at: more than a day in the future");
    if (s->event_id.n == 0)
        TRY(intake_event_id(d, index, mem, &s->event_id, e));
    return shipment_check(s, e);
}

static enum err_class
message_of(const struct shipment *s, struct arena *mem, struct message *ret, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf text = { 0 };
    struct message out = { .source = arena_str(mem, s->source), .time = s->shipped_at };

    buf_init(&text, VALUE_MAX);
    shipment_key(&text, s);
    out.key = arena_str(mem, buf_str(&text));
    buf_clear(&text);
    shipment_parcel(&text, s);
    out.version = arena_str(mem, buf_str(&text));
    buf_clear(&text);
    shipment_emit(&text, s);
    TRY(buf_check(&text, "parcel", e));
    out.value = arena_str(mem, buf_str(&text));
    *ret = out;
    return ERR_NONE;
}

static enum err_class
take(struct intake *in, const struct json_value *v, size_t index, const struct defaults *d,
     struct err *e)
{
    struct shipment s = { 0 };
    struct message out = { 0 };

    TRY(shape_decode(&row_shape, v, in->mem, &s, e));
    TRY(complete(&s, index, d, in->mem, e));
    TRY(message_of(&s, in->mem, &out, e));
    intake_accept(in, &out);
    return ERR_NONE;
}

enum err_class
parcels_from_json(struct str body, size_t max, const struct defaults *d, struct arena *mem,
                  struct intake *ret, struct err *e)
{
    CLEANUP(json_free) struct json_doc *doc = NULL;
    struct rows rows;

    TRY(json_parse(&doc, body, e));
    TRY(rows_of(json_root(doc), max, &rows, e));
    *ret = intake_new(mem, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        struct err why = { 0 };
        if (take(ret, rows_at(&rows, i), i, d, &why) != ERR_NONE)
            intake_refuse(ret, i, &why);
    }
    return ERR_NONE;
}
