/*
 * rules.h: which facility ships which units of one order.  Pure: no database, no clock, no chance.
 *
 * What is usable is a table of items and facilities that all orders of a turn share: a decision
 * lowers it, so that the next order sees what is left.  Rules are tried in the order of one table;
 * each places what it can of what is still wanted and leaves the rest to the next.  The same order
 * and the same stock always give the same parts.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef ORDER_ROUTER_RULES_H
#define ORDER_ROUTER_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* usable[item * n_facilities + facility]; never negative. */
struct supply {
    size_t n_items, n_facilities;
    int64_t *usable;
};

struct route_line {
    int64_t wanted; /* lowered as parts are placed */
    size_t item;    /* row of the supply */
};
struct route_part { size_t line, facility; int64_t units; };

/* One order: its lines, the facilities that may ship it (the preferred ones first), its parts. */
struct route {
    struct route_line *lines;
    size_t n_lines;
    const size_t *facilities; /* columns of the supply */
    size_t n_facilities;
    struct supply *supply;
    struct route_part *parts; /* room for n_lines * n_facilities */
    size_t n_parts;
};

enum route_outcome {
    ROUTE_NOTHING, /* nothing was wanted */
    ROUTE_WHOLE,   /* one facility ships it all */
    ROUTE_SPLIT,   /* several do */
    ROUTE_PARTIAL, /* some units are left without a facility */
    ROUTE_NONE,    /* all are */
};

enum route_outcome route_decide(struct route *r);
/* For logs and metrics: "whole". */
const char *route_outcome_name(enum route_outcome outcome);

#endif
