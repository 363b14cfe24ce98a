/*
 * arena_case.h: an arena of its own for each case of a test program.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_UNIT_ARENA_CASE_H
#define TESTS_UNIT_ARENA_CASE_H

#include "base/arena.h"
#include "check.h"

static struct arena *mem;

static inline int
arena_case_begin(void **state)
{
    (void)state;
    mem = arena_new();
    return 0;
}

static inline int
arena_case_end(void **state)
{
    (void)state;
    arena_free(mem);
    return 0;
}

#define arena_case(fn) cmocka_unit_test_setup_teardown(fn, arena_case_begin, arena_case_end)

#endif
