/*
 * text.h: how this layer spells a string; private to it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include "base/buf.h"

/* The first byte from p on that does not stand for itself in a JSON string: a quote, a backslash, a
 * control character, or what is no UTF-8. */
const char *text_skip_plain(const char *p, const char *end);

/* Quotes and escapes s as RFC 8785 does. What no JSON string of ours may hold (bytes that are not
 * UTF-8, NUL) becomes U+FFFD, so that the output always parses. */
void json_text(struct buf *out, struct str s);

#endif
