/*
 * settle.h: settings become rows: facilities, locations, channels.
 *
 * Settings of one batch are applied in their order; what they touch is collected and settled
 * together with the batch's entries, so that locks are taken once and in one order.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef INVENTORY_STATE_SETTLE_H
#define INVENTORY_STATE_SETTLE_H

#include "service/stream.h"

/* Facilities and shops whose promises must be computed again. Grows in the batch's arena. */
struct touched {
    struct str *facilities, *shops;
    size_t n_facilities, n_shops, max_facilities, max_shops;
};

/* Applies record i of b, a record of topic `settings`. A bad one is rejected within b; errors are
 * the database's. */
MUST_CHECK enum err_class settle_setting(struct pg *db, struct batch *b, size_t i,
                                         struct touched *touched, struct err *e);

#endif
