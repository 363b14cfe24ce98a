/*
 * metrics.c: the registry, behind one lock: an update is a short search, rarely contended.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "metrics/registry.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

const int64_t metric_bounds_us[METRIC_BUCKETS] = {
    1000,    2000,    5000,    10000,   20000,    50000,    100000, 200000,
    500000,  1000000, 2000000, 5000000, 10000000, 30000000, 60000000,
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct metric_state *registry;

static struct metric dropped =
    METRIC(METRIC_COUNTER, "millrace_metrics_dropped_total",
           "Updates lost because a metric had too many series, or labels too long.");

struct metric_state *
registry_lock(void)
{
    pthread_mutex_lock(&lock);
    return registry;
}

void
registry_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

static void *
must(void *p)
{
    if (p == NULL)
        abort();
    return p;
}

static bool
ends_with(const char *s, const char *end)
{
    const size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

/* Two static metrics of one name share their state, so that the page stays well-formed. */
static struct metric_state *
state_of(struct metric *m)
{
    if (m->state != NULL)
        return m->state;
    assert((m->kind == METRIC_COUNTER) == ends_with(m->name, "_total"));
    assert(m->kind != METRIC_HISTOGRAM_US || ends_with(m->name, "_seconds"));

    struct metric_state **at = &registry;
    while (*at != NULL && strcmp((*at)->name, m->name) < 0)
        at = &(*at)->next;
    if (*at == NULL || strcmp((*at)->name, m->name) != 0) {
        struct metric_state *new = must(calloc(1, sizeof *new));
        *new = (struct metric_state){ .next = *at, .kind = m->kind, .name = m->name,
                                      .help = m->help };
        *at = new;
    }
    assert((*at)->kind == m->kind);
    return m->state = *at;
}

/* NULL when the series does not fit. */
static struct metric_series *
series_of(struct metric_state *s, const char *labels)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->series[i].labels, labels) == 0)
            return &s->series[i];
    if (s->n == METRIC_SERIES_MAX || strlen(labels) >= METRIC_LABELS_MAX)
        return NULL;
    if (s->n == s->cap) {
        s->cap = s->cap > 0 ? s->cap * 2 : 1;
        s->series = must(realloc(s->series, s->cap * sizeof *s->series));
    }
    struct metric_series *new = &s->series[s->n++];
    *new = (struct metric_series){ .value = 0 };
    snprintf(new->labels, sizeof new->labels, "%s", labels);
    return new;
}

/* Call with the lock held. */
static struct metric_series *
touch(struct metric *m, const char *labels)
{
    struct metric_series *s = series_of(state_of(m), labels);
    if (s == NULL)
        series_of(state_of(&dropped), "")->value++;
    return s;
}

void
metric_add(struct metric *m, const char *labels, int64_t n)
{
    assert(m->kind != METRIC_HISTOGRAM_US);
    assert(m->kind != METRIC_COUNTER || n >= 0);
    registry_lock();
    struct metric_series *s = touch(m, labels);
    if (s != NULL)
        s->value += n;
    registry_unlock();
}

void
metric_set(struct metric *m, const char *labels, int64_t v)
{
    assert(m->kind == METRIC_GAUGE);
    registry_lock();
    struct metric_series *s = touch(m, labels);
    if (s != NULL)
        s->value = v;
    registry_unlock();
}

void
metric_observe_us(struct metric *m, const char *labels, int64_t us)
{
    assert(m->kind == METRIC_HISTOGRAM_US);
    if (us < 0)
        us = 0; /* a wall clock that was set back */
    size_t bucket = 0;
    while (bucket < METRIC_BUCKETS && us > metric_bounds_us[bucket])
        bucket++;
    registry_lock();
    struct metric_series *s = touch(m, labels);
    if (s != NULL) {
        s->value += us;
        s->buckets[bucket]++;
    }
    registry_unlock();
}

int64_t
metric_get(struct metric *m, const char *labels)
{
    int64_t v = 0;
    registry_lock();
    const struct metric_state *s = state_of(m);
    for (size_t i = 0; i < s->n; i++) {
        if (strcmp(s->series[i].labels, labels) != 0)
            continue;
        v = s->series[i].value;
        if (m->kind == METRIC_HISTOGRAM_US) {
            v = 0;
            for (size_t b = 0; b <= METRIC_BUCKETS; b++)
                v += s->series[i].buckets[b];
        }
    }
    registry_unlock();
    return v;
}
