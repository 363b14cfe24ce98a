/* Log lines, read back from a pipe in place of standard error.
 * SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>

#include "base/log.h"
#include "base/utf8.h"

static int saved_stderr, pipe_read;
static char written[1 << 16];

static void
capture(void)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    saved_stderr = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    pipe_read = ends[0];
    fcntl(pipe_read, F_SETFL, O_NONBLOCK);
}

static const char *
captured(void)
{
    const ssize_t n = read(pipe_read, written, sizeof written - 1);
    written[n > 0 ? n : 0] = '\0';
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    close(pipe_read);
    return written;
}

static const char *
behind_the_head(const char *line)
{
    static const char head[] = "\",\"level\":\"info\",\"service\":\"tester\",\"fn\":\"";
    assert_memory_equal(line, "{\"ts\":\"20", 9);
    const char *at = strstr(line, head);
    assert_non_null(at);
    return strchr(at + sizeof head - 1, ',');
}

/* Breaks if a value could end its string, its line, or drive the terminal of whoever reads it. */
static void
values_cannot_forge_lines(void **state)
{
    (void)state;
    capture();
    LOG_INFO(MSG("a\"b\\c\n{\"level\":\"error\"}\r\t\x1b[31m\x7f"),
             KV("c1", (const char *)"\xc2\x9b\xe2\x80\xa8"),
             KV("bad", ((struct str){ "\xff\xc0\xaf\xed\xa0\x80z\0", 8 })));
    const char *line = captured();
    assert_string_equal(behind_the_head(line),
                        ",\"msg\":\"a\\\"b\\\\c\\u000a{\\\"level\\\":\\\"error\\\"}\\u000d\\u0009"
                        "\\u001b[31m\\u007f\",\"c1\":\"\\u009b\\u2028\",\"bad\":\"\\ufffd\\ufffd"
                        "\\ufffd\\ufffd\\ufffd\\ufffdz\\u0000\"}\n");
}

/* Breaks if numbers, nulls or ordinary text lost their form. */
static void
kinds_keep_their_form(void **state)
{
    (void)state;
    capture();
    LOG_INFO(MSG("Gr\xc3\xbc\xc3\x9f" "e \xf0\x9f\x9a\x9a"), KV("n", 7),
             KV("big", INT64_C(-9223372036854775807)), KV("none", (const char *)NULL),
             KV("null", ((struct str){ NULL, 0 })), KV("empty", STR("")));
    assert_string_equal(behind_the_head(captured()),
                        ",\"msg\":\"Gr\xc3\xbc\xc3\x9f" "e \xf0\x9f\x9a\x9a\",\"n\":7,"
                        "\"big\":-9223372036854775807,\"none\":null,\"null\":null,"
                        "\"empty\":\"\"}\n");
}

static void
check_cut(size_t length)
{
    static char text[LOG_LINE_MAX * 2];
    memset(text, 'x', length);
    capture();
    LOG_INFO(MSG("long"), KV("text", ((struct str){ text, length })), KV("after", 1));
    const char *line = captured();
    const size_t n = strlen(line);
    assert_true(n <= LOG_LINE_MAX);
    const bool cut = strstr(line, "x\",\"cut\":true}\n") != NULL;
    const bool between = !cut && strstr(line, ",\"cut\":true}\n") != NULL;
    const bool whole = strstr(line, "x\",\"after\":1}\n") != NULL;
    assert_int_equal(cut + between + whole, 1);
    assert_true(length > 7900 || whole);
    assert_true(length < LOG_LINE_MAX || cut);
    assert_ptr_equal(strchr(line, '\n'), line + n - 1);
}

/* Breaks if a long line lost its shape, its end, or grew past one write. */
static void
long_lines_are_cut_and_stay_json(void **state)
{
    (void)state;
    check_cut(100);
    for (size_t length = 8000; length < 8192; length++)
        check_cut(length);
    check_cut(LOG_LINE_MAX * 2);
}

/* Breaks if the threshold let debug lines through, or held errors back. */
static void
the_threshold_holds(void **state)
{
    (void)state;
    enum log_level lv;
    check_ok(log_level_parse(STR("error"), &lv, &e));
    assert_int_equal(lv, LEVEL_ERROR);
    check_error(log_level_parse(STR("loud"), &lv, &e), ERR_REJECT,
                "\"loud\" is no log level, want debug, info, warn or error");
    capture();
    LOG_DEBUG(MSG("quiet"));
    log_setup("tester", LEVEL_ERROR);
    LOG_WARN(MSG("quiet, too"));
    log_setup("tester", LEVEL_INFO);
    assert_string_equal(captured(), "");
}

static void *
chatter(void *unused)
{
    (void)unused;
    for (int i = 0; i < 100; i++)
        LOG_INFO(MSG("0123456789012345678901234567890123456789"), KV("i", i));
    return NULL;
}

/* Breaks if lines of two threads mixed. */
static void
threads_do_not_mix(void **state)
{
    (void)state;
    pthread_t threads[2];
    capture();
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, chatter, NULL), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    int lines = 0;
    const char *line = captured();
    for (const char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        assert_memory_equal(line, "{\"ts\":\"", 7);
        assert_int_equal(end[-1], '}');
        lines++;
    }
    assert_int_equal(lines, 200);
}

/* Breaks if logging between a failing call and its report changed errno. */
static void
errno_survives(void **state)
{
    (void)state;
    const int saved = dup(STDERR_FILENO);
    close(STDERR_FILENO);
    errno = ENOENT;
    LOG_ERROR(MSG("nobody hears this"));
    const int after = errno;
    dup2(saved, STDERR_FILENO);
    close(saved);
    assert_int_equal(after, ENOENT);
}

/* Breaks if a byte sequence outside RFC 3629 passed for text. */
static void
only_utf8_is_valid(void **state)
{
    (void)state;
    static const char *const valid[] = { "", "a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80",
                                         "\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x90\x80\x80",
                                         "\xf4\x8f\xbf\xbf" };
    static const char *const invalid[] = { "\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xe0\x9f\xbf",
                                           "\xed\xa0\x80", "\xed\xbf\xbf", "\xe2\x82",
                                           "\xf0\x8f\xbf\xbf",
                                           "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
                                           "a\xe2\x28\xa1" };
    for (size_t i = 0; i < sizeof valid / sizeof valid[0]; i++)
        assert_true(utf8_valid(str_of(valid[i])));
    for (size_t i = 0; i < sizeof invalid / sizeof invalid[0]; i++)
        assert_false(utf8_valid(str_of(invalid[i])));
    uint32_t cp = 0;
    assert_int_equal(utf8_next(STR("\xf0\x9f\x9a\x9a"), &cp), 4);
    assert_int_equal(cp, 0x1f69a);
    assert_int_equal(utf8_next(STR(""), &cp), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_cannot_forge_lines),
        cmocka_unit_test(kinds_keep_their_form),
        cmocka_unit_test(long_lines_are_cut_and_stay_json),
        cmocka_unit_test(the_threshold_holds),
        cmocka_unit_test(threads_do_not_mix),
        cmocka_unit_test(errno_survives),
        cmocka_unit_test(only_utf8_is_valid),
    };
    log_setup("tester", LEVEL_INFO);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
