/*
 * clock.h: the only clock of the tree.
 *
 * Wall time is UTC microseconds.  When MILLRACE_CLOCK_OFFSET_FILE names a file, its content (a
 * decimal number of microseconds) is added to the wall clock, re-read when the file changes at most
 * every 10 ms: tests move timers, midnights and grace windows by writing one number.  The monotonic
 * clock never moves with it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/err.h"
#include "base/types.h"

enum { TIME_TEXT_SIZE = 32 };
#define US_PER_S INT64_C(1000000)
#define US_PER_MS INT64_C(1000)

struct time_us clock_now(void);
int64_t clock_monotonic_us(void);
int64_t clock_monotonic_ms(void);
void clock_sleep_ms(int64_t ms); /* returns early on a signal */

/* RFC 3339 with any offset and 0 to 9 fraction digits (truncated to microseconds), else REJECT.
 * A leap second counts as the first second of the next minute. */
MUST_CHECK enum err_class time_parse(struct str text, struct time_us *ret, struct err *e);
/* HTTP-date ("Tue, 24 Nov 2026 11:00:00 GMT"), as in the Date header. */
MUST_CHECK enum err_class time_parse_http(struct str text, struct time_us *ret, struct err *e);
/* "2026-11-24T11:00:00.000000Z": always UTC, always six digits. Returns text. */
const char *time_format(struct time_us t, char text[TIME_TEXT_SIZE]);
/* "2026-11-24T11:00:00Z": whole seconds, for Shopify's search filters. */
const char *time_format_s(struct time_us t, char text[TIME_TEXT_SIZE]);

#endif
