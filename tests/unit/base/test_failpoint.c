/* Failpoints, each set-up in a process of its own.  SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/failpoint.h"

static enum err_class
pass(const char *name, struct err *e)
{
    FAILPOINT(name, e);
    return ERR_NONE;
}

static void
kill_on_third(void)
{
    struct err e = { 0 };
    setenv("MILLRACE_FAILPOINTS", "after_commit:3:kill", 1);
    if (pass("after_commit", &e) != ERR_NONE || pass("after_commit", &e) != ERR_NONE)
        _exit(1);
    (void)!pass("after_commit", &e);
}

static void
not_killed_before(void)
{
    struct err e = { 0 };
    setenv("MILLRACE_FAILPOINTS", "after_commit:3:kill", 1);
    for (int i = 0; i < 5; i++)
        if (pass("before_commit", &e) != ERR_NONE)
            _exit(1);
    if (pass("after_commit", &e) == ERR_NONE && pass("after_commit", &e) == ERR_NONE)
        raise(SIGUSR1);
}

/* Breaks if a test could not kill a service at a chosen pass, or killed it earlier. */
static void
kill_acts_on_its_pass(void **state)
{
    (void)state;
    assert_true(dies_by(SIGKILL, kill_on_third));
    assert_true(dies_by(SIGUSR1, not_killed_before));
}

static void
errors_and_delays(void)
{
    struct err e = { 0 };
    setenv("MILLRACE_FAILPOINTS", "a:0:error,b:2:error,c:1:delay_ms=40", 1);
    bool good = pass("a", &e) == ERR_RETRY && pass("a", &e) == ERR_RETRY;
    good = good && strcmp(e.text, "failpoint a acted on pass 2") == 0;
    good = good && pass("b", &e) == ERR_NONE && pass("b", &e) == ERR_RETRY;
    good = good && pass("b", &e) == ERR_NONE;
    const int64_t before = clock_monotonic_ms();
    good = good && pass("c", &e) == ERR_NONE && clock_monotonic_ms() - before >= 39;
    const int64_t after = clock_monotonic_ms();
    good = good && pass("c", &e) == ERR_NONE && clock_monotonic_ms() - after < 39;
    if (good)
        raise(SIGUSR1);
}

/* Breaks if an error came on the wrong pass or a delay did not wait. */
static void
errors_and_delays_act_on_their_pass(void **state)
{
    (void)state;
    assert_true(dies_by(SIGUSR1, errors_and_delays));
}

static const char *wrong;
static void
refuses(void)
{
    struct err e = { 0 };
    setenv("MILLRACE_FAILPOINTS", wrong, 1);
    if (pass("a", &e) == ERR_FATAL && strstr(e.text, "MILLRACE_FAILPOINTS: ") == e.text)
        raise(SIGUSR1);
}

/* Breaks if a misspelt failpoint were ignored, so that a test passes without its fault. */
static void
misspelt_settings_are_fatal(void **state)
{
    (void)state;
    static const char *const texts[] = { "a", "a:1", "a:x:kill", "a:1:explode", "a:1:delay_ms=",
                                         "a:1:delay_ms=x", ":1:kill", "a::kill",
                                         "b:1:kill,,c:1:kill" };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        wrong = texts[i];
        if (!dies_by(SIGUSR1, refuses))
            fail_msg("accepted: %s", wrong);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kill_acts_on_its_pass),
        cmocka_unit_test(errors_and_delays_act_on_their_pass),
        cmocka_unit_test(misspelt_settings_are_fatal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
