/*
 * buf.h: a growable byte buffer that declares its maximum at birth.
 *
 * Appends never fail one by one: the first that does not fit (or finds no memory) marks the buffer
 * failed, later ones do nothing, and buf_check() says so once at the end.
 *
 * Owns its bytes until buf_fini().  buf_str() borrows until the next append.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/types.h"

struct buf { char *p; size_t n, cap, max; bool failed, no_memory; };

void buf_init(struct buf *b, size_t max);
void buf_fini(struct buf *b);
void buf_clear(struct buf *b); /* keeps the memory, forgets failure */
void buf_add(struct buf *b, const void *bytes, size_t n);
/* n more bytes for the caller to fill; NULL when the buffer failed. */
char *buf_extend(struct buf *b, size_t n);
void buf_str_add(struct buf *b, struct str s);
void buf_char(struct buf *b, char c);
void buf_i64(struct buf *b, int64_t v);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
struct str buf_str(const struct buf *b);
const char *buf_cstr(struct buf *b); /* NUL-terminated; "" when empty */
/* REJECT "what: larger than N bytes" when the maximum was passed; RETRY when memory ran out. */
MUST_CHECK enum err_class buf_check(const struct buf *b, const char *what, struct err *e);

#endif
