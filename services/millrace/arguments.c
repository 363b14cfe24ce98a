/*
 * arguments.c: the command line: options anywhere, the command's words first among the rest.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

enum { WORDS_MAX = 1024 };

struct line {
    struct cli *cli;
    const struct cli_command *commands;
    char **words; /* in place of argv's first ones */
    size_t n, used; /* used: words of the command's name */
    bool asks_help;
};

static void
print_usage(FILE *to, const struct cli_command *commands)
{
    fprintf(to, "Usage: millrace [--config FILE] [--json] COMMAND [ARGUMENT]\n\nCommands:\n");
    for (const struct cli_command *c = commands; c->name != NULL; c++) {
        char left[64];
        snprintf(left, sizeof left, "%s %s", c->name, c->args);
        fprintf(to, "  %-28s %s\n", left, c->help);
    }
    fprintf(to, "\nOptions:\n"
                "  --config FILE                default: $MILLRACE_CONFIG, else ./millrace.ini\n"
                "  --json                       answer in JSON\n"
                "  --help                       of a command: millrace COMMAND --help\n"
                "  --version\n");
}

static _Noreturn void
mistake(const char *what, const char *arg)
{
    fprintf(stderr, "millrace: %s%s%s\nTry: millrace --help\n", what, *arg != '\0' ? ": " : "",
            arg);
    exit(EXIT_ARGUMENTS);
}

/* The command whose name is these words, or begins with the one word there is. */
static const struct cli_command *
find(const struct line *l, size_t n, bool whole)
{
    char said[128];
    snprintf(said, sizeof said, "%.60s%s%.60s", l->words[0], n > 1 ? " " : "",
             n > 1 ? l->words[1] : "");
    const size_t length = strlen(said);
    for (const struct cli_command *c = l->commands; c->name != NULL; c++)
        if (whole ? strcmp(c->name, said) == 0
                  : strncmp(c->name, said, length) == 0 && c->name[length] == ' ')
            return c;
    return NULL;
}

static void
find_command(struct line *l)
{
    if (l->cli->command != NULL || l->n == 0 || l->n > 2)
        return;
    if (l->n == 1 && find(l, 1, false) != NULL)
        return; /* the second word decides */
    l->cli->command = find(l, l->n, true);
    l->used = l->n;
    if (l->cli->command == NULL)
        mistake("unknown command", l->words[l->n - 1]);
}

static void
print_options(const struct cli_command *c)
{
    for (const struct cli_option *o = c->options; o != NULL && o->name != NULL; o++) {
        char left[64];
        snprintf(left, sizeof left, "--%s %s", o->name, o->arg != NULL ? o->arg : "");
        printf("%s  %-24s %s\n", o == c->options ? "\nOptions:\n" : "", left, o->help);
    }
}

static _Noreturn void
help(const struct line *l)
{
    const struct cli_command *c = l->cli->command;
    if (c == NULL) {
        printf("millrace asks and tells the stream.\n\n");
        print_usage(stdout, l->commands);
        exit(0);
    }
    printf("Usage: millrace %s%s%s%s\n\n%s\n", c->name, *c->args != '\0' ? " " : "", c->args,
           c->options != NULL ? " [OPTIONS]" : "", c->help);
    print_options(c);
    if (c->more != NULL)
        printf("\n%s\n", c->more);
    exit(0);
}

/* "--name value" or "--name=value" of the command; returns how many arguments were used. */
static int
take_option(struct line *l, char **arg, int left)
{
    const struct cli_command *c = l->cli->command;
    const char *name = arg[0] + 2, *equals = strchr(name, '=');
    const size_t n = equals != NULL ? (size_t)(equals - name) : strlen(name);
    for (size_t i = 0; c != NULL && c->options != NULL && c->options[i].name != NULL; i++) {
        if (strncmp(c->options[i].name, name, n) != 0 || c->options[i].name[n] != '\0')
            continue;
        const bool apart = c->options[i].arg != NULL && equals == NULL;
        if (apart && left < 2)
            mistake("an argument is missing", arg[0]);
        if (c->options[i].arg == NULL && equals != NULL)
            mistake("this option takes no argument", arg[0]);
        l->cli->options[i] = apart ? arg[1] : equals != NULL ? equals + 1 : "";
        return apart ? 2 : 1;
    }
    mistake(c == NULL ? "unknown option, or before its command" : "unknown option", arg[0]);
}

/* Returns how many arguments were used. */
static int
take(struct line *l, char **arg, int left)
{
    struct cli *c = l->cli;
    if (strcmp(arg[0], "--version") == 0) {
        printf("millrace %s\n", service_version());
        exit(0);
    }
    if (strcmp(arg[0], "--help") == 0 || strcmp(arg[0], "-h") == 0) {
        l->asks_help = true;
    } else if (strcmp(arg[0], "--json") == 0) {
        c->json = true;
    } else if (strcmp(arg[0], "--config") == 0) {
        if (left < 2)
            mistake("--config needs a file", "");
        c->config = arg[1];
        return 2;
    } else if (strncmp(arg[0], "--config=", 9) == 0) {
        c->config = arg[0] + 9;
    } else if (strncmp(arg[0], "--", 2) == 0) {
        return take_option(l, arg, left);
    } else if (arg[0][0] == '-' && arg[0][1] != '\0') {
        mistake("unknown option", arg[0]);
    } else if (l->n == 0 && !l->asks_help && strcmp(arg[0], "help") == 0) {
        l->asks_help = true;
    } else if (l->n == WORDS_MAX) {
        mistake("too many arguments", "");
    } else {
        l->words[l->n++] = arg[0];
        find_command(l);
    }
    return 1;
}

/* How many arguments a command may have. */
static void
count_args(const char *args, int *least, int *most)
{
    *least = *most = 0;
    for (const char *word = args; *word != '\0'; word += strcspn(word, " "), word += *word == ' ') {
        const size_t n = strcspn(word, " ");
        *least += *word != '[';
        *most = memmem(word, n, "...", 3) != NULL ? WORDS_MAX : *most + 1;
    }
}

const struct cli_command *
cli_arguments(struct cli *c, const struct cli_command *commands, int argc, char **argv)
{
    struct line l = { .cli = c, .commands = commands, .words = argv + 1, .asks_help = argc == 1 };
    int least, most;

    for (int i = 1; i < argc;)
        i += take(&l, argv + i, argc - i);
    if (c->command == NULL && l.n == 1 && !l.asks_help) {
        fprintf(stderr, "millrace: %s what?\n\n", l.words[0]);
        print_usage(stderr, commands);
        exit(EXIT_ARGUMENTS);
    }
    if (l.asks_help || l.n == 0)
        help(&l);
    c->argc = (int)(l.n - l.used);
    c->argv = l.words + l.used;
    count_args(c->command->args, &least, &most);
    if (c->argc < least || c->argc > most)
        mistake(c->argc < least ? "missing argument, expected"
                                : "wrong number of arguments, expected",
                *c->command->args != '\0' ? c->command->args : "none");
    return c->command;
}

const char *
cli_option(const struct cli *c, const char *name)
{
    for (size_t i = 0; c->command->options != NULL && c->command->options[i].name != NULL; i++)
        if (strcmp(c->command->options[i].name, name) == 0)
            return c->options[i];
    return NULL;
}

enum err_class
cli_option_number(const struct cli *c, const char *name, int64_t fallback, int64_t *ret,
                  struct err *e)
{
    const char *text = cli_option(c, name);
    char *end;
    *ret = fallback;
    if (text == NULL)
        return ERR_NONE;
    errno = 0;
    *ret = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || *ret < 1)
        return err_set(e, ERR_REJECT, CLI_USAGE, "--%s: \"%s\" is not a whole number above 0", name,
                       text);
    return ERR_NONE;
}
