/*
 * order_parts.h: what the facts about an order have in common: money in both currencies, tax lines.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DOMAIN_ORDER_PARTS_H
#define DOMAIN_ORDER_PARTS_H

#include "domain/order.h"
#include "json/emit.h"

extern const struct shape order_money_shape;    /* {"presentment", "shop"} */
extern const struct shape order_tax_line_shape; /* {"price", "rate", "title"} */

void order_money_emit(struct emit *j, const char *key, const struct order_money *m);
/* The array "tax_lines", of struct order_tax_line. */
void order_tax_lines_emit(struct emit *j, const struct jarray *a);

#endif
