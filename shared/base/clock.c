/*
 * clock.c: wall clock with a movable offset, and the monotonic clock that never moves.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { OFFSET_REREAD_US = 10000 };

static pthread_once_t offset_once = PTHREAD_ONCE_INIT;
static const char *offset_path;
static _Atomic int64_t offset_us, offset_read_at_us;

static void
find_offset_file(void)
{
    const char *path = getenv("MILLRACE_CLOCK_OFFSET_FILE");
    offset_path = path != NULL && path[0] != '\0' ? path : NULL;
    atomic_store(&offset_read_at_us, clock_monotonic_us() - OFFSET_REREAD_US);
}

/* A file that is missing or just being written keeps the last offset: time must not jump back. */
static void
read_offset(void)
{
    char text[32];
    const int fd = open(offset_path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    const ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        return;
    text[n] = '\0';

    char *end;
    errno = 0;
    const long long v = strtoll(text, &end, 10);
    if (errno == 0 && end != text && (*end == '\0' || *end == '\n'))
        atomic_store(&offset_us, v);
}

static int64_t
current_offset(void)
{
    pthread_once(&offset_once, find_offset_file);
    if (offset_path == NULL)
        return 0;
    const int64_t now = clock_monotonic_us();
    int64_t last = atomic_load(&offset_read_at_us);
    if (now - last >= OFFSET_REREAD_US &&
        atomic_compare_exchange_strong(&offset_read_at_us, &last, now))
        read_offset();
    return atomic_load(&offset_us);
}

static int64_t
read_clock(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return t.tv_sec * US_PER_S + t.tv_nsec / 1000;
}

struct time_us
clock_now(void)
{
    return (struct time_us){ read_clock(CLOCK_REALTIME) + current_offset() };
}

int64_t
clock_monotonic_us(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t
clock_monotonic_ms(void)
{
    return clock_monotonic_us() / US_PER_MS;
}

void
clock_sleep_ms(int64_t ms)
{
    if (ms <= 0)
        return;
    const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
    nanosleep(&t, NULL);
}
