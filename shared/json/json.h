/*
 * json.h: read JSON of any shape. Known objects are read by shape_scan(), which needs no document
 * in between (shape.h).
 *
 * json_parse() refuses duplicate keys, NaN, and text after the value; integers are exact to 64
 * bits, other numbers stay the text they are.  A struct json_value borrows from its document.
 * Lookups on absent or differently typed values give NULL or the null str, so paths can be walked
 * without ifs; shape.h is for data that must be right.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef JSON_JSON_H
#define JSON_JSON_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/types.h"

enum { JSON_DEPTH_MAX = 64 };
struct json_doc;
struct json_value; /* opaque; NULL stands for absent */

/* REJECT "line L column C: what" on bad input. The document keeps a copy of the text. */
MUST_CHECK enum err_class json_parse(struct json_doc **ret, struct str text, struct err *e);
/* The same without a document to free: the value borrows from the text and lives in the arena. */
MUST_CHECK enum err_class json_read(const struct json_value **ret, struct str text,
                                    struct arena *mem, struct err *e);
void json_free(struct json_doc *d);
const struct json_value *json_root(const struct json_doc *d);

const struct json_value *json_get(const struct json_value *v, const char *key);
const struct json_value *json_path(const struct json_value *v, const char *dotted); /* "data.id" */
size_t json_size(const struct json_value *v); /* of an array; 0 otherwise */
const struct json_value *json_at(const struct json_value *v, size_t i);
bool json_is_null(const struct json_value *v);   /* JSON null or absent */
bool json_is_object(const struct json_value *v);
bool json_is_array(const struct json_value *v);
bool json_is_string(const struct json_value *v);
bool json_is_bool(const struct json_value *v);   /* true or false */
struct str json_str(const struct json_value *v); /* p NULL unless a string */
bool json_i64(const struct json_value *v, int64_t *ret);  /* integers only */
struct str json_fraction(const struct json_value *v); /* a number that is no integer, as written */
bool json_bool(const struct json_value *v);      /* true only if JSON true */
/* Iterates an object's members in key order: start with *iter = NULL; false at the end. Keys borrow
 * from the document. The first walk of an object notes its order: one thread per document. */
bool json_next(const struct json_value *v, void **iter, struct str *key,
               const struct json_value **ret);
/* Appends the value as canonical JSON: sorted keys, no spaces, "\/" unescaped. */
void json_dump(const struct json_value *v, struct buf *ret);
DEFINE_CLEANUP(json_free, struct json_doc *);

#endif
