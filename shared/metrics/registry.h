/*
 * registry.h: the metrics that were touched, sorted by name; private to this layer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef METRICS_REGISTRY_H
#define METRICS_REGISTRY_H

#include "metrics/metrics.h"

enum { METRIC_BUCKETS = 15 };
extern const int64_t metric_bounds_us[METRIC_BUCKETS];

struct metric_series {
    char labels[METRIC_LABELS_MAX];
    int64_t value;                     /* of a histogram: the sum, in microseconds */
    int64_t buckets[METRIC_BUCKETS + 1]; /* not cumulative; the last one is above all bounds */
};

struct metric_state {
    struct metric_state *next;
    enum metric_kind kind;
    const char *name, *help;
    size_t n, cap;
    struct metric_series *series;
};

/* The list's head; hold the lock while walking. */
struct metric_state *registry_lock(void);
void registry_unlock(void);

/* page.c: one metric's HELP and TYPE, then its samples */
void page_head(struct buf *out, const char *name, const char *help, const char *type);
void page_us(struct buf *out, int64_t us); /* microseconds as seconds */
/* process.c: gauges about this process, in the page's order */
void process_render(struct buf *out);

#endif
