/*
 * each.h: walk the array of a fact: EACH(struct order_line, l, &o->lines) { ... l->sku ... }
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DOMAIN_EACH_H
#define DOMAIN_EACH_H

#include "json/shape.h"

/* An empty array may have no memory, and nothing may be added to NULL, not even 0. */
#define EACH(type, var, array)                                                             \
    for (const type *var = (array)->v, *var##_end = (array)->n > 0 ? var + (array)->n : var; \
         var < var##_end; var++)

#endif
