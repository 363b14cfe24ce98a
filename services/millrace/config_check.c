/*
 * config_check.c: is the configuration file right for everybody who reads it?
 *
 * Each service knows its own options, so each is asked: it stands beside this program and is run
 * with
 * --check-config.  Its findings go straight to stderr.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"

extern char **environ;

static const char *const services[] = {
    "webhook-gateway",        "ingest-gateway",    "product-publisher", "order-publisher",
    "order-update-publisher", "product-state",     "order-state",       "inventory-state",
    "order-router",           "outbound-producer", "shopify-writer",    "reconciler",
};
enum { N_SERVICES = sizeof services / sizeof services[0], PATH_SIZE = 4096 };

/* Where this program lies. */
static enum err_class
own_directory(char path[PATH_SIZE], struct err *e)
{
    const ssize_t n = readlink("/proc/self/exe", path, PATH_SIZE - 1);
    if (n <= 0)
        return err_set(e, ERR_FATAL, "EIO", "cannot read /proc/self/exe: %s", strerror(errno));
    path[n] = '\0';
    *strrchr(path, '/') = '\0';
    return ERR_NONE;
}

/* Its exit code; -1 if it cannot be run. Its effective configuration is of no interest. */
static int
ask(char *program, char *config)
{
    char check[] = "--check-config", option[] = "--config";
    char *with[] = { program, check, option, config, NULL }, *without[] = { program, check, NULL };
    posix_spawn_file_actions_t files;
    pid_t pid;
    int status;

    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    const int failed =
        posix_spawn(&pid, program, &files, NULL, config != NULL ? with : without, environ);
    posix_spawn_file_actions_destroy(&files);
    if (failed != 0 || waitpid(pid, &status, 0) != pid)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
report(const struct cli *c, size_t wrong, size_t missing)
{
    if (c->json)
        printf("{\"checked\":%zu,\"missing\":%zu,\"wrong\":%zu}\n", N_SERVICES - missing, missing,
               wrong);
    else if (wrong == 0)
        printf("the configuration is right for %zu services\n", N_SERVICES - missing);
    else
        printf("the configuration is wrong for %zu of %zu services\n", wrong, N_SERVICES - missing);
}

enum err_class
cli_config_check(struct cli *c, struct err *e)
{
    char directory[PATH_SIZE], program[PATH_SIZE + 64], config[PATH_SIZE];
    size_t wrong = 0, missing = 0;

    TRY(own_directory(directory, e));
    snprintf(config, sizeof config, "%s", c->config != NULL ? c->config : "");
    for (size_t i = 0; i < N_SERVICES; i++) {
        snprintf(program, sizeof program, "%s/%s", directory, services[i]);
        if (access(program, X_OK) != 0) {
            fprintf(stderr, "%s: not installed beside millrace, not checked\n", services[i]);
            missing++;
            continue;
        }
        const int code = ask(program, c->config != NULL ? config : NULL);
        if (code != 0)
            fprintf(stderr, "%s: refuses the configuration\n", services[i]);
        wrong += code != 0;
    }
    if (missing == N_SERVICES)
        return err_set(e, ERR_FATAL, "config", "there is no service beside millrace to be asked");
    report(c, wrong, missing);
    c->answer = wrong > 0 ? EXIT_NO : 0;
    return ERR_NONE;
}
