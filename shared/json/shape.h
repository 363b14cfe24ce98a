/*
 * shape.h: decode one JSON object into one C struct from a constant table.
 *
 * shape_scan() reads straight from text, in one pass and without a document in between: the way of
 * every hot path.  shape_decode() reads a value of a document.  Both take and refuse the same, with
 * the same words.  Strings borrow from the text (or the document), or from the arena when they were
 * escaped; arrays lie in the arena.
 *
 * Unknown keys: ignored (SHAPE_OPEN, Shopify's input) or rejected (SHAPE_CLOSED, our own topics).
 * A key twice in one object is rejected, known or not.  Errors: REJECT with the JSON path.
 * Thread-safe; the only state is what shape_forgive() says to its own thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef JSON_SHAPE_H
#define JSON_SHAPE_H

#include "base/arena.h"
#include "base/decimal.h"
#include "base/err.h"
#include "base/types.h"
#include "json/json.h"

enum { SHAPE_ARRAY_MAX = 10000, SHAPE_FIELDS_MAX = 128 };
enum jkind { J_I64, J_BOOL, J_STR, J_TIME, J_DECIMAL, J_NUMBER, J_ID, J_OBJ, J_ARR, J_RAW, J_HAS };
enum { J_OPTIONAL = 1, J_NULL_OK = 2, J_ANY = 3 }; /* absent ok; null ok; both */
enum shape_mode { SHAPE_OPEN, SHAPE_CLOSED };

struct shape;
struct jfield {
    const char *key;
    size_t key_n;
    enum jkind kind;
    unsigned flags;
    size_t offset;
    const struct shape *sub;
};
struct shape {
    const char *name;
    size_t size;
    enum shape_mode mode;
    size_t n;
    const struct jfield *fields;
};
struct jarray { void *v; size_t n; };

/* Refuses at compile time a table entry whose kind and member disagree. */
#define J_CHECKED(T, m, want) \
    (offsetof(T, m) + 0 * sizeof(char[_Generic(((T *)0)->m, want: 1, default: -1)]))

#define J_KEY(k) "" k "", sizeof(k) - 1
#define JSON_I64(T, m, k, fl) { J_KEY(k), J_I64, fl, J_CHECKED(T, m, int64_t), NULL }
#define JSON_BOOL(T, m, k, fl) { J_KEY(k), J_BOOL, fl, J_CHECKED(T, m, bool), NULL }
#define JSON_STR(T, m, k, fl) { J_KEY(k), J_STR, fl, J_CHECKED(T, m, struct str), NULL }
#define JSON_TIME(T, m, k, fl) { J_KEY(k), J_TIME, fl, J_CHECKED(T, m, struct time_us), NULL }
#define JSON_DECIMAL(T, m, k, fl) { J_KEY(k), J_DECIMAL, fl, J_CHECKED(T, m, struct decimal), NULL }
/* A JSON number, whole or not (a rate, a latitude), as decimal text: two to six places, more are
 * cut. The member is a struct str, so that null stays null. */
#define JSON_NUMBER(T, m, k, fl) { J_KEY(k), J_NUMBER, fl, J_CHECKED(T, m, struct str), NULL }
/* An id, positive: a JSON integer, a decimal string, or a GID ("gid://shopify/Order/1": the number
 * after the last slash, a query string cut). The member is int64_t; typed ids are read as `.v`
 * (m = "id.v"). */
#define JSON_ID(T, m, k, fl) { J_KEY(k), J_ID, fl, J_CHECKED(T, m, int64_t), NULL }
#define JSON_OBJ(T, m, k, fl, s) { J_KEY(k), J_OBJ, fl, offsetof(T, m), s }
#define JSON_ARR(T, m, k, fl, s) { J_KEY(k), J_ARR, fl, J_CHECKED(T, m, struct jarray), s }
/* Was the field right above, of the same key, there and not null? The member is a bool. */
#define JSON_HAS(T, m, k) { J_KEY(k), J_HAS, J_ANY, J_CHECKED(T, m, bool), NULL }
/* The subtree as it is, for a second look or for passing on. */
#define JSON_RAW(T, m, k, fl) \
    { J_KEY(k), J_RAW, fl, J_CHECKED(T, m, const struct json_value *), NULL }
#define SHAPE(T, md, f) SHAPE_NAMED(#T, T, md, f)
/* For a struct that is more than what people know by `name`: errors begin with it. */
#define SHAPE_NAMED(name, T, md, f) { name, sizeof(T), md, sizeof(f) / sizeof((f)[0]), f }
/* Arrays of plain strings: JSON_ARR(..., &shape_str_element) gives elements of type struct str. */
extern const struct shape shape_str_element;

MUST_CHECK enum err_class shape_scan(const struct shape *s, struct str text, struct arena *mem,
                                     void *out, struct err *e);
MUST_CHECK enum err_class shape_decode(const struct shape *s, const struct json_value *v,
                                       struct arena *mem, void *out, struct err *e);

/*
 * Until it is called again with fn NULL, this thread tells fn of unknown keys of closed shapes, and
 * ignores them: a consumer may meet records of a newer producer.  text is what is being read, as it
 * was given to shape_scan(); p NULL when a document was decoded.
 */
typedef void shape_unknown_fn(void *ctx, struct str text, struct str key);
void shape_forgive(shape_unknown_fn *fn, void *ctx);

#endif
