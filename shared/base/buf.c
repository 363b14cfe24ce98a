/*
 * buf.c: appends with one sticky failure; memory doubles until the maximum.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/buf.h"

#include "base/digits.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

enum { BUF_FIRST = 256 };

void
buf_init(struct buf *b, size_t max)
{
    assert(max > 0);
    assert(max < SIZE_MAX / 4);
    *b = (struct buf){ .max = max };
}

void
buf_fini(struct buf *b)
{
    free(b->p);
    *b = (struct buf){ .max = b->max };
}

void
buf_clear(struct buf *b)
{
    b->n = 0;
    b->failed = false;
    b->no_memory = false;
}

/* Room for n more bytes and the NUL that buf_cstr() adds; false marks the buffer failed. */
static bool
reserve(struct buf *b, size_t n)
{
    if (b->failed)
        return false;
    if (n > b->max - b->n) {
        b->failed = true;
        return false;
    }
    const size_t want = b->n + n + 1;
    if (want <= b->cap)
        return true;

    size_t cap = b->cap > 0 ? b->cap : BUF_FIRST;
    while (cap < want)
        cap *= 2;
    if (cap > b->max + 1)
        cap = b->max + 1;
    char *p = realloc(b->p, cap);
    if (p == NULL) {
        b->failed = b->no_memory = true;
        return false;
    }
    b->p = p;
    b->cap = cap;
    return true;
}

char *
buf_extend(struct buf *b, size_t n)
{
    if (!reserve(b, n))
        return NULL;
    b->n += n;
    return b->p + b->n - n;
}

void
buf_add(struct buf *b, const void *bytes, size_t n)
{
    if (n == 0 || !reserve(b, n))
        return;
    memcpy(b->p + b->n, bytes, n);
    b->n += n;
}

void
buf_str_add(struct buf *b, struct str s)
{
    buf_add(b, s.p, s.n);
}

void
buf_char(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void
buf_i64(struct buf *b, int64_t v)
{
    char text[DIGITS_MAX + 1];
    buf_add(b, text, (size_t)(digits_put_i64(text, v) - text));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    assert(n >= 0);
    if (!reserve(b, (size_t)n))
        return;
    va_start(ap, fmt);
    vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->n += (size_t)n;
}

struct str
buf_str(const struct buf *b)
{
    return (struct str){ b->p != NULL ? b->p : "", b->n };
}

const char *
buf_cstr(struct buf *b)
{
    if (b->p == NULL)
        return "";
    assert(b->n < b->cap);
    b->p[b->n] = '\0';
    return b->p;
}

enum err_class
buf_check(const struct buf *b, const char *what, struct err *e)
{
    if (b->no_memory)
        return err_set(e, ERR_RETRY, "ENOMEM", "%s: out of memory after %zu bytes", what, b->n);
    if (b->failed)
        return err_set(e, ERR_REJECT, "TOO_LARGE", "%s: larger than %zu bytes", what, b->max);
    return ERR_NONE;
}
