/*
 * process.c: what Prometheus' client libraries tell about a process, read from /proc.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "metrics/registry.h"

#include "base/clock.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* A small file of /proc as text; false when it cannot be read. */
static bool
read_proc(const char *path, char *text, size_t size)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    const ssize_t n = read(fd, text, size - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    return n > 0;
}

static int64_t
resident_bytes(void)
{
    char text[128], *second;
    if (!read_proc("/proc/self/statm", text, sizeof text) || (second = strchr(text, ' ')) == NULL)
        return -1;
    return strtoll(second, NULL, 10) * sysconf(_SC_PAGESIZE);
}

static int64_t
open_files(void)
{
    DIR *d = opendir("/proc/self/fd");
    int64_t n = -1; /* the directory itself is open, too */
    if (d == NULL)
        return -1;
    for (const struct dirent *f; (f = readdir(d)) != NULL;)
        n += f->d_name[0] != '.';
    closedir(d);
    return n;
}

static int64_t
monotonic_us(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return t.tv_sec * US_PER_S + t.tv_nsec / 1000;
}

/* Field 22 of /proc/self/stat: ticks after boot. The name in field 2 may hold spaces. */
static int64_t
started_us(void)
{
    char text[1024];
    if (!read_proc("/proc/self/stat", text, sizeof text))
        return -1;
    char *at = strrchr(text, ')');
    for (int field = 2; at != NULL && field < 22; field++)
        at = strchr(at + 1, ' ');
    if (at == NULL)
        return -1;
    const int64_t after_boot = strtoll(at, NULL, 10) * (US_PER_S / sysconf(_SC_CLK_TCK));
    return clock_now().v - (monotonic_us(CLOCK_BOOTTIME) - after_boot);
}

static void
whole(struct buf *out, const char *name, const char *help, int64_t v)
{
    if (v < 0)
        return;
    page_head(out, name, help, "gauge");
    buf_printf(out, "%s %" PRId64 "\n", name, v);
}

static void
seconds(struct buf *out, const char *name, const char *help, const char *type, int64_t us)
{
    if (us < 0)
        return;
    page_head(out, name, help, type);
    buf_printf(out, "%s ", name);
    page_us(out, us);
    buf_char(out, '\n');
}

void
process_render(struct buf *out)
{
    static _Atomic int64_t started;
    if (atomic_load(&started) == 0)
        atomic_store(&started, started_us());
    seconds(out, "process_cpu_seconds_total", "Processor time used so far.", "counter",
            monotonic_us(CLOCK_PROCESS_CPUTIME_ID));
    whole(out, "process_open_fds", "Open file descriptors.", open_files());
    whole(out, "process_resident_memory_bytes", "Memory held in RAM.", resident_bytes());
    seconds(out, "process_start_time_seconds", "When the process started, in Unix time.", "gauge",
            atomic_load(&started));
}
