/*
 * hops.h: every record of an order's topics that was consumed, and what became of it: the rows that
 * a trace of an order shows.  Written in the transaction that applies, or refuses, the record.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef ORDER_STATE_HOPS_H
#define ORDER_STATE_HOPS_H

#include "facts.h"
#include "service/stream.h"

/* After the outcomes are known. Records whose key names no order have no hop: who would ask? */
MUST_CHECK enum err_class hops_send(const struct batch *b, const struct facts *x,
                                    const struct stream *st, struct pg *db, struct err *e);

#endif
