/*
 * metafield.h: custom data that a merchant hangs on an object of the shop: part of the facts of
 * products, and only of the namespaces that the shop's configuration names.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DOMAIN_METAFIELD_H
#define DOMAIN_METAFIELD_H

#include "json/emit.h"
#include "json/shape.h"

struct metafield {
    struct str key;
    struct str name_space; /* `namespace` in the fact */
    struct str type;       /* as Shopify names it: single_line_text_field, json, ... */
    struct str value;      /* always text, whatever the type */
};

extern const struct shape metafield_shape;      /* of a fact: closed */
extern const struct shape metafield_node_shape; /* of a read: open; the same names */

/* Keeps those whose namespace the comma-separated list names (NULL: none), by namespace and key. */
void metafields_keep(struct jarray *a, const char *namespaces);
/* Appends them as the member `key`. */
void metafields_emit(struct emit *j, const char *key, const struct jarray *a);

#endif
