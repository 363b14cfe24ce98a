/*
 * shopify_write.h: what was sent to Shopify and what came back: the report of topic
 * `shopify-writes`, one per row or parcel.  Key: that of the record which asked for it.
 *
 * Strings borrow.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DOMAIN_SHOPIFY_WRITE_H
#define DOMAIN_SHOPIFY_WRITE_H

#include "base/buf.h"
#include "base/types.h"

#define SHOPIFY_WRITE_TOPIC "shopify-writes"
#define SHOPIFY_WRITE_TYPE "millrace.shopify-write.v1"

/* Of effect "stock" the row and its quantities, of effect "fulfillment" the parcel. */
struct shopify_write {
    struct str shop, cause;
    struct str effect;  /* "stock" or "fulfillment" */
    struct str outcome; /* done, stale, refused, observed, .. */
    struct str message, request_key;               /* p NULL: none */
    struct inventory_item_id inventory_item;       /* 0: none */
    struct location_id location;                   /* 0: none */
    int64_t quantity, change_from;
    struct order_id order;                         /* 0: none */
    struct str parcel;                             /* p NULL: none */
    struct fulfillment_id fulfillment;             /* 0: none */
    struct time_us at;
};

/* Appends canonical JSON. */
void shopify_write_emit(struct buf *ret, const struct shopify_write *w);

#endif
