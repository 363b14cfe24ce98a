/*
 * failpoint.h: named points where a test makes the process die, fail or wait.
 *
 *     MILLRACE_FAILPOINTS=after_commit:3:kill,before_send:1:delay_ms=500,before_send:2:error
 *
 * Each entry is name:n:action; the n-th pass through the point acts (0: every pass).  kill is
 * SIGKILL to oneself, error makes FAILPOINT() return ERR_RETRY, delay_ms waits.  Every hit that
 * acts is logged as one line, so that a test fails if its point was not hit.  Absent from release
 * builds.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_FAILPOINT_H
#define BASE_FAILPOINT_H

#include "base/err.h"

#ifdef MILLRACE_FAILPOINTS
MUST_CHECK enum err_class failpoint_hit(const char *name, struct err *e);
#define FAILPOINT(name, e) TRY(failpoint_hit((name), (e)))
#else
#define FAILPOINT(name, e) ((void)(e))
#endif

#endif
