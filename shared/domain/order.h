/*
 * order.h: the order fact of the topics `orders` and `order-updates`: what both a webhook body and
 * a read can give.
 *
 * Canonical: equal orders give equal bytes, whichever way they came (lines, fulfilments and refunds
 * by id, tags sorted, empty text as null, enums in lower case, money with at least two decimals).
 *
 * Strings and arrays of a decoded order borrow from the text and from the arena.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DOMAIN_ORDER_H
#define DOMAIN_ORDER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/decimal.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/types.h"
#include "domain/each.h"
#include "domain/version.h"
#include "json/json.h"
#include "json/shape.h"

/* In the shop's currency, and in the buyer's. */
struct order_money { struct decimal shop, presentment; };
struct order_attribute { struct str name, value; };       /* value may be null */

struct order_address {
    bool present; /* false: the order has none */
    struct str address1, address2, city, company, country, country_code, first_name, last_name,
        latitude, longitude, name, phone, province, province_code, zip;
};

struct order_tax_line { struct str title, rate; struct order_money price; }; /* rate: "0.13" */

/* A share of a discount; `application` is its index in discount_applications. */
struct order_allocation { int64_t application; struct order_money amount; };
struct order_discount {
    int64_t index;
    struct str type;          /* automatic, discount_code, manual, script */
    struct str code, title;   /* of a discount code; of the others */
    struct str value_type;    /* percentage, fixed_amount */
    struct str value;         /* of a percentage; null else: see the amounts of the allocations */
    struct str allocation_method, target_selection, target_type;
};

struct order_line {
    struct line_id id;
    struct product_id product_id; /* 0: none, or its variant was deleted */
    struct variant_id variant_id; /* 0: none (custom line), or deleted */
    struct str sku, title, variant_title, vendor;
    struct str name;              /* title and variant title as people read them */
    int64_t quantity;             /* ordered; edits up raise it */
    int64_t current_quantity;     /* after removals and refunds */
    int64_t unfulfilled_quantity;
    bool requires_shipping, taxable, gift_card;
    struct order_money price;     /* original unit price */
    struct order_money total_discount;
    struct jarray properties;     /* struct order_attribute, as Shopify orders them */
    struct jarray tax_lines;      /* struct order_tax_line, by title, rate, price */
    struct jarray allocations;    /* struct order_allocation, by application */
};

struct order_shipping_line {
    int64_t id; /* 0: unknown */
    struct str carrier, code, source, title;
    struct order_money price, discounted_price;
    struct jarray tax_lines;      /* struct order_tax_line */
    struct jarray allocations;    /* struct order_allocation */
};

struct order_fulfillment_line { struct line_id line_id; int64_t quantity; };
struct order_fulfillment {
    struct fulfillment_id id;
    struct time_us created_at, updated_at;
    struct location_id location_id;  /* 0: unknown */
    struct str name;                 /* "#1001-F1" */
    struct str status;               /* success, cancelled, pending, open, error, failure */
    struct str tracking_company;
    struct jarray tracking_numbers;  /* struct str */
    struct jarray tracking_urls;     /* struct str */
    struct jarray lines;             /* struct order_fulfillment_line, by line_id */
};

struct order_refund_line {
    int64_t id;
    struct line_id line_id;
    struct location_id location_id;  /* 0: nothing was restocked */
    int64_t quantity;
    struct str restock_type;         /* no_restock, cancel, return, legacy_restock */
    struct order_money subtotal, tax;
};
/* Money that went with no line: shipping, and what was given or kept beyond the sum. */
struct order_refund_shipping { int64_t id, shipping_line_id; struct order_money subtotal, tax; };
struct order_adjustment { int64_t id; struct order_money amount, tax; };
/* Its amounts stand in the fact of `fulfillment-orders`: a body knows but one of the currencies. */
struct order_refund_payment { int64_t transaction_id; struct str kind, status, gateway; };
struct order_refund {
    int64_t id;
    int64_t return_id;               /* 0: of no return */
    struct time_us created_at, processed_at;
    struct str note;
    struct jarray lines;             /* struct order_refund_line, by id */
    struct jarray shipping;          /* struct order_refund_shipping, by id */
    struct jarray adjustments;       /* struct order_adjustment, by id */
    struct jarray transactions;      /* struct order_refund_payment, by id */
};

struct order {
    struct str shop;
    struct order_id id;
    struct str name;                 /* "#1001" */
    struct version version;          /* updated_at, observed_at */
    struct time_us created_at, processed_at, cancelled_at, closed_at;
    struct str cancel_reason, financial_status, source_name;
    struct str currency, presentment_currency;
    struct str source_identifier;    /* what the source calls it */
    struct str confirmation_number, po_number;
    struct str email, phone, note;
    int64_t customer_id;             /* 0: none, or not ours to see */
    struct str customer_locale;
    struct location_id location_id;  /* where a till sold it; 0: no till */
    bool test, confirmed, taxes_included, tax_exempt, duties_included, estimated_taxes;
    struct order_money subtotal, total, total_discounts, total_shipping, total_tax; /* as edited */
    struct order_money original_total; /* before refunds and returns */
    struct decimal tip;              /* in the shop's currency */
    struct order_address billing_address, shipping_address;
    struct jarray tags;              /* struct str, sorted */
    struct jarray payment_gateway_names; /* struct str, sorted */
    struct jarray discount_codes;    /* struct str */
    struct jarray discount_applications; /* struct order_discount, by index: those allocated */
    struct jarray attributes;        /* struct order_attribute */
    struct jarray lines;             /* struct order_line, by id */
    struct jarray shipping_lines;    /* struct order_shipping_line, by id */
    struct jarray fulfillments;      /* struct order_fulfillment, by id */
    struct jarray refunds;           /* struct order_refund, by id */
    struct str reason;               /* why it was looked at; only on order-updates, else null */
};

enum { ORDER_TEXT_MAX = 4 << 20 };

/* Closed: an unknown key, a missing one or a wrong type is REJECT with its path. */
MUST_CHECK enum err_class order_decode(struct str text, struct arena *mem, struct order *ret,
                                       struct err *e);
/* Appends canonical JSON. reason NULL: as on `orders`; else as on `order-updates`. */
void order_emit(struct buf *ret, const struct order *o, const char *reason);
/* Hash of the canonical body without reason: decides between equal versions, on either topic. */
void order_hash(const struct order *o, char ret[SHA256_HEX_SIZE]);

#endif
