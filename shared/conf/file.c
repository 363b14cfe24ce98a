/*
 * file.c: reads a whole file, and says what to do when that fails.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "conf/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *
advice(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return "; name an existing file";
    case EACCES:
    case EPERM:
        return "; let the user of this process read it";
    default:
        return "";
    }
}

/* Reads until max + 1 bytes, so that a file that is too large shows. -1 on an error. */
static ssize_t
read_all(int fd, char *p, size_t max)
{
    size_t n = 0;
    while (n <= max) {
        const ssize_t got = read(fd, p + n, max + 1 - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        n += (size_t)got;
    }
    return (ssize_t)n;
}

static const char *
read_open(struct conf *c, const char *origin, const char *path, int fd, size_t max, size_t *n)
{
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        conf_finding(c, origin, "%s is a directory; name a file", path);
        return NULL;
    }
    CLEANUP(free) char *p = malloc(max + 1);
    const ssize_t got = p != NULL ? read_all(fd, p, max) : -1;
    if (got < 0) {
        conf_finding(c, origin, "cannot read %s: %s", path, strerror(errno));
        return NULL;
    }
    if ((size_t)got > max) {
        conf_finding(c, origin, "%s is larger than %zu bytes; is it the right file?", path, max);
        return NULL;
    }
    *n = (size_t)got;
    const char *text = arena_str(c->mem, (struct str){ p, *n }).p;
    explicit_bzero(p, *n); /* it may be a secret */
    return text;
}

const char *
conf_read_file(struct conf *c, const char *origin, const char *path, size_t max, size_t *n)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        conf_finding(c, origin, "cannot open %s: %s%s", path, strerror(errno), advice(errno));
        return NULL;
    }
    const char *text = read_open(c, origin, path, fd, max, n);
    close(fd);
    return text;
}
