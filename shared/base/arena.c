/*
 * arena.c: a chain of blocks, newest first; an allocation bumps an offset in the newest.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

enum { ARENA_ALIGN = 16, ARENA_BLOCK = 16384 };

struct block {
    struct block *next;
    size_t size, used;
    _Alignas(ARENA_ALIGN) char bytes[];
};

struct arena {
    struct block *newest;
    size_t used;
};

static void *
must(void *p)
{
    if (p == NULL)
        abort();
    return p;
}

struct arena *
arena_new(void)
{
    return must(calloc(1, sizeof(struct arena)));
}

static void
free_chain(struct block *b)
{
    while (b != NULL) {
        struct block *next = b->next;
        free(b);
        b = next;
    }
}

void
arena_free(struct arena *a)
{
    if (a == NULL)
        return;
    free_chain(a->newest);
    free(a);
}

/* Unlinks the largest block, so that a steady load soon runs in one block without malloc. */
static struct block *
take_largest(struct arena *a)
{
    struct block **largest = &a->newest;
    for (struct block **at = &a->newest; *at != NULL; at = &(*at)->next)
        if ((*at)->size > (*largest)->size)
            largest = at;
    struct block *b = *largest;
    if (b != NULL)
        *largest = b->next;
    return b;
}

void
arena_reset(struct arena *a)
{
    struct block *keep = take_largest(a);
    free_chain(a->newest);
    if (keep != NULL) {
        keep->next = NULL;
        keep->used = 0;
    }
    a->newest = keep;
    a->used = 0;
}

static struct block *
grow(struct arena *a, size_t need)
{
    size_t size = a->newest != NULL ? a->newest->size * 2 : ARENA_BLOCK;
    if (size < need)
        size = need;
    if (size > SIZE_MAX / 2 - sizeof(struct block))
        abort();
    struct block *b = must(malloc(sizeof *b + size));
    *b = (struct block){ .next = a->newest, .size = size };
    a->newest = b;
    return b;
}

void *
arena_alloc(struct arena *a, size_t n, size_t size)
{
    assert(a != NULL);
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX / 4)
        abort();
    bytes = (bytes + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;

    struct block *b = a->newest;
    if (b == NULL || b->size - b->used < bytes)
        b = grow(a, bytes);
    char *p = b->bytes + b->used;
    b->used += bytes;
    a->used += bytes;
    return memset(p, 0, bytes);
}

struct str
arena_str(struct arena *a, struct str s)
{
    if (s.p == NULL)
        return (struct str){ NULL, 0 };
    char *p = arena_alloc(a, s.n + 1, 1);
    memcpy(p, s.p, s.n);
    return (struct str){ p, s.n };
}

struct str
arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    assert(n >= 0);
    char *p = arena_alloc(a, (size_t)n + 1, 1);
    va_start(ap, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return (struct str){ p, (size_t)n };
}

size_t
arena_used(const struct arena *a)
{
    return a->used;
}
