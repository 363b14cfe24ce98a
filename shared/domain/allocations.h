/*
 * allocations.h: which facility ships which units of one order: the decision of topic
 * `allocations`, the whole of it each time.  Key: shop/order id.
 *
 * Strings borrow from the text, arrays live in the arena.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DOMAIN_ALLOCATIONS_H
#define DOMAIN_ALLOCATIONS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/types.h"
#include "domain/each.h"
#include "json/json.h"
#include "json/shape.h"

#define ALLOCATIONS_TOPIC "allocations"
#define ALLOCATIONS_TYPE "millrace.allocations.v1"

struct allocation {
    struct line_id line;
    struct str item, facility;
    struct str state; /* allocated, released, accepted, packed, shipped, rejected, .. */
    int64_t quantity;
};
struct allocations {
    struct str shop;
    struct order_id order;
    int64_t version;
    struct jarray allocations; /* struct allocation */
};

/* Closed: an unknown key, a missing one or a wrong type is REJECT with its path. */
MUST_CHECK enum err_class allocations_decode(struct str text, struct arena *mem,
                                             struct allocations *ret, struct err *e);
/* Appends canonical JSON. */
void allocations_emit(struct buf *ret, const struct allocations *a);

#endif
