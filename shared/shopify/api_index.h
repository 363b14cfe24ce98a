/*
 * api_index.h: what the Admin API of this release's version knows: types, fields, arguments.
 *
 * The text behind it (schemas/shopify) is made from Shopify's own schema and holds the types that
 * our documents reach; it is built into every service, so that a name that Shopify does not know
 * stops a process at start. All strings are borrowed from that text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_API_INDEX_H
#define SHOPIFY_API_INDEX_H

#include "base/err.h"
#include "base/types.h"

enum { API_TYPES_MAX = 256 };

struct api_type {
    struct str name;
    struct str above;  /* what it implements or is a member of, a space between */
    struct str fields; /* a line for each */
};
struct api_field {
    struct str name;
    struct str arguments; /* a space between */
    struct str type;      /* of the fields below it; none when it is a leaf */
};
struct api_index { const struct text_file *file; struct api_type v[API_TYPES_MAX]; size_t n; };

/* Borrows the file's text. */
MUST_CHECK enum err_class api_index_read(struct api_index *ret, const struct text_file *file,
                                         struct err *e);
const struct api_type *api_type_find(const struct api_index *api, struct str name);
bool api_field_find(const struct api_type *type, struct str name, struct api_field *ret);
bool api_argument_known(const struct api_field *field, struct str name);
/* Whether one object can be both, so that a fragment on b may stand where an a is. */
bool api_types_meet(const struct api_index *api, const struct api_type *a,
                    const struct api_type *b);

/* The name that a slip most likely meant; none when nothing is near. */
struct str api_type_nearest(const struct api_index *api, struct str name);
struct str api_field_nearest(const struct api_type *type, struct str name);
struct str api_argument_nearest(const struct api_field *field, struct str name);

#endif
