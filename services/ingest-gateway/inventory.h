/*
 * inventory.h: rows of POST /v1/inventory become movements and counts.  Pure.
 *
 *   required  facility, kind, quantity, and item ("sku:ABC-1") or sku ("ABC-1")
 *   optional  as_of (now), event_id (from Idempotency-Key), reason,
 *             source (from X-Source, else as configured)
 *
 * Empty text means absent.  An unknown field is an error: it is usually a known one misspelt.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef INGEST_GATEWAY_INVENTORY_H
#define INGEST_GATEWAY_INVENTORY_H

#include "intake.h"

/* REJECT: the body as a whole is no good; nothing of it was taken. */
MUST_CHECK enum err_class inventory_from_json(struct str body, size_t max, const struct defaults *d,
                                              struct arena *mem, struct intake *ret, struct err *e);
/* A header line with the field names, then one row a line. */
MUST_CHECK enum err_class inventory_from_csv(struct str body, size_t max, const struct defaults *d,
                                             struct arena *mem, struct intake *ret, struct err *e);

#endif
