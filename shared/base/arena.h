/*
 * arena.h: memory that dies together: everything one batch or one request needs is dropped in one
 * act.
 *
 * arena_alloc() returns zeroed, 16-byte aligned memory and aborts the process when memory is gone
 * (a service that cannot get a few kilobytes is better restarted).  Reset keeps the largest block.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/types.h"

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a);
void arena_reset(struct arena *a);
void *arena_alloc(struct arena *a, size_t n, size_t size);
#define ARENA_NEW(a, type, n) ((type *)arena_alloc((a), (n), sizeof(type)))
struct str arena_str(struct arena *a, struct str s); /* copy, NUL-terminated; null stays null */
struct str arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
size_t arena_used(const struct arena *a);
DEFINE_CLEANUP(arena_free, struct arena *);

#endif
