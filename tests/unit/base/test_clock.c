/* The movable clock: needs a process of its own, since the file's name is read once.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

static char offset_file[] = "/tmp/millrace-clock-XXXXXX";

static void
write_offset(const char *text)
{
    FILE *f = fopen(offset_file, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    clock_sleep_ms(12); /* the file is looked at every 10 ms */
}

static int64_t
ahead_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return clock_now().v - (t.tv_sec * US_PER_S + t.tv_nsec / 1000);
}

static void
check_ahead(int64_t want)
{
    const int64_t got = ahead_us();
    if (got > want + 100000 || got < want - 100000)
        fail_msg("the clock is %lld us ahead, not %lld", (long long)got, (long long)want);
}

/* Breaks if tests could not move timers and midnights by writing one number. */
static void
the_file_moves_the_wall_clock(void **state)
{
    (void)state;
    const int64_t before = clock_monotonic_us();
    check_ahead(0);
    write_offset("86400000000\n");
    check_ahead(86400000000);
    write_offset("-3600000000");
    check_ahead(-3600000000);
    assert_true(clock_monotonic_us() - before < 5 * US_PER_S);
}

/* Breaks if time jumped back while the file is being written, or when it is gone. */
static void
an_unreadable_offset_keeps_the_last(void **state)
{
    (void)state;
    write_offset("5000000");
    check_ahead(5000000);
    write_offset("");
    check_ahead(5000000);
    write_offset("12 hours");
    check_ahead(5000000);
    unlink(offset_file);
    clock_sleep_ms(12);
    check_ahead(5000000);
}

/* Breaks if a back-off returned at once or a signal could not end it. */
static void
sleeping_takes_its_time(void **state)
{
    (void)state;
    const int64_t before = clock_monotonic_ms();
    clock_sleep_ms(30);
    clock_sleep_ms(0);
    clock_sleep_ms(-5);
    const int64_t took = clock_monotonic_ms() - before;
    assert_in_range(took, 29, 1000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_moves_the_wall_clock),
        cmocka_unit_test(an_unreadable_offset_keeps_the_last),
        cmocka_unit_test(sleeping_takes_its_time),
    };
    const int fd = mkstemp(offset_file);
    if (fd < 0 || setenv("MILLRACE_CLOCK_OFFSET_FILE", offset_file, 1) != 0)
        return 1;
    close(fd);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
