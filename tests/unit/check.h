/*
 * check.h: what unit tests add to cmocka: errors compared whole, and assertions that must abort.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_UNIT_CHECK_H
#define TESTS_UNIT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/types.h"

/* The call fails with this class and exactly this text. */
#define check_error(call, cls, expected)          \
    do {                                          \
        struct err e = { 0 };                     \
        const enum err_class got_ = (call);       \
        assert_string_equal(e.text, (expected));  \
        assert_int_equal(got_, (cls));            \
        assert_int_equal(e.class, (cls));         \
    } while (0)

/* The call succeeds; a failure shows the error's text. */
#define check_ok(call)                            \
    do {                                          \
        struct err e = { 0 };                     \
        const enum err_class got_ = (call);       \
        assert_string_equal(e.text, "");          \
        assert_int_equal(got_, ERR_NONE);         \
    } while (0)

#define check_str(s, expected)                                \
    do {                                                      \
        const struct str s_ = (s);                            \
        const char *x_ = (expected);                          \
        if (s_.n != strlen(x_) || memcmp(s_.p, x_, s_.n))     \
            fail_msg("\"%.*s\" instead of \"%s\"", (int)s_.n, \
                     s_.p ? s_.p : "(null)", x_);             \
    } while (0)

/* Whether fn, in a process of its own, ends by the signal. */
static inline bool
dies_by(int signal, void (*fn)(void))
{
    int status = 0;
    const pid_t pid = fork();
    if (pid == 0) {
        close(STDERR_FILENO);
        fn();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) && WTERMSIG(status) == signal;
}

#endif
