/*
 * running.h: what runs on this machine, and what it says of itself: found by the port files in
 * run.dir, asked for /readyz and /metrics.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MILLRACE_RUNNING_H
#define MILLRACE_RUNNING_H

#include "base/arena.h"
#include "cli.h"

struct running {
    const char *name;
    int64_t port;
    bool ready;
    struct str state;   /* "ready", or what is missing, a line each */
    struct str metrics; /* the page; empty if it did not answer */
};
struct running_list { struct running *v; size_t n; };

MUST_CHECK enum err_class running_find(struct cli *c, struct arena *mem, struct running_list *ret,
                                       struct err *e);
/* Sum of a counter's series, in whole units. */
int64_t running_total(const struct running *r, const char *metric);
/* Greatest value of the series of this topic in thousandths; -1: there is none. */
int64_t running_most(const struct running *r, const char *metric, struct str topic);

#endif
