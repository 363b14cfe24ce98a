/*
 * fact.h: the products of one batch, reduced to what is decided by, and to one fact per product.
 * Pure.
 *
 * What a product is goes to the database as it came (its body); here is only what says which fact
 * is newer, and which stock item each variant gets.  Everything is copied into the batch's arena:
 * a thousand parsed documents at a time would not fit.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PRODUCT_STATE_FACT_H
#define PRODUCT_STATE_FACT_H

#include "base/arena.h"
#include "domain/version.h"

struct fact_variant {
    int64_t variant_id, inventory_item_id;
    struct str sku, barcode;
    bool tracked;
};
struct fact {
    size_t record; /* place in the batch */
    struct str shop;
    int64_t product_id;
    struct version version;
    struct str body, hash;         /* canonical JSON and its SHA-256 */
    struct fact_variant *variants; /* by id; none when the product is gone */
    size_t n_variants;
};

/* Decodes the value of a record. REJECT with the reason. */
MUST_CHECK enum err_class fact_decode(struct str value, size_t record, struct arena *mem,
                                      struct fact *ret, struct err *e);

enum fact_place {
    FACT_WINS,      /* the newest of its product in this batch */
    FACT_OLDER,     /* superseded by one that came after it */
    FACT_DUPLICATE, /* the same again */
    FACT_LATE,      /* older, and came after a newer one: the topic ends with the wrong one */
};
/* Sorts facts by shop and product, and says what becomes of each. */
void fact_reduce(struct fact *v, size_t n, enum fact_place *ret);

#endif
