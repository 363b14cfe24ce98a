/*
 * parcel_read.h: parcels whose turn it is, each with its order as Shopify shows it now.
 *
 * Several orders share a read; when everything that is due is in the air already, what becomes due
 * meanwhile gathers and shares the next one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_WRITER_PARCEL_READ_H
#define SHOPIFY_WRITER_PARCEL_READ_H

#include "parcel.h"
#include "writer.h"

enum { PARCELS_MAX = 20 };

/* Starts a read for due parcels; where the mode forbids fulfilments they are reported. */
MUST_CHECK enum err_class parcel_read(struct writer *w, struct shop_state *s, struct err *e);
/* Reads one order again, with larger pages and with what its fulfilments hold. */
MUST_CHECK enum err_class parcel_read_whole(struct writer *w, struct shop_state *s,
                                            const struct job *j, struct err *e);

#endif
