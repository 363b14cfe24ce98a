/*
 * fuzz_conf: any file loads, or is refused by findings, each on a line of its own that is text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/utf8.h"
#include "options.h"

static const char *
as_file(const uint8_t *bytes, size_t n)
{
    static char path[64];
    static int fd = -1;
    if (fd < 0) {
        fd = memfd_create("ini", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    must_hold(ftruncate(fd, 0) == 0);
    must_hold(pwrite(fd, bytes, n, 0) == (ssize_t)n);
    return path;
}

static size_t
lines_in(struct str s)
{
    size_t lines = 0;
    for (size_t i = 0; i < s.n; i++)
        lines += s.p[i] == '\n';
    return lines;
}

static void
check_report(const struct conf *c, const struct err *e)
{
    const struct str report = conf_report(c);
    must_hold(report.n > 0);
    must_hold(report.p[report.n - 1] == '\n');
    must_hold(lines_in(report) >= 1);
    must_hold(utf8_valid(report));
    must_hold(e->class == ERR_FATAL);
    must_hold(e->text[0] != '\0');
}

static void
check_loaded(const struct conf *c, const struct options *cfg)
{
    CLEANUP_VALUE(buf_fini) struct buf out;
    buf_init(&out, 1 << 22);
    must_hold(conf_report(c).n == 0);
    must_hold(cfg->postgres.url != NULL);
    must_hold(cfg->http.port >= 0);
    must_hold(cfg->http.port <= 65535);
    must_hold(cfg->kafka.n <= CONF_PASS_MAX);
    must_hold(cfg->shops.n <= CONF_REPEAT_MAX);
    conf_dump(c, &out);
    must_hold(!out.failed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct options cfg = { 0 };
    struct err e = { 0 };
    struct conf *c = NULL;
    if (n > 1 << 16)
        return 0;
    if (conf_load(&c, as_file(bytes, n), sections, SECTIONS, &cfg, &e) == ERR_NONE)
        check_loaded(c, &cfg);
    else
        check_report(c, &e);
    conf_free(c);
    return 0;
}
