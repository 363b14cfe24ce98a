/*
 * leaf.h: what a table makes of one scalar, however it was found; private to this layer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef JSON_LEAF_H
#define JSON_LEAF_H

#include "json/shape.h"

enum { SHAPE_DEPTH_MAX = 16 };

/* Digits, or the number after the last slash of a gid, its query string cut. May be 0. */
bool leaf_id(struct str text, int64_t *ret);
/* J_STR, J_TIME and J_DECIMAL from the text of a string. */
MUST_CHECK enum err_class leaf_text(enum jkind kind, struct str text, void *at, struct err *e);
/* J_NUMBER from the text of a number; a null text is none. */
bool leaf_number(struct str text, struct arena *mem, struct str *ret);

#endif
