/*
 * fulfillment_orders.h: the fact of the topic `fulfillment-orders`: every fulfilment order of one
 * order, as one snapshot, because splits and moves replace several of them at once and their ids
 * are not stable.
 *
 * Strings and arrays of a decoded fact borrow from the text and from the arena.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DOMAIN_FULFILLMENT_ORDERS_H
#define DOMAIN_FULFILLMENT_ORDERS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/types.h"
#include "domain/each.h"
#include "domain/version.h"
#include "json/json.h"
#include "json/shape.h"

struct fulfillment_order_line {
    int64_t id;
    struct line_id line_id;
    struct inventory_item_id inventory_item_id; /* 0: none (custom line) */
    int64_t total_quantity, remaining_quantity;
};
struct fulfillment_order {
    struct fulfillment_order_id id;
    struct location_id location_id;  /* 0: assigned to none of ours (deleted, or a service) */
    struct str location_name;
    struct str status; /* open, in_progress, scheduled, on_hold, closed, cancelled, incomplete */
    struct str request_status;       /* unsubmitted, submitted, accepted, ... */
    struct str delivery_method;      /* shipping, pick_up, local, ...; null if unknown */
    struct jarray supported_actions; /* struct str, lower case, sorted: what may be done */
    struct time_us updated_at;
    struct jarray lines;             /* struct fulfillment_order_line, by id */
};
struct fulfillment_orders {
    struct str shop;
    struct order_id order_id;
    struct version version;          /* the order's updated_at at the read; when the read began */
    struct jarray fulfillment_orders; /* struct fulfillment_order, by id */
};

enum { FULFILLMENT_ORDERS_TEXT_MAX = 4 << 20 };

/* Closed: an unknown key, a missing one or a wrong type is REJECT with its path. */
MUST_CHECK enum err_class fulfillment_orders_decode(struct str text, struct arena *mem,
                                                    struct fulfillment_orders *ret, struct err *e);
/* Appends canonical JSON. */
void fulfillment_orders_emit(struct buf *ret, const struct fulfillment_orders *f);

#endif
