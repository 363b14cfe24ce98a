/*
 * runner.c: walks valid/ and invalid/ in name order.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "runner.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { CORPUS_FILE_MAX = 1 << 20, CORPUS_PATH_MAX = 512 };

static bool
ends_with(const char *name, const char *end)
{
    const size_t n = strlen(name), m = strlen(end);
    return n > m && strcmp(name + n - m, end) == 0;
}

static bool
read_file(const char *path, struct buf *ret)
{
    char piece[4096];
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return false;
    for (size_t n; (n = fread(piece, 1, sizeof piece, f)) > 0;)
        buf_add(ret, piece, n);
    fclose(f);
    return true;
}

void
corpus_read(const char *folder, const char *name, const char *file, struct buf *ret)
{
    char path[CORPUS_PATH_MAX];

    (void)snprintf(path, sizeof path, "%s/%s/%s", folder, name, file);
    if (read_file(path, ret))
        return;
    fprintf(stderr, "%s: cannot be read\n", path);
    exit(EXIT_FAILURE);
}

static int
complain(const char *path, const char *what, const char *detail)
{
    fprintf(stderr, "%s: %s%s\n", path, what, detail);
    return 1;
}

/* The expected text is the .err file without its last line end. */
static int
check_rejected(const char *path, const struct err *got)
{
    char err_path[CORPUS_PATH_MAX];
    CLEANUP_VALUE(buf_fini) struct buf want;
    buf_init(&want, ERR_TEXT_SIZE * 2);
    snprintf(err_path, sizeof err_path, "%.*s.err", (int)(strlen(path) - strlen(".json")), path);
    if (!read_file(err_path, &want))
        return complain(err_path, "missing; it should say: ", got->text);
    if (want.n > 0 && want.p[want.n - 1] == '\n')
        want.n--;
    if (!str_is(buf_str(&want), got->text))
        return complain(path, "rejected with another text: ", got->text);
    return 0;
}

static int
run_case(const char *path, bool valid, corpus_decode_fn *decode)
{
    struct err e = { 0 };
    CLEANUP_VALUE(buf_fini) struct buf text;
    buf_init(&text, CORPUS_FILE_MAX);
    if (!read_file(path, &text))
        return complain(path, "cannot be read", "");
    const enum err_class rc = decode(buf_str(&text), &e);
    if (valid)
        return rc == ERR_NONE ? 0 : complain(path, "should decode, but: ", e.text);
    if (rc == ERR_NONE)
        return complain(path, "should be rejected, but decodes", "");
    if (rc != ERR_REJECT)
        return complain(path, "should be REJECT, but is ", err_class_name(rc));
    return check_rejected(path, &e);
}

static int
run_folder(const char *folder, bool valid, corpus_decode_fn *decode, int *cases)
{
    char path[CORPUS_PATH_MAX];
    struct dirent **names;
    int failed = 0, before = *cases;
    snprintf(path, sizeof path, "%s/%s", folder, valid ? "valid" : "invalid");
    const int n = scandir(path, &names, NULL, alphasort);
    if (n < 0)
        return complain(path, "no such folder", "");
    for (int i = 0; i < n; i++) {
        const char *name = names[i]->d_name;
        snprintf(path, sizeof path, "%s/%s/%s", folder, valid ? "valid" : "invalid", name);
        if (ends_with(name, ".json")) {
            failed += run_case(path, valid, decode);
            ++*cases;
        } else if (name[0] != '.' && (valid || !ends_with(name, ".err"))) {
            failed += complain(path, "stray file; cases are .json, their errors .err", "");
        }
        free(names[i]);
    }
    free(names);
    return *cases > before ? failed : failed + complain(folder, "has no cases of one kind", "");
}

int
corpus_run(const char *folder, corpus_decode_fn *decode, int *cases)
{
    *cases = 0;
    return run_folder(folder, true, decode, cases) + run_folder(folder, false, decode, cases);
}
