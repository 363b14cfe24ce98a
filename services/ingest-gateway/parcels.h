/*
 * parcels.h: rows of POST /v1/shipments become parcels.  Pure.
 *
 *   required  shop, order_id (number, text or GID), facility, lines [{line_id or sku, quantity}]
 *   optional  shipped_at (now), event_id (from Idempotency-Key), carrier, tracking_number,
 *             tracking_url, source (from X-Source, else as configured)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef INGEST_GATEWAY_PARCELS_H
#define INGEST_GATEWAY_PARCELS_H

#include "intake.h"

/* REJECT: the body as a whole is no good; nothing of it was taken. */
MUST_CHECK enum err_class parcels_from_json(struct str body, size_t max, const struct defaults *d,
                                            struct arena *mem, struct intake *ret, struct err *e);

#endif
