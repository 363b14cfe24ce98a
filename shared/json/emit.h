/*
 * emit.h: write canonical JSON (sorted keys, no spaces) straight into a buf; no tree.
 *
 * Keys of one object must be emitted in ascending byte order; an assertion says which was not.
 * That is what makes the output canonical: equal facts are equal bytes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef JSON_EMIT_H
#define JSON_EMIT_H

#include "base/buf.h"
#include "base/decimal.h"
#include "base/types.h"

enum { EMIT_DEPTH_MAX = 16 };
struct emit {
    struct buf *out;
    int depth;
    bool comma[EMIT_DEPTH_MAX];
    const char *last_key[EMIT_DEPTH_MAX];
};

void emit_init(struct emit *j, struct buf *out);
/* Every call takes the key; pass NULL inside an array and at the top. */
void emit_object(struct emit *j, const char *key);
void emit_object_end(struct emit *j);
void emit_array(struct emit *j, const char *key);
void emit_array_end(struct emit *j);
void emit_str(struct emit *j, const char *key, struct str s);    /* p NULL gives null */
void emit_cstr(struct emit *j, const char *key, const char *z);  /* NULL gives null */
void emit_i64(struct emit *j, const char *key, int64_t v);
void emit_id(struct emit *j, const char *key, int64_t v);        /* 0 gives null */
void emit_bool(struct emit *j, const char *key, bool v);
void emit_null(struct emit *j, const char *key);
void emit_time(struct emit *j, const char *key, struct time_us t); /* 0 gives null */
void emit_decimal(struct emit *j, const char *key, struct decimal d); /* as a string */
void emit_raw(struct emit *j, const char *key, struct str json);   /* trusted canonical JSON */

#endif
