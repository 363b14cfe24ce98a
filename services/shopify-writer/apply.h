/*
 * apply.h: records of `atp` and `fulfillments` become rows of the book and parcels that are wanted.
 *
 * Only the newest version of a key counts; what came twice or too late changes nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_WRITER_APPLY_H
#define SHOPIFY_WRITER_APPLY_H

#include "service/stream.h"

/* The topics, NULL-terminated. */
extern const char *const apply_topics[];
/* ctx: struct apply. */
struct apply { struct stream **stream; };
MUST_CHECK enum err_class apply_batch(void *ctx, struct pg *db, struct batch *b, struct err *e);

#endif
