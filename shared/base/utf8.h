/*
 * utf8.h: tells valid UTF-8 from bytes, for everything that writes text others will parse.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/types.h"

/* Length of the character that starts s, its code point in *cp; 0 when the bytes are not UTF-8
 * (truncated, overlong, a surrogate, above U+10FFFF) or s is empty. */
size_t utf8_next(struct str s, uint32_t *cp);
bool utf8_valid(struct str s);

#endif
