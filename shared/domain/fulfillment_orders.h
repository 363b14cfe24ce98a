/*
 * fulfillment_orders.h: the fact of the topic `fulfillment-orders`: what only a read shows of an
 * order.
 *
 * Every fulfilment order, as one snapshot, because splits and moves replace several of them at once
 * and their ids are not stable; and what is told of the order beside its body: risk, payments in
 * both currencies, what was agreed by each edit and refund, duties, metafields, bundles, channel.
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
#include "base/hash.h"
#include "base/types.h"
#include "domain/each.h"
#include "domain/metafield.h"
#include "domain/order.h"
#include "domain/version.h"
#include "json/json.h"
#include "json/shape.h"

struct fulfillment_order_line {
    int64_t id;
    struct line_id line_id;
    struct inventory_item_id inventory_item_id; /* 0: none (custom line) */
    int64_t total_quantity, remaining_quantity;
};
/* How it reaches the buyer; what the checkout promised him. */
struct delivery {
    struct str method; /* shipping, pick_up, local, retail, pickup_point, none; null if unknown */
    struct str name, service_code; /* as presented; of the carrier */
    struct time_us earliest_at, latest_at;
    struct str instructions, phone;
};
/* All null: nobody is sent anything. */
struct destination {
    struct str first_name, last_name, company, address1, address2, city, province, zip,
        country_code, email, phone;
    struct location_id location_id; /* where it is picked up; 0: it is not */
};
struct fulfillment_hold {
    int64_t id;
    struct str reason;               /* awaiting_payment, high_risk_of_fraud, other, ... */
    struct str notes, handle;
    bool ours;                       /* placed by this app: we may release it */
};
struct fulfillment_order {
    struct fulfillment_order_id id;
    struct location_id location_id;  /* 0: assigned to none of ours (deleted, or a service) */
    struct str location_name;
    struct str service;              /* handle of the fulfilment service there; null: none */
    struct str status; /* open, in_progress, scheduled, on_hold, closed, cancelled, incomplete */
    struct str request_status;       /* unsubmitted, submitted, accepted, ... */
    struct delivery delivery;
    struct destination destination;
    struct jarray supported_actions; /* struct str, lower case, sorted: what may be done */
    struct jarray holds;             /* struct fulfillment_hold, by id */
    struct time_us created_at, updated_at;
    struct time_us fulfill_at, fulfill_by; /* not before; not later than */
    struct jarray lines;             /* struct fulfillment_order_line, by id */
};

struct risk_fact { struct str description, sentiment; };  /* positive, neutral, negative */
struct risk_assessment { struct str level; struct jarray facts; }; /* low, ...; struct risk_fact */
struct order_risk {
    struct str recommendation;       /* accept, investigate, cancel, none; null: not shown to us */
    struct jarray assessments;       /* struct risk_assessment, as Shopify orders them */
};

/* A longer receipt is left out; how long it was is said. */
enum { ORDER_RECEIPT_MAX = 4096 };
struct order_transaction {
    int64_t id, parent_id;           /* parent 0: none */
    struct str kind;                 /* sale, authorization, capture, refund, void, ... */
    struct str status;               /* success, pending, failure, error, ... */
    struct str gateway, error_code, card_company;
    struct order_money amount;
    struct time_us created_at, processed_at;
    bool test;
    struct str receipt;              /* what the gateway attached: JSON of its own making */
    int64_t receipt_bytes;           /* its length, also when it was too long to be kept */
};

/* A step of what buyer and merchant agreed on: the order as placed, an edit, a refund, a return. */
struct order_sale {
    int64_t id;
    struct str action;               /* order, update, return */
    struct str line_type;            /* product, gift_card, shipping, tip, duty, adjustment, ... */
    bool counted;                    /* it has a quantity */
    int64_t quantity;                /* below 0: given back */
    struct line_id line_id;          /* 0: of no line */
    int64_t shipping_line_id;        /* 0: of no shipping, or it is not told */
    struct order_money total, tax, discount; /* total: after both */
};
struct order_agreement {
    int64_t id;
    struct str reason;               /* order, order_edit, refund, return */
    struct time_us happened_at;
    int64_t refund_id, return_id;    /* 0: of none */
    struct jarray sales;             /* struct order_sale, by id */
};

struct order_duty {
    int64_t id;
    struct str country_code, harmonized_system_code;
    struct order_money price;
    struct jarray tax_lines;         /* struct order_tax_line, by title, rate, price */
};
/* A line of which there is more to tell than its order does. */
struct order_line_beside {
    struct line_id line_id;
    int64_t non_fulfillable_quantity; /* taken off, or nothing that can be sent */
    struct jarray duties;            /* struct order_duty, by id */
};

/* A bundle as it was sold: lines of the order that belong together. */
struct group_line { struct line_id line_id; };
struct line_group {
    int64_t id, quantity;
    struct str title, sku;
    struct product_id product_id;    /* 0: none, or deleted */
    struct variant_id variant_id;    /* 0: likewise */
    struct jarray lines;             /* struct group_line, by line_id */
};

struct order_channel { struct str handle, name; };
struct fulfillment_orders {
    struct str shop;
    struct order_id order_id;
    struct version version;          /* the order's updated_at at the read; when the read began */
    struct str return_status;        /* no_return, return_requested, in_progress, returned, ... */
    bool edited;
    struct order_channel channel;    /* null: not told */
    bool tells_sums;                 /* facts of older publishers do not */
    struct order_money placed_total; /* when it was placed, before any edit */
    struct order_money tip;
    struct jarray tax_lines;         /* struct order_tax_line: all of its lines, before returns */
    struct jarray agreements;        /* struct order_agreement, by id; none: as it was placed */
    struct jarray lines;             /* struct order_line_beside, by line_id */
    struct order_risk risk;
    struct jarray transactions;      /* struct order_transaction, by id */
    struct jarray metafields;        /* struct metafield, by namespace and key */
    struct jarray groups;            /* struct line_group, by id */
    struct jarray fulfillment_orders; /* struct fulfillment_order, by id */
};

enum { FULFILLMENT_ORDERS_TEXT_MAX = 4 << 20 };

/* Closed: an unknown key, a missing one or a wrong type is REJECT with its path. */
MUST_CHECK enum err_class fulfillment_orders_decode(struct str text, struct arena *mem,
                                                    struct fulfillment_orders *ret, struct err *e);
/* Appends canonical JSON. */
void fulfillment_orders_emit(struct buf *ret, const struct fulfillment_orders *f);
/* Hash of the canonical body: decides between equal versions. */
void fulfillment_orders_hash(const struct fulfillment_orders *f, char ret[SHA256_HEX_SIZE]);

#endif
