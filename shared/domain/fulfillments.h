/*
 * fulfillments.h: what the fulfilments of one order in Shopify should be: the parcels that left a
 * building.  The decision of topic `fulfillments`.  Key: shop/order id.
 *
 * Strings borrow from the text, arrays live in the arena.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DOMAIN_FULFILLMENTS_H
#define DOMAIN_FULFILLMENTS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/types.h"
#include "domain/each.h"
#include "json/json.h"
#include "json/shape.h"

#define FULFILLMENTS_TOPIC "fulfillments"
#define FULFILLMENTS_TYPE "millrace.fulfillments.v1"

struct parcel_line { struct line_id line; int64_t quantity; };
struct parcel {
    struct str parcel; /* "source/event id" */
    struct str facility;
    struct str carrier, tracking_number, tracking_url; /* p NULL: none */
    struct time_us shipped_at;
    struct jarray lines; /* struct parcel_line */
};
struct fulfillments {
    struct str shop;
    struct order_id order;
    int64_t version;
    struct jarray parcels; /* struct parcel */
};

/* Closed: an unknown key, a missing one or a wrong type is REJECT with its path. */
MUST_CHECK enum err_class fulfillments_decode(struct str text, struct arena *mem,
                                              struct fulfillments *ret, struct err *e);
/* Appends canonical JSON. */
void fulfillments_emit(struct buf *ret, const struct fulfillments *f);
/* One parcel by itself, as the writer keeps it. */
MUST_CHECK enum err_class parcel_decode(const struct json_value *v, struct arena *mem,
                                        struct parcel *ret, struct err *e);
void parcel_emit(struct buf *ret, const struct parcel *p);

#endif
