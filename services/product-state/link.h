/*
 * link.h: which stock item each variant gets.  Pure.
 *
 * The identifier policy of the deployment names the item: the trimmed SKU ("sku:ABC-1"), the
 * trimmed barcode ("barcode:4006381333931"), or Shopify's own id ("variant:acme/123"); without a
 * SKU, or a barcode, it is a placeholder of the variant's own, which is called like the latter.
 * Then:
 *
 *   A linked variant keeps its item.  A changed identifier is told to people: it must not move
 *   stock silently.  A placeholder is not yet an identity: when the identifier comes it is renamed,
 *   or, if the identifier's item exists already and nothing was booked under the placeholder, the
 *   variant moves.  Two variants of a shop cannot be one item: the second is quarantined until the
 *   first is gone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PRODUCT_STATE_LINK_H
#define PRODUCT_STATE_LINK_H

#include "base/arena.h"
#include "base/types.h"

enum identifier { IDENTIFIER_SKU, IDENTIFIER_BARCODE, IDENTIFIER_SHOPIFY_ID };

/* What is stored of a variant. */
struct known {
    struct str shop;
    int64_t variant_id, item_id, inventory_item_id;
    struct str item;
    bool linked, live, tracked;
    bool placeholder_has_stock; /* its item is a placeholder, and something was booked under it */
};

enum link_verdict {
    LINK_KEPT,        /* as it was */
    LINK_NEW,         /* linked to an item it did not have before */
    LINK_RENAMED,     /* keeps its item, which gets the name `item` */
    LINK_QUARANTINED, /* not linked: `owner` has the item it wants */
};

struct link {
    struct str shop; /* asked: */
    int64_t variant_id;
    struct str want;           /* item by the identifier policy */
    struct str placeholder;    /* its own */
    const struct known *known; /* NULL: never seen */
    int64_t want_item_id;      /* 0: no such item */
    int64_t owner;             /* variant of the shop that holds `want`; 0: none */

    enum link_verdict verdict; /* answered: */
    struct str item;
    bool changed_sku; /* it keeps an item that its SKU does not name */
};

/* What a merchant calls the identifier: "SKU", "barcode". */
const char *identifier_noun(enum identifier by);
/* The item that the identifier names; without one the variant's placeholder. Lives in mem. */
struct str link_item(enum identifier by, struct str shop, int64_t variant_id, struct str sku,
                     struct str barcode, struct arena *mem);
struct str link_placeholder(struct str shop, int64_t variant_id, struct arena *mem);
/* Decides all variants of a batch together; of several that want one item the first gets it. */
void link_decide(struct link *v, size_t n, struct arena *mem);

#endif
