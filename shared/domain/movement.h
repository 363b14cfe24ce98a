/*
 * movement.h: one entry of the stock ledger as it travels on topic `inventory`: a movement (delta)
 * or a count (absolute, as of a time) of one item at one facility.  Key: the item.
 *
 * Strings borrow from the text.  (source, event_id) makes it count once, whoever repeats it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DOMAIN_MOVEMENT_H
#define DOMAIN_MOVEMENT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/types.h"
#include "json/json.h"

#define MOVEMENT_TOPIC "inventory"
#define MOVEMENT_TYPE "millrace.inventory.v1"
enum { MOVEMENT_REASON_MAX = 500 };
#define MOVEMENT_QUANTITY_MAX INT64_C(1000000000)

struct movement {
    struct str source;   /* who says so: "wms-1" */
    struct str event_id; /* unique within the source */
    bool count;          /* absolute; else a delta */
    struct str item;     /* "sku:ABC-1" */
    struct str facility;
    int64_t quantity;
    struct time_us as_of;
    struct str reason; /* p NULL: none */
};

/* Decodes the value of a record and checks it. REJECT with the field. */
MUST_CHECK enum err_class movement_decode(struct str text, struct arena *mem, struct movement *ret,
                                          struct err *e);
/* What every accepted movement holds, wherever it came from. */
MUST_CHECK enum err_class movement_check(const struct movement *m, struct err *e);
/* Canonical JSON of schemas/events/inventory.json. */
void movement_emit(struct buf *ret, const struct movement *m);
/* Kafka key: the item. */
void movement_key(struct buf *ret, const struct movement *m);
/* What makes the event id unique: "source/event id". */
void movement_version(struct buf *ret, const struct movement *m);

#endif
