/*
 * atp.h: what may be promised of one item at one Shopify location, and the level that our own
 * writes should bring its stock to: the decision of topic `atp`.  Key: shop/inventory
 * item/location.
 *
 * Everything in it comes from one snapshot of the database.  Strings borrow from the text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DOMAIN_ATP_H
#define DOMAIN_ATP_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/types.h"
#include "domain/each.h"
#include "json/json.h"

#define ATP_TOPIC "atp"
#define ATP_TYPE "millrace.atp.v1"

struct atp_terms {
    int64_t usable, shortage, unallocated, net, threshold; /* of the promise */
    int64_t committed_min, committed_max, known;           /* of the levels */
};
struct atp {
    struct str shop;
    struct inventory_item_id inventory_item;
    struct location_id location;
    struct str item;
    int64_t version;
    int64_t promise; /* negative: demand beyond supply */
    int64_t atp;     /* what people see: the promise, at least 0 */
    int64_t level_min, level_max;
    struct time_us watermark; /* Shopify's clock: what happened before is in the numbers; 0: none */
    struct atp_terms terms;
    struct str reason;
    struct time_us computed_at;
};

/* Closed: an unknown key, a missing one or a wrong type is REJECT with its path. */
MUST_CHECK enum err_class atp_decode(struct str text, struct arena *mem, struct atp *ret,
                                     struct err *e);
/* Appends canonical JSON. */
void atp_emit(struct buf *ret, const struct atp *a);
/* Takes "<shop>/<inventory item>/<location>" apart: a tombstone has nothing else. REJECT
 * otherwise. */
MUST_CHECK enum err_class atp_split_key(struct str key, struct atp *ret, struct err *e);

#endif
