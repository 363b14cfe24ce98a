/*
 * stock_read.h: what Shopify shows of rows: before their first write, after a stale one, and now
 * and then to see that nobody else writes.
 *
 * The value is from a moment in (since, until], both in Shopify's clock: since is the start of the
 * call minus what a replica may lag and the second that times are cut to; until is the end of the
 * second in which it was answered.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_WRITER_STOCK_READ_H
#define SHOPIFY_WRITER_STOCK_READ_H

#include "writer.h"

/* Starts a read of up to 250 due rows of one location. */
MUST_CHECK enum err_class stock_read(struct writer *w, struct shop_state *s, struct err *e);

#endif
