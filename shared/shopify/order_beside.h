/*
 * order_beside.h: what a read tells of an order beside its fulfilment orders and in lists of lists:
 * what was agreed, what lines owe to customs, what gateways attached to payments.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_ORDER_BESIDE_H
#define SHOPIFY_ORDER_BESIDE_H

#include "shopify/canonical.h"
#include "shopify/map.h"

extern const struct shape agreement_node_shape; /* lands in a struct order_agreement */
extern const struct shape duty_node_shape;      /* lands in a struct order_duty */

/* Completes and sorts what was agreed; pages: sales of an agreement. None are kept of an order that
 * is still as it was placed: its lines say the same. */
MUST_CHECK enum err_class finish_agreements(struct jarray *agreements, const struct pages *more,
                                            struct arena *mem, struct err *e);
/* Keeps the lines of which there is more to tell. */
void finish_lines_beside(struct jarray *lines);
/* A receipt is text or JSON of the gateway's making; too long a one is told by its length. */
void finish_receipt(struct order_transaction *t, const struct json_value *receipt,
                    struct arena *mem);

#endif
