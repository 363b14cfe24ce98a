/*
 * cleanup.h: resources are released by scope, so there is no goto and no teardown ladder.
 *
 *     CLEANUP(pg_free) struct pg *db = NULL;       released when the scope ends, if not NULL
 *     *ret = TAKE(db);                             given away
 *
 * Scopes release in reverse order of declaration.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <stdlib.h>
#include <string.h>

/* Declare next to the type: DEFINE_CLEANUP(pg_free, struct pg *); */
#define DEFINE_CLEANUP(fn, type)            \
    static inline void fn##_p_(type *p)     \
    {                                       \
        if (*p)                             \
            fn(*p);                         \
    }                                       \
    struct fn##_swallow_semicolon_

/* For objects in place: DEFINE_CLEANUP_VALUE(buf_fini, struct buf); then CLEANUP_VALUE(buf_fini) */
#define CLEANUP(fn) __attribute__((cleanup(fn##_p_)))
#define CLEANUP_VALUE(fn) __attribute__((cleanup(fn)))

/* Give ownership away: returns p and leaves NULL behind. */
#define TAKE(p)                     \
    __extension__({                 \
        __typeof__(p) take_ = (p);  \
        (p) = NULL;                 \
        take_;                      \
    })

/* CLEANUP(free) for a pointer of any type; copied bytewise: a `char *` is no `void *` object. */
static inline void
free_p_(void *pointer)
{
    void *p;
    memcpy(&p, pointer, sizeof p);
    free(p);
}

#endif
