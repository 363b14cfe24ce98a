/*
 * product.h: the product fact of the topic `products`: a whole product with its variants, always
 * from a read.
 *
 * Strings and arrays of a decoded product borrow from the text and from the arena.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DOMAIN_PRODUCT_H
#define DOMAIN_PRODUCT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/decimal.h"
#include "base/err.h"
#include "base/types.h"
#include "domain/each.h"
#include "domain/metafield.h"
#include "domain/version.h"
#include "json/json.h"
#include "json/shape.h"

struct product_category { struct str full_name, id, name; }; /* id: "sg-4-17-2-17"; p NULL: none */
struct product_media { int64_t id; struct str alt, status, type, url; };
struct option_value { int64_t id; struct str name; };
struct product_option {
    int64_t id;
    struct str name;
    int64_t position;
    struct jarray values;            /* struct option_value, in the merchant's order */
};
struct variant_option { struct str name, value; };
struct variant_part { struct variant_id id; int64_t quantity; }; /* of a kit */

/* As the merchant entered it, and in grams. unit.p NULL: unknown. */
struct weight { int64_t grams; struct str unit, value; };
/* Shop money; amount.p NULL: none was entered, or our token may not see it. */
struct unit_cost { struct str amount, currency; };

/* What is counted and shipped: Shopify's inventory item. */
struct inventory_item {
    struct inventory_item_id id;
    struct str country_of_origin, hs_code;
    bool tracked, requires_shipping;
    struct unit_cost unit_cost;
    struct weight weight;
};

struct variant {
    struct variant_id id;
    struct str sku, barcode, title, image_url;
    struct decimal price;
    struct str compare_at_price;     /* decimal text; p NULL: none */
    int64_t position;
    struct str inventory_policy;     /* deny, continue */
    bool taxable, requires_components;
    struct time_us created_at, updated_at;
    struct inventory_item item;
    struct jarray options;           /* struct variant_option */
    struct jarray parts;             /* struct variant_part, by id */
    struct jarray metafields;        /* struct metafield */
};

struct product {
    struct str shop;
    struct product_id id;
    struct version version;          /* updated_at, observed_at */
    struct time_us created_at;       /* 0: unknown */
    struct time_us deleted_at;       /* not 0: gone from Shopify */
    struct str title, handle, status, vendor, product_type, image_url, description_html;
    struct product_category category;
    bool gift_card;
    struct jarray tags;              /* struct str, sorted */
    struct jarray options;           /* struct product_option, by position */
    struct jarray media;             /* struct product_media, in the merchant's order */
    struct jarray metafields;        /* struct metafield */
    struct jarray variants;          /* struct variant, by position, then id */
};

enum { PRODUCT_TEXT_MAX = 4 << 20 };

/* Closed: an unknown key, a missing one or a wrong type is REJECT with its path. */
MUST_CHECK enum err_class product_decode(struct str text, struct arena *mem, struct product *ret,
                                         struct err *e);
/* Appends canonical JSON. */
void product_emit(struct buf *ret, const struct product *p);

/* "25.0" becomes "25.00", in place; null stays null. REJECT when it is no decimal. */
MUST_CHECK enum err_class amount_canonical(struct str *text, struct arena *mem, struct err *e);

#endif
