/*
 * arguments.c: the command line: options anywhere, the command's words first among the rest.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "cli.h"

enum { WORDS_MAX = 16 };

static void
print_usage(FILE *to, const struct cli_command *commands)
{
    fprintf(to, "Usage: millrace [--config FILE] [--json] COMMAND [ARGUMENT]\n\nCommands:\n");
    for (const struct cli_command *c = commands; c->name != NULL; c++) {
        char left[64];
        snprintf(left, sizeof left, "%s %s", c->name, c->args);
        fprintf(to, "  %-24s %s\n", left, c->help);
    }
    fprintf(to, "\nOptions:\n"
                "  --config FILE            default: $MILLRACE_CONFIG, else ./millrace.ini\n"
                "  --json                   answer in JSON\n"
                "  --help                   of a command: millrace COMMAND --help\n"
                "  --version\n");
}

static _Noreturn void
mistake(const char *what, const char *arg)
{
    fprintf(stderr, "millrace: %s%s%s\nTry: millrace --help\n", what, *arg != '\0' ? ": " : "",
            arg);
    exit(EXIT_ARGUMENTS);
}

static size_t
words_in(const char *text)
{
    size_t n = *text != '\0';
    for (; *text != '\0'; text++)
        n += *text == ' ';
    return n;
}

/* How many words of the command the line begins with, if all of them; else 0. */
static size_t
match(const struct cli_command *c, const char *const *words, size_t n)
{
    const size_t want = words_in(c->name);
    char said[128] = "";
    size_t at = 0;
    for (size_t i = 0; i < want && i < n; i++)
        at += (size_t)snprintf(said + at, sizeof said - at, "%s%.40s", i > 0 ? " " : "", words[i]);
    return strcmp(said, c->name) == 0 ? want : 0;
}

static const struct cli_command *
find(const struct cli_command *commands, const char *const *words, size_t n, size_t *used)
{
    for (const struct cli_command *c = commands; c->name != NULL; c++) {
        *used = match(c, words, n);
        if (*used > 0)
            return c;
    }
    for (const struct cli_command *c = commands; c->name != NULL; c++)
        if (n == 1 && strncmp(c->name, words[0], strlen(words[0])) == 0 &&
            c->name[strlen(words[0])] == ' ') {
            fprintf(stderr, "millrace: %s what?\n\n", words[0]);
            print_usage(stderr, commands);
            exit(EXIT_ARGUMENTS);
        }
    mistake("unknown command", words[0]);
}

static _Noreturn void
help(const struct cli_command *commands, const char *const *words, size_t n)
{
    size_t used;
    if (n == 0) {
        printf("millrace asks and tells the stream.\n\n");
        print_usage(stdout, commands);
        exit(0);
    }
    const struct cli_command *c = find(commands, words, n, &used);
    printf("Usage: millrace %s %s\n\n%s\n", c->name, c->args, c->help);
    if (c->more != NULL)
        printf("\n%s\n", c->more);
    exit(0);
}

const struct cli_command *
cli_arguments(struct cli *c, const struct cli_command *commands, int argc, char **argv)
{
    const char *words[WORDS_MAX];
    bool asks_help = argc == 1;
    size_t n = 0, used;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--version") == 0) {
            printf("millrace %s\n", service_version());
            exit(0);
        }
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            asks_help = true;
        else if (strcmp(argv[i], "--json") == 0)
            c->json = true;
        else if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
            c->config = argv[++i];
        else if (strncmp(argv[i], "--config=", 9) == 0)
            c->config = argv[i] + 9;
        else if (argv[i][0] == '-' && argv[i][1] != '\0')
            mistake(strcmp(argv[i], "--config") == 0 ? "--config needs a file" : "unknown option",
                    argv[i]);
        else if (n == WORDS_MAX)
            mistake("too many arguments", "");
        else {
            argv[1 + n] = argv[i]; /* words move to the front, in place */
            words[n] = argv[1 + n];
            n++;
        }
    }
    if (n > 0 && strcmp(words[0], "help") == 0)
        help(commands, words + 1, n - 1);
    if (asks_help || n == 0)
        help(commands, words, n);
    const struct cli_command *command = find(commands, words, n, &used);
    c->argc = (int)(n - used);
    c->argv = argv + 1 + used;
    if ((size_t)c->argc != words_in(command->args))
        mistake(c->argc == 0 ? "missing argument" : "wrong number of arguments, expected",
                *command->args != '\0' ? command->args : "none");
    return command;
}
