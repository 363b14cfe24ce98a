/*
 * page.c: the registry as Prometheus' text format 0.0.4.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "metrics/registry.h"

#include <inttypes.h>

enum { VERSION_MAX = 64 };
static char build_version[VERSION_MAX];

void
metrics_build_info(const char *version)
{
    registry_lock();
    size_t n = 0;
    for (; version[n] != '\0' && n < VERSION_MAX - 1; n++) {
        const char c = version[n];
        build_version[n] = c == '"' || c == '\\' || (unsigned char)c < 0x20 ? '_' : c;
    }
    build_version[n] = '\0';
    registry_unlock();
}

void
page_head(struct buf *out, const char *name, const char *help, const char *type)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void
page_us(struct buf *out, int64_t us)
{
    const uint64_t size = us < 0 ? 0 - (uint64_t)us : (uint64_t)us;
    buf_printf(out, "%s%" PRIu64 ".%06" PRIu64, us < 0 ? "-" : "", size / 1000000, size % 1000000);
}

/* A bound as people write it: 0.001, 0.5, 1, 60. */
static void
bound(struct buf *out, int64_t us)
{
    buf_printf(out, "%" PRId64, us / 1000000);
    if (us % 1000000 == 0)
        return;
    char digits[4] = { 0 };
    int64_t ms = us / 1000 % 1000;
    for (int i = 2; i >= 0; i--, ms /= 10)
        digits[i] = (char)('0' + ms % 10);
    for (size_t n = 2; digits[n] == '0'; n--)
        digits[n] = '\0';
    buf_printf(out, ".%s", digits);
}

static void
sample(struct buf *out, const struct metric_state *m, const struct metric_series *s)
{
    const bool labelled = s->labels[0] != '\0';
    buf_printf(out, "%s%s%s%s ", m->name, labelled ? "{" : "", s->labels, labelled ? "}" : "");
    if (strstr(m->name, "_seconds") != NULL)
        page_us(out, s->value);
    else
        buf_i64(out, s->value);
    buf_char(out, '\n');
}

static void
histogram(struct buf *out, const struct metric_state *m, const struct metric_series *s)
{
    const char *comma = s->labels[0] ? "," : "", *open = s->labels[0] ? "{" : "",
               *end = s->labels[0] ? "}" : "";
    int64_t count = 0;
    for (size_t i = 0; i <= METRIC_BUCKETS; i++) {
        count += s->buckets[i];
        buf_printf(out, "%s_bucket{%s%sle=\"", m->name, s->labels, comma);
        if (i < METRIC_BUCKETS)
            bound(out, metric_bounds_us[i]);
        else
            buf_printf(out, "+Inf");
        buf_printf(out, "\"} %" PRId64 "\n", count);
    }
    buf_printf(out, "%s_sum%s%s%s ", m->name, open, s->labels, end);
    page_us(out, s->value);
    buf_printf(out, "\n%s_count%s%s%s %" PRId64 "\n", m->name, open, s->labels, end, count);
}

void
metrics_render(struct buf *ret)
{
    static const char *const types[] = { "counter", "gauge", "histogram" };
    for (const struct metric_state *m = registry_lock(); m != NULL; m = m->next) {
        if (m->n > 0)
            page_head(ret, m->name, m->help, types[m->kind]);
        for (size_t i = 0; i < m->n; i++) {
            if (m->kind == METRIC_HISTOGRAM_US)
                histogram(ret, m, &m->series[i]);
            else
                sample(ret, m, &m->series[i]);
        }
    }
    if (build_version[0] != '\0') {
        page_head(ret, "millrace_build_info", "Which build this is.", "gauge");
        buf_printf(ret, "millrace_build_info{version=\"%s\"} 1\n", build_version);
    }
    registry_unlock();
    process_render(ret);
}
