/*
 * returns.h: the fact of the topic `returns`: every return of one order, as one snapshot.
 *
 * A return is what was agreed with the buyer; a reverse fulfilment order is what came back and what
 * became of it; a refund is money.  The three meet here by their ids and are never mixed up: stock
 * comes back by a disposition, not by a refund.
 *
 * Strings and arrays of a decoded fact borrow from the text and from the arena.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DOMAIN_RETURNS_H
#define DOMAIN_RETURNS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/types.h"
#include "domain/each.h"
#include "domain/version.h"
#include "json/json.h"
#include "json/shape.h"

/* What had been sent, and of which line of the order; both 0: it names nothing that was sent. */
struct sent_line { int64_t fulfillment_line_id; struct line_id line_id; };

struct return_reason { struct str handle, name; }; /* "size-too-small"; as people read it */
struct return_line {
    int64_t id;
    struct sent_line sent;          /* none: unverified */
    int64_t quantity, processed_quantity, refunded_quantity;
    struct return_reason reason;    /* null: none given */
    struct str reason_note, customer_note;
};

/* What the buyer gets instead; once processed it is a line of the order. */
struct exchange_line {
    int64_t id;
    struct product_id product_id;   /* 0: none, or deleted */
    struct variant_id variant_id;   /* 0: likewise */
    struct str sku, title, variant_title;
    int64_t quantity, processed_quantity;
    struct jarray lines;            /* struct line_ref, by line_id: lines of the order made of it */
};
struct line_ref { struct line_id line_id; };

struct disposition {
    int64_t id;
    struct str type;                /* restocked, not_restocked, missing, processing_required */
    int64_t quantity;
    struct location_id location_id; /* 0: nowhere */
    struct time_us created_at;
};
struct reverse_line {
    int64_t id;
    struct sent_line sent;          /* none: what came back was never sent */
    int64_t total_quantity;
    struct jarray dispositions;     /* struct disposition, by id */
};
struct reverse_fulfillment_order {
    int64_t id;
    struct str status;              /* open, closed, canceled */
    struct jarray lines;            /* struct reverse_line, by id */
};

struct return_decline { struct str reason, note; };
struct refund_ref { int64_t refund_id; };
struct order_return {
    int64_t id;
    struct str name;                /* "#1001-R1" */
    struct str status;              /* requested, open, closed, canceled, declined */
    struct time_us created_at;      /* requested by the buyer, or opened by staff */
    struct time_us approved_at;     /* of a request; 0: none, or not yet */
    struct time_us closed_at;
    struct return_decline decline;  /* null: not declined */
    int64_t total_quantity;
    struct jarray lines;            /* struct return_line, by id */
    struct jarray exchange_lines;   /* struct exchange_line, by id */
    struct jarray reverse_fulfillment_orders; /* struct reverse_fulfillment_order, by id */
    struct jarray refunds;          /* struct refund_ref, by id; the refunds stand in the order */
};

struct returns {
    struct str shop;
    struct order_id order_id;
    struct version version;         /* the order's updated_at at the read; when the read began */
    struct jarray returns;          /* struct order_return, by id */
};

enum { RETURNS_TEXT_MAX = 4 << 20 };

/* Closed: an unknown key, a missing one or a wrong type is REJECT with its path. */
MUST_CHECK enum err_class returns_decode(struct str text, struct arena *mem, struct returns *ret,
                                         struct err *e);
/* Appends canonical JSON. */
void returns_emit(struct buf *ret, const struct returns *r);
/* Hash of the canonical body: decides between equal versions. */
void returns_hash(const struct returns *r, char ret[SHA256_HEX_SIZE]);

#endif
