/*
 * stock.h: on hand and reserved of one item at one facility: the state of topic `stock`, the
 * opening balance of a rebuild.  Key: item/facility, parts encoded.
 *
 * Strings borrow from the text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DOMAIN_STOCK_H
#define DOMAIN_STOCK_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/types.h"
#include "domain/each.h"
#include "json/json.h"

#define STOCK_TOPIC "stock"
#define STOCK_TYPE "millrace.stock.v1"

struct stock {
    struct str item, facility;
    int64_t on_hand, reserved;
    struct time_us as_of; /* of the newest entry */
    int64_t version;
};

/* Closed: an unknown key, a missing one or a wrong type is REJECT with its path. */
MUST_CHECK enum err_class stock_decode(struct str text, struct arena *mem, struct stock *ret,
                                       struct err *e);
/* Appends canonical JSON. */
void stock_emit(struct buf *ret, const struct stock *s);

#endif
