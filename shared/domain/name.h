/*
 * name.h: what names that outsiders give may hold: sources, event ids, facilities, items, shops.
 *
 * A name is 1 to max bytes of UTF-8 without control characters, and neither begins nor ends with a
 * space: whatever passes can be stored, logged and shown, and two names that look alike are alike.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DOMAIN_NAME_H
#define DOMAIN_NAME_H

#include "base/err.h"
#include "base/types.h"

enum { NAME_MAX_BYTES = 255, FACILITY_MAX_BYTES = 64, SOURCE_MAX_BYTES = 64, SHOP_MAX_BYTES = 64 };

/* REJECT "field: what is wrong". field names the JSON key or the CSV column. */
MUST_CHECK enum err_class name_check(const char *field, struct str name, size_t max, struct err *e);
/* The short key of a shop: a lower-case letter, then letters, digits and hyphens. */
MUST_CHECK enum err_class name_check_shop(const char *field, struct str shop, struct err *e);
/* A stock item: "sku:ABC-1" or "barcode:4006381333931", as the deployment names items, or
 * "variant:acme/123" for a variant without. */
MUST_CHECK enum err_class name_check_item(const char *field, struct str item, struct err *e);
/* White space (ASCII) cut from both ends; borrows. */
struct str name_trim(struct str s);

#endif
