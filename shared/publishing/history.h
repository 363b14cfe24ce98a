/*
 * history.h: how far back orders are loaded, and what Shopify hides of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PUBLISHING_HISTORY_H
#define PUBLISHING_HISTORY_H

#include "publishing/worker.h"

/* Appends a bulk query over open orders, widened to those created since history_since. */
void history_query(struct buf *ret, const char *query, const struct shop_conf *shop);
/* Says loudly, once a load, that orders older than 60 days are hidden from this token. */
MUST_CHECK enum err_class history_check(struct worker *w, const struct feed_work *f,
                                        struct err *e);

#endif
