/*
 * stock_write.h: rows that want another quantity become calls of inventorySetQuantities.
 *
 * A call is a row of stock_request before it is sent; it is repeated unchanged, under its key,
 * until it is answered or too old.  Up to 250 rows of one location share a call; rows that made
 * calls fail go alone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_WRITER_STOCK_WRITE_H
#define SHOPIFY_WRITER_STOCK_WRITE_H

#include "writer.h"

enum { STOCK_ROWS_MAX = 250 };

/* Judges due rows and sends, or reports, what they want. */
MUST_CHECK enum err_class stock_write_new(struct writer *w, struct shop_state *s, struct err *e);
/* Sends unanswered requests again. */
MUST_CHECK enum err_class stock_write_repeat(struct writer *w, struct shop_state *s,
                                             struct err *e);
/* Gives up requests whose key Shopify may have forgotten; their rows are read before anything. */
MUST_CHECK enum err_class stock_write_expire(struct writer *w, struct shop_state *s,
                                             struct err *e);
/* Forgets answered requests that are twice as old as a key can be. */
MUST_CHECK enum err_class stock_write_prune(struct writer *w, struct shop_state *s, struct err *e);

#endif
