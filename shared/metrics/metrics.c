/*
 * metrics.c: the registry and the page.
 *
 * Every metric keeps its series in a fixed array that only grows; a series is published by storing
 * its count last, so that the page, served from another thread, never sees a half-made one.  Making a
 * series takes a lock; updating one is a single atomic addition.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "metrics/metrics.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metrics/internal.h"

enum { METRICS_MAX = 128, BUCKETS = 16 };

/* Upper bounds, in microseconds: 1 ms to 60 s, dense where our targets lie. */
static const int64_t bounds_us[BUCKETS] = {
    1000,   2000,   5000,   10000,   20000,   50000,   100000,   200000,
    300000, 500000, 750000, 1000000, 2000000, 5000000, 20000000, 60000000,
};

struct series {
    char labels[METRIC_LABELS_MAX];
    _Atomic int64_t value;            /* counter, gauge; sum of a histogram in microseconds */
    _Atomic int64_t *buckets;         /* of a histogram: not cumulative; the last is +Inf */
};

struct metric_state {
    struct series series[METRIC_SERIES_MAX];
    _Atomic size_t n;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct metric *metrics[METRICS_MAX];
static _Atomic size_t n_metrics;
static const char *version = "unknown";

static void *
zeroed(size_t n, size_t size)
{
    void *p = calloc(n, size);
    if (p == NULL)
        abort(); /* a process that cannot get a few kilobytes is better restarted */
    return p;
}

static struct series *
find(struct metric_state *st, const char *labels)
{
    const size_t n = atomic_load_explicit(&st->n, memory_order_acquire);
    for (size_t i = 0; i < n; i++)
        if (strcmp(st->series[i].labels, labels) == 0)
            return &st->series[i];
    return NULL;
}

/* The last series takes what does not fit any more, and says so. */
static struct series *
make(struct metric *m, const char *labels)
{
    struct metric_state *st = m->state;
    const size_t n = atomic_load(&st->n);

    if (n == METRIC_SERIES_MAX)
        return &st->series[n - 1];
    struct series *s = &st->series[n];
    snprintf(s->labels, sizeof s->labels, "%s",
             n == METRIC_SERIES_MAX - 1 ? "overflow=\"true\"" : labels);
    if (m->kind == METRIC_HISTOGRAM_US)
        s->buckets = zeroed(BUCKETS + 1, sizeof *s->buckets);
    atomic_store_explicit(&st->n, n + 1, memory_order_release);
    return s;
}

static void
enroll(struct metric *m)
{
    const size_t n = atomic_load(&n_metrics);
    assert(n < METRICS_MAX);
    m->state = zeroed(1, sizeof *m->state);
    metrics[n] = m;
    atomic_store_explicit(&n_metrics, n + 1, memory_order_release);
}

static struct series *
series_of(struct metric *m, const char *labels)
{
    assert(strlen(labels) < METRIC_LABELS_MAX);

    struct metric_state *st = __atomic_load_n(&m->state, __ATOMIC_ACQUIRE);
    struct series *s = st != NULL ? find(st, labels) : NULL;
    if (s != NULL)
        return s;
    pthread_mutex_lock(&lock);
    if (m->state == NULL)
        enroll(m);
    s = find(m->state, labels);
    if (s == NULL)
        s = make(m, labels);
    pthread_mutex_unlock(&lock);
    return s;
}

void
metric_add(struct metric *m, const char *labels, int64_t n)
{
    atomic_fetch_add_explicit(&series_of(m, labels)->value, n, memory_order_relaxed);
}

void
metric_set(struct metric *m, const char *labels, int64_t v)
{
    assert(m->kind == METRIC_GAUGE);
    atomic_store_explicit(&series_of(m, labels)->value, v, memory_order_relaxed);
}

void
metric_observe_us(struct metric *m, const char *labels, int64_t us)
{
    assert(m->kind == METRIC_HISTOGRAM_US);

    struct series *s = series_of(m, labels);
    size_t i = 0;
    while (i < BUCKETS && us > bounds_us[i])
        i++;
    atomic_fetch_add_explicit(&s->buckets[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->value, us, memory_order_relaxed);
}

int64_t
metric_get(struct metric *m, const char *labels)
{
    return atomic_load(&series_of(m, labels)->value);
}

void
metrics_build_info(const char *v)
{
    version = v;
}

/* ---- the page */

void
metrics_head(struct buf *out, const char *name, const char *help, const char *type)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void
metrics_seconds(struct buf *out, int64_t us)
{
    const int64_t rest = us % 1000000;
    buf_printf(out, "%s%" PRId64 ".%06" PRId64, us < 0 && us > -1000000 ? "-" : "", us / 1000000,
               rest < 0 ? -rest : rest);
}

static void
line(struct buf *out, const char *name, const char *suffix, const char *labels, const char *more)
{
    const bool both = labels[0] != '\0' && more[0] != '\0';
    buf_printf(out, "%s%s", name, suffix);
    if (labels[0] != '\0' || more[0] != '\0')
        buf_printf(out, "{%s%s%s}", labels, both ? "," : "", more);
    buf_char(out, ' ');
}

static void
render_histogram(struct buf *out, const char *name, struct series *s)
{
    int64_t count = 0;
    char le[48];

    for (size_t i = 0; i <= BUCKETS; i++) {
        count += atomic_load_explicit(&s->buckets[i], memory_order_relaxed);
        if (i == BUCKETS)
            snprintf(le, sizeof le, "le=\"+Inf\"");
        else if (bounds_us[i] % 1000000 == 0)
            snprintf(le, sizeof le, "le=\"%" PRId64 "\"", bounds_us[i] / 1000000);
        else
            snprintf(le, sizeof le, "le=\"0.%03" PRId64 "\"", bounds_us[i] / 1000);
        line(out, name, "_bucket", s->labels, le);
        buf_printf(out, "%" PRId64 "\n", count);
    }
    line(out, name, "_sum", s->labels, "");
    metrics_seconds(out, atomic_load_explicit(&s->value, memory_order_relaxed));
    buf_char(out, '\n');
    line(out, name, "_count", s->labels, "");
    buf_printf(out, "%" PRId64 "\n", count);
}

static void
render_metric(struct buf *out, struct metric *m)
{
    static const char *const types[] = { [METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge",
                                         [METRIC_HISTOGRAM_US] = "histogram" };
    const size_t n = atomic_load_explicit(&m->state->n, memory_order_acquire);

    metrics_head(out, m->name, m->help, types[m->kind]);
    for (size_t i = 0; i < n; i++) {
        struct series *s = &m->state->series[i];
        if (m->kind == METRIC_HISTOGRAM_US) {
            render_histogram(out, m->name, s);
            continue;
        }
        line(out, m->name, "", s->labels, "");
        buf_printf(out, "%" PRId64 "\n", atomic_load_explicit(&s->value, memory_order_relaxed));
    }
}

static int
by_name(const void *a, const void *b)
{
    struct metric *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

void
metrics_render(struct buf *ret)
{
    struct metric *sorted[METRICS_MAX];
    const size_t n = atomic_load_explicit(&n_metrics, memory_order_acquire);

    memcpy(sorted, metrics, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_name);
    for (size_t i = 0; i < n; i++)
        render_metric(ret, sorted[i]);
    metrics_head(ret, "millrace_build_info", "The version that runs; always 1.", "gauge");
    buf_printf(ret, "millrace_build_info{version=\"%s\"} 1\n", version);
    process_render(ret);
}
