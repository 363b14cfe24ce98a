/*
 * shipment.c: shape, checks and canonical form; see shipment.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "domain/shipment.h"

#include "domain/key.h"
#include "domain/name.h"
#include "json/emit.h"

static const struct jfield line_fields[] = {
    JSON_I64(struct shipment_line, id.v, "line_id", J_OPTIONAL),
    JSON_I64(struct shipment_line, quantity, "quantity", 0),
    JSON_STR(struct shipment_line, sku, "sku", J_OPTIONAL),
};
static const struct shape line_shape = SHAPE(struct shipment_line, SHAPE_CLOSED, line_fields);

static const struct jfield shipment_fields[] = {
    JSON_STR(struct shipment, carrier, "carrier", J_NULL_OK),
    JSON_STR(struct shipment, event_id, "event_id", 0),
    JSON_STR(struct shipment, facility, "facility", 0),
    JSON_ARR(struct shipment, lines, "lines", 0, &line_shape),
    JSON_I64(struct shipment, order.v, "order_id", 0),
    JSON_TIME(struct shipment, shipped_at, "shipped_at", 0),
    JSON_STR(struct shipment, shop, "shop", 0),
    JSON_STR(struct shipment, source, "source", 0),
    JSON_STR(struct shipment, tracking_number, "tracking_number", J_NULL_OK),
    JSON_STR(struct shipment, tracking_url, "tracking_url", J_NULL_OK),
};
static const struct shape shipment_shape = SHAPE(struct shipment, SHAPE_CLOSED, shipment_fields);

enum err_class
shipment_decode(struct str text, struct arena *mem, struct shipment *ret, struct err *e)
{
    struct shipment s = { 0 };

    TRY(shape_scan(&shipment_shape, text, mem, &s, e));
    TRY(shipment_check(&s, e));
    *ret = s;
    return ERR_NONE;
}

static enum err_class
check_optional(const char *field, struct str s, size_t max, struct err *e)
{
    return s.p == NULL ? ERR_NONE : name_check(field, s, max, e);
}

/* A link that people will click: nothing but the web. */
static enum err_class
check_url(struct str s, struct err *e)
{
    const struct str https = STR("https://");
    const struct str http = STR("http://");

    TRY(check_optional("tracking_url", s, SHIPMENT_URL_MAX, e));
    if (s.p == NULL || (s.n > https.n && memcmp(s.p, https.p, https.n) == 0) ||
        (s.n > http.n && memcmp(s.p, http.p, http.n) == 0))
        return ERR_NONE;
    return err_set(e, ERR_REJECT, NULL, "tracking_url: must begin with https:// or http://");
}

static enum err_class
check_line(const struct shipment_line *l, size_t i, struct err *e)
{
    const int64_t max = SHIPMENT_QUANTITY_MAX;

    if (l->id.v < 0 || (l->id.v == 0 && l->sku.p == NULL))
        return err_set(e, ERR_REJECT, NULL,
                       "lines[%zu]: name the line by line_id (1 or more) or by sku", i);
    if (l->sku.p != NULL && name_check("sku", l->sku, NAME_MAX_BYTES, e) != ERR_NONE)
        return err_wrap(e, "lines[%zu].", i);
    if (l->quantity < 1 || l->quantity > max)
        return err_set(e, ERR_REJECT, NULL, "lines[%zu].quantity: must be 1 to %lld", i,
                       (long long)max);
    return ERR_NONE;
}

enum err_class
shipment_check(const struct shipment *s, struct err *e)
{
    TRY(name_check("source", s->source, SOURCE_MAX_BYTES, e));
    TRY(name_check("event_id", s->event_id, NAME_MAX_BYTES, e));
    TRY(name_check_shop("shop", s->shop, e));
    if (s->order.v < 1)
        return err_set(e, ERR_REJECT, NULL, "order_id: must be Shopify's order id (1 or more)");
    TRY(name_check("facility", s->facility, FACILITY_MAX_BYTES, e));
    if (s->shipped_at.v <= 0)
        return err_set(e, ERR_REJECT, NULL, "shipped_at: must be after 1970-01-01");
    TRY(check_optional("carrier", s->carrier, SHIPMENT_TEXT_MAX, e));
    TRY(check_optional("tracking_number", s->tracking_number, SHIPMENT_TEXT_MAX, e));
    TRY(check_url(s->tracking_url, e));
    if (s->lines.n < 1 || s->lines.n > SHIPMENT_LINES_MAX)
        return err_set(e, ERR_REJECT, NULL, "lines: must hold 1 to %d lines", SHIPMENT_LINES_MAX);
    for (size_t i = 0; i < s->lines.n; i++)
        TRY(check_line(&shipment_lines(s)[i], i, e));
    return ERR_NONE;
}

static void
emit_line(struct emit *j, const struct shipment_line *l)
{
    emit_object(j, NULL);
    if (l->id.v != 0)
        emit_i64(j, "line_id", l->id.v);
    emit_i64(j, "quantity", l->quantity);
    if (l->sku.p != NULL)
        emit_str(j, "sku", l->sku);
    emit_object_end(j);
}

void
shipment_emit(struct buf *ret, const struct shipment *s)
{
    struct emit j;

    emit_init(&j, ret);
    emit_object(&j, NULL);
    emit_str(&j, "carrier", s->carrier);
    emit_str(&j, "event_id", s->event_id);
    emit_str(&j, "facility", s->facility);
    emit_array(&j, "lines");
    for (size_t i = 0; i < s->lines.n; i++)
        emit_line(&j, &shipment_lines(s)[i]);
    emit_array_end(&j);
    emit_i64(&j, "order_id", s->order.v);
    emit_time(&j, "shipped_at", s->shipped_at);
    emit_str(&j, "shop", s->shop);
    emit_str(&j, "source", s->source);
    emit_str(&j, "tracking_number", s->tracking_number);
    emit_str(&j, "tracking_url", s->tracking_url);
    emit_object_end(&j);
}

void
shipment_key(struct buf *ret, const struct shipment *s)
{
    key_part_add(ret, s->shop);
    buf_char(ret, '/');
    buf_i64(ret, s->order.v);
}

void
shipment_parcel(struct buf *ret, const struct shipment *s)
{
    key_part_add(ret, s->source);
    buf_char(ret, '/');
    key_part_add(ret, s->event_id);
}
