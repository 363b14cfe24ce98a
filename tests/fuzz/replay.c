/*
 * replay.c: gives every file of the named folders to a fuzzer's entry point, once. So the seeds,
 * and with them every input that ever broke a promise, are part of each test run.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "check.h"

#include <dirent.h>

enum { INPUT_MAX = 1 << 20 };
static uint8_t input[INPUT_MAX];

static int
replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return 0; /* the folder's own entries */
    const size_t n = fread(input, 1, sizeof input, f);
    const int unreadable = ferror(f);
    fclose(f);
    if (unreadable)
        return 0;
    LLVMFuzzerTestOneInput(input, n);
    return 1;
}

static int
replay_folder(const char *folder)
{
    char path[1024];
    int n = 0;
    DIR *d = opendir(folder);
    if (d == NULL) {
        fprintf(stderr, "%s: no such folder\n", folder);
        exit(1);
    }
    for (const struct dirent *f; (f = readdir(d)) != NULL;) {
        snprintf(path, sizeof path, "%s/%s", folder, f->d_name);
        if (f->d_name[0] != '.')
            n += replay_file(path);
    }
    closedir(d);
    return n;
}

int
main(int argc, char **argv)
{
    int n = 0;
    for (int i = 1; i < argc; i++)
        n += replay_folder(argv[i]);
    printf("%d inputs replayed\n", n);
    return n > 0 ? 0 : 1;
}
