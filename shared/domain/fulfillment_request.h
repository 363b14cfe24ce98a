/*
 * fulfillment_request.h: work for a facility: what to pick and where to send it, or what to leave.
 * The decision of topic `fulfillment-requests`.  Key: shop/order id.
 *
 * Strings borrow from the text, arrays live in the arena.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DOMAIN_FULFILLMENT_REQUEST_H
#define DOMAIN_FULFILLMENT_REQUEST_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/types.h"
#include "domain/each.h"
#include "json/json.h"
#include "json/shape.h"

#define FULFILLMENT_REQUEST_TOPIC "fulfillment-requests"
#define FULFILLMENT_REQUEST_TYPE "millrace.fulfillment-request.v1"

struct request_line {
    struct line_id line;
    struct str item, sku, title; /* sku.p NULL: none */
    int64_t quantity;
};
struct request_address {
    bool present;
    struct str address1, address2, city, company, country, country_code, first_name,
        last_name, name, phone, province, province_code, zip;
};
struct fulfillment_request {
    struct str shop;
    struct order_id order;
    int64_t request; /* 1, 2, .. within the order */
    struct str order_name, shipping_method;
    struct str facility;
    struct str kind; /* create, change, cancel */
    struct request_address address;
    struct jarray lines; /* struct request_line */
    struct time_us decided_at;
    int64_t version;
};

/* Closed: an unknown key, a missing one or a wrong type is REJECT with its path. */
MUST_CHECK enum err_class fulfillment_request_decode(struct str text, struct arena *mem,
                                                     struct fulfillment_request *ret,
                                                     struct err *e);
/* Appends canonical JSON. */
void fulfillment_request_emit(struct buf *ret, const struct fulfillment_request *r);

#endif
