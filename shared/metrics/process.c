/*
 * process.c: what the process costs, by the names that every Prometheus dashboard knows.
 *
 * Read from /proc when the page is asked for.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "metrics/internal.h"

static int64_t started_us;

/* Runs before main(): the start time must not depend on who asks first. */
__attribute__((constructor)) static void
note_start(void)
{
    started_us = clock_now().v;
}

static int64_t
cpu_us(void)
{
    struct rusage u = { 0 };
    getrusage(RUSAGE_SELF, &u);
    return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * US_PER_S + u.ru_utime.tv_usec +
           u.ru_stime.tv_usec;
}

static int64_t
resident_bytes(void)
{
    long long total = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f == NULL)
        return 0;
    if (fscanf(f, "%lld %lld", &total, &resident) != 2)
        resident = 0;
    fclose(f);
    return resident * sysconf(_SC_PAGESIZE);
}

static int64_t
open_files(void)
{
    int64_t n = 0;
    DIR *d = opendir("/proc/self/fd");
    if (d == NULL)
        return 0;
    while (readdir(d) != NULL)
        n++;
    closedir(d);
    return n > 3 ? n - 3 : 0; /* ".", ".." and the descriptor of the listing itself */
}

static void
seconds(struct buf *out, const char *name, const char *help, const char *type, int64_t us)
{
    metrics_head(out, name, help, type);
    buf_printf(out, "%s ", name);
    metrics_seconds(out, us);
    buf_char(out, '\n');
}

static void
number(struct buf *out, const char *name, const char *help, int64_t v)
{
    metrics_head(out, name, help, "gauge");
    buf_printf(out, "%s %" PRId64 "\n", name, v);
}

void
process_render(struct buf *out)
{
    seconds(out, "process_cpu_seconds_total", "User and system time spent.", "counter", cpu_us());
    number(out, "process_open_fds", "Open file descriptors.", open_files());
    number(out, "process_resident_memory_bytes", "Resident memory.", resident_bytes());
    seconds(out, "process_start_time_seconds", "When the process started, Unix time.", "gauge",
            started_us);
}
