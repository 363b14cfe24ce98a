/*
 * shipment.h: a parcel that left a building, as it travels on topic `shipments`.
 * Key: shop/order id.
 *
 * Strings borrow from the text, lines live in the arena.  (source, event_id) names the parcel.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DOMAIN_SHIPMENT_H
#define DOMAIN_SHIPMENT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/types.h"
#include "json/json.h"
#include "json/shape.h"

#define SHIPMENT_TOPIC "shipments"
#define SHIPMENT_TYPE "millrace.shipment.v1"
enum { SHIPMENT_LINES_MAX = 500, SHIPMENT_TEXT_MAX = 255, SHIPMENT_URL_MAX = 2000 };
#define SHIPMENT_QUANTITY_MAX INT64_C(1000000000)

struct shipment_line {
    struct line_id id; /* 0: the line is named by its sku */
    struct str sku;    /* p NULL: not given */
    int64_t quantity;  /* at least 1 */
};
struct shipment {
    struct str source, event_id;
    struct str shop;
    struct order_id order;
    struct str facility;
    struct time_us shipped_at;
    struct str carrier, tracking_number, tracking_url; /* p NULL: none */
    struct jarray lines;                               /* of struct shipment_line, at least one */
};

/* Decodes the value of a record and checks it. REJECT with the field. */
MUST_CHECK enum err_class shipment_decode(struct str text, struct arena *mem, struct shipment *ret,
                                          struct err *e);
/* What every accepted parcel holds, wherever it came from. */
MUST_CHECK enum err_class shipment_check(const struct shipment *s, struct err *e);
/* Canonical JSON of schemas/events/shipments.json. */
void shipment_emit(struct buf *ret, const struct shipment *s);
/* Kafka key: shop/order id. */
void shipment_key(struct buf *ret, const struct shipment *s);
/* "source/event id", parts encoded: names the parcel, and makes the event's id unique. */
void shipment_parcel(struct buf *ret, const struct shipment *s);

static inline const struct shipment_line *
shipment_lines(const struct shipment *s)
{
    return s->lines.v;
}

#endif
