/*
 * gid.h: Shopify's global ids at the edge ("gid://shopify/Order/5123"), 64-bit integers everywhere
 * else.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DOMAIN_GID_H
#define DOMAIN_GID_H

#include "base/err.h"
#include "base/types.h"

enum { GID_TEXT_SIZE = 96 };

/* REJECT unless gid is gid://shopify/<type>/<positive int64>; a query string
 * ("?inventory_item_id=7") is cut. */
MUST_CHECK enum err_class gid_parse(struct str gid, const char *type, int64_t *ret, struct err *e);
/* The type part, borrowed from gid; the null str when gid is none. */
struct str gid_type(struct str gid);
/* The number; 0 when gid is none. */
int64_t gid_id(struct str gid);
/* Writes gid://shopify/<type>/<id>. Returns text. */
const char *gid_format(const char *type, int64_t id, char text[GID_TEXT_SIZE]);

#endif
