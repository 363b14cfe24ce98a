/*
 * judge.h: the few questions that are left for jansson: what is wrong with a text, and what a
 * number with a fraction looks like canonically; private to this layer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef JSON_JUDGE_H
#define JSON_JUDGE_H

#include "base/buf.h"

/* REJECT "line L column C: what" for a text that the scanner refused. */
MUST_CHECK enum err_class judge_explain(struct str text, struct err *e);
/* False for a number that is too large for readers of JSON. */
bool judge_is_number(struct str text);
/* Appends the shortest text that reads back as the same number. */
void judge_fraction(struct str text, struct buf *out);
/* Are both JSON, and the same value? For tests: the scanner must agree. */
bool judge_same(struct str a, struct str b);

#endif
