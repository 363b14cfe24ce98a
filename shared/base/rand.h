/*
 * rand.h: jitter for back-offs. Seeded from the kernel; not for secrets.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_RAND_H
#define BASE_RAND_H

#include <stdint.h>

uint64_t rand_u64(void);
/* Full jitter: uniform in [1, min(cap, base << attempt)]. attempt counts from 0. */
int64_t rand_backoff_ms(int64_t base_ms, int64_t cap_ms, int attempt);

#endif
