/*
 * text.h: how this layer spells a string; private to it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include "base/buf.h"

/* Quotes and escapes s as RFC 8785 does. What no JSON string of ours may hold (bytes that are not
 * UTF-8, NUL) becomes U+FFFD, so that the output always parses. */
void json_text(struct buf *out, struct str s);

#endif
