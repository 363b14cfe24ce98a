/*
 * relink.h: which item each variant of a product would have, had its versions come in their order.
 * Pure.
 *
 * A variant keeps the item that its first identifier named; so a version that comes late, or in the
 * same batch as its successor, may say that it should have been another.  Then the whole history of
 * the product is gone through once more, version by version, as link.h decides; what comes out does
 * not depend on the order of arrival.  Rare: it is asked only when an earlier version is new.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PRODUCT_STATE_RELINK_H
#define PRODUCT_STATE_RELINK_H

#include "link.h"

struct chain_variant {
    int64_t variant_id, inventory_item_id;
    struct str want;      /* item by the identifier policy */
    int64_t want_item_id; /* 0: there is no such item */
    int64_t owner;        /* variant of the shop that holds it, of whatever product; 0: none */
    bool tracked;
};
struct chain_version {
    struct chain_variant *v; /* by id; none when the product was deleted */
    size_t n;
};
struct chain {
    struct str shop;
    int64_t product_id;
    struct chain_version *versions; /* oldest first */
    size_t n;
    bool archived; /* gone since, though no version says so */
};

/* How a variant ends. */
struct life {
    int64_t variant_id;
    struct known now; /* live, linked, item; item_id 0: the item is not there yet */
    bool born;        /* at the version that is being looked at */
    int64_t owner;    /* not linked: who holds the item that it wants */
    struct str want;  /* of the last version in which it stood */
};

/* known: what is stored of the shop's variants, sorted by shop and id; only what was booked under
 * placeholders is taken from it. The lives are sorted by id. */
void relink(const struct chain *c, const struct known *known, size_t n_known, struct arena *mem,
            struct life **ret, size_t *n);
/* NULL: no such variant. */
const struct life *life_find(const struct life *v, size_t n, int64_t variant_id);

#endif
