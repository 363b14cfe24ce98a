/*
 * rand.c: a small generator per thread (splitmix64), seeded once from the kernel.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/rand.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/random.h>

static _Thread_local uint64_t state;
static _Thread_local bool seeded;

uint64_t
rand_u64(void)
{
    if (!seeded) {
        if (getrandom(&state, sizeof state, 0) != sizeof state)
            abort();
        seeded = true;
    }
    state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

int64_t
rand_backoff_ms(int64_t base_ms, int64_t cap_ms, int attempt)
{
    assert(base_ms > 0);
    assert(cap_ms > 0);
    assert(attempt >= 0);
    int64_t top = base_ms;
    for (int i = 0; i < attempt && top < cap_ms; i++)
        top = top > INT64_MAX / 2 ? INT64_MAX : top * 2;
    if (top > cap_ms)
        top = cap_ms;
    return 1 + (int64_t)(rand_u64() % (uint64_t)top);
}
