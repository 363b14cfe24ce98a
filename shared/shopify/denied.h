/*
 * denied.h: an answer that lacks a field which the token may not see.
 *
 * Shopify then gives data with null in that place, and an error ACCESS_DENIED whose path ends with
 * the field.  Whoever can do without takes the null; but a null object would look like one that is
 * gone, so an answer counts only when the objects asked for are there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_DENIED_H
#define SHOPIFY_DENIED_H

#include "json/json.h"

/* True when every error is a denied field inside an object that came. */
bool denied_fields_only(const struct json_value *errors, const struct json_value *data);
/* The name of the first denied field; the null str when there is none. Borrows. */
struct str denied_field(const struct json_value *errors);

#endif
