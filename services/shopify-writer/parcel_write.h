/*
 * parcel_write.h: from a parcel and its order as a read shows it to a fulfilment that exists.
 *
 *   it is there already      record it: our call had its effect, or staff typed our number in
 *   nothing can be done yet  look again soon: fulfilment orders come a moment after the order
 *   units are gone           look again past the replica lag; then an exception, no retry for ever
 *   otherwise                persist the intent, check the claim, send, record
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_WRITER_PARCEL_WRITE_H
#define SHOPIFY_WRITER_PARCEL_WRITE_H

#include "order_view.h"
#include "writer.h"

/* jobs[i] was read as views[i], by a read that began at `began` (Shopify's clock). */
MUST_CHECK enum err_class parcels_act(struct writer *w, struct shop_state *s, struct job *jobs,
                                      const struct order_view *views, size_t n,
                                      struct time_us began, struct arena *mem, struct err *e);

#endif
