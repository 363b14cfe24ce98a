/*
 * metrics.h: counters, gauges and integer histograms in Prometheus' text format.
 *
 * A metric is declared once, as a static struct with its help text, and joins the page when it is
 * first touched (add 0 to show a counter before its first event).  Series are told apart by one
 * string of rendered labels (`topic="orders",outcome="applied"`); METRIC_SERIES_MAX bounds them,
 * and what does not fit is counted in millrace_metrics_dropped_total.  Thread-safe: the page is
 * served from another thread.
 *
 * Time is counted in microseconds and rendered in seconds, without floating point: so are
 * histograms, and every counter or gauge whose name says seconds.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef METRICS_METRICS_H
#define METRICS_METRICS_H

#include "base/buf.h"
#include "base/types.h"

enum { METRIC_SERIES_MAX = 128, METRIC_LABELS_MAX = 128 };
enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM_US };

struct metric_state;
struct metric {
    enum metric_kind kind;
    const char *name; /* millrace_<noun>_<unit>; counters end in _total */
    const char *help; /* a sentence for the person on call */
    struct metric_state *state;
};
#define METRIC(k, n, h) { (k), (n), (h), NULL }

void metric_add(struct metric *m, const char *labels, int64_t n); /* labels "" for none */
void metric_set(struct metric *m, const char *labels, int64_t v);
void metric_observe_us(struct metric *m, const char *labels, int64_t us);
int64_t metric_get(struct metric *m, const char *labels);
/* The whole page, sorted by name, with what the process itself costs (memory, CPU, open files). */
void metrics_render(struct buf *ret);
/* Shown as millrace_build_info{version="..."}; the string must live as long as the process. */
void metrics_build_info(const char *version);

#endif
