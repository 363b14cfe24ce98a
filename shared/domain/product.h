/*
 * product.h: the product fact of the topic `products`: a whole product with its variants, always
 * from a read.
 *
 * Strings and arrays of a decoded product borrow from the JSON document and from the arena.
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
#include "domain/version.h"
#include "json/json.h"
#include "json/shape.h"

struct product_option { struct str name; int64_t position; struct jarray values; /* struct str */ };
struct variant_option { struct str name, value; };

struct variant {
    struct variant_id id;
    struct inventory_item_id inventory_item_id;
    struct str sku, barcode, title, image_url;
    struct decimal price;
    struct decimal compare_at_price;
    bool has_compare_at_price;
    int64_t position;
    struct str inventory_policy;     /* deny, continue */
    bool tracked, requires_shipping, taxable;
    int64_t weight_grams;
    bool has_weight;
    struct time_us updated_at;
    struct jarray options;           /* struct variant_option */
};

struct product {
    struct str shop;
    struct product_id id;
    struct version version;          /* updated_at, observed_at */
    struct time_us created_at;       /* 0: unknown */
    struct time_us deleted_at;       /* not 0: gone from Shopify */
    struct str title, handle, status, vendor, product_type, image_url;
    bool gift_card;
    struct jarray tags;              /* struct str, sorted */
    struct jarray options;           /* struct product_option, by position */
    struct jarray variants;          /* struct variant, by position, then id */
};

enum { PRODUCT_TEXT_MAX = 4 << 20 };

/* Closed: an unknown key, a missing one or a wrong type is REJECT with its path. */
MUST_CHECK enum err_class product_decode(const struct json_value *v, struct arena *mem,
                                         struct product *ret, struct err *e);
/* Appends canonical JSON. */
void product_emit(struct buf *ret, const struct product *p);

#endif
