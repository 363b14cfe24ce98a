/*
 * number.h: JSON numbers that Shopify may write with a fraction (costs, weights), without floating
 * point.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_NUMBER_H
#define SHOPIFY_NUMBER_H

#include "base/decimal.h"
#include "json/json.h"

/* A JSON number, whole or not, exact to six places (more are cut); false when it is none or too
 * large. */
bool number_decimal(const struct json_value *v, struct decimal *ret);
/* Rounded down to a whole number; `otherwise` when it is none. */
int64_t number_floor(const struct json_value *v, int64_t otherwise);

#endif
