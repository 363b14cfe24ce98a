/*
 * cli.h: what the subcommands of `millrace` share.
 *
 * A subcommand is a function and a row in main.c's table.  It prints its result on stdout (a page
 * for people, one JSON object a line with --json), its errors come back as struct err and are
 * printed once, by main.c.
 *
 * Exit codes: 0 well, 1 the answer is no (topics differ, something is not found), 64 usage, 65 the
 * input file is bad, 70, 75 and 78 as services have them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MILLRACE_CLI_H
#define MILLRACE_CLI_H

#include "base/arena.h"
#include "service/service.h"
#include "table.h"

enum { EXIT_NO = 1, EXIT_ARGUMENTS = 64, EXIT_INPUT = 65 };

/* Codes of errors that are the caller's: a mistake in the words (64), nothing of that name (1). */
#define CLI_USAGE "USAGE"
#define CLI_UNKNOWN "UNKNOWN"

enum { CLI_OPTIONS_MAX = 8 };

/* An option of one command: "--topic T", or a flag when arg is NULL. */
struct cli_option {
    const char *name; /* "topic" */
    const char *arg;
    const char *help;
};

struct cli_command;
struct cli {
    struct service_conf cfg;
    struct service *svc;
    const struct cli_command *command;
    const char *config; /* --config, or NULL */
    bool json;          /* --json */
    int argc;           /* of the subcommand */
    char **argv;
    const char *options[CLI_OPTIONS_MAX]; /* values, in the order of the command's table */
    int answer;         /* exit code of a run without error: 0 or EXIT_NO */
};
typedef enum err_class cli_fn(struct cli *c, struct err *e);

struct cli_command {
    const char *name; /* "topics diff": one or two words */
    const char *args; /* "FILE.json"; one word per argument; "[ID]" may be left out, "ID..." may be
                       * said again */
    const char *help;
    const char *more; /* for `millrace NAME --help`; may be NULL */
    cli_fn *fn;
    const struct cli_option *options; /* ends with a name NULL; may be NULL */
};

/* arguments.c: finds the command, fills c; prints and exits for help, version and mistakes. */
const struct cli_command *cli_arguments(struct cli *c, const struct cli_command *commands, int argc,
                                        char **argv);

/* The value of an option of this command, "" for a flag that was given; NULL: not given. */
const char *cli_option(const struct cli *c, const char *name);
/* A whole number above 0, or `fallback` when the option was not given. REJECT otherwise. */
MUST_CHECK enum err_class cli_option_number(const struct cli *c, const char *name, int64_t fallback,
                                            int64_t *ret, struct err *e);

/* page.c: prepares these statements only, on a connection of this run. */
MUST_CHECK enum err_class cli_pg_open(struct cli *c, const struct pg_stmt *const *statements,
                                      struct pg **ret, struct err *e);
/*
 * The tables, as one JSON object, or one after another with an empty line between, as they are
 * given.
 */
void cli_tables(const struct cli *c, const struct table *tables, size_t n, struct buf *out);
void cli_print(const struct buf *out); /* to stdout; ends a line that is not ended */
/* Prints what is in out, unless it was more than out may hold. */
MUST_CHECK enum err_class cli_answer(const struct buf *out, struct err *e);
/* An optional text for a statement: null when it was not given. */
struct pg_arg cli_text_or_null(const char *z);

cli_fn cli_config_apply, cli_config_check, cli_migrate, cli_status;
cli_fn cli_topics_apply, cli_topics_diff;
cli_fn cli_trace_order, cli_explain_atp;
cli_fn cli_deadletters_ls, cli_deadletters_show, cli_deadletters_retry, cli_deadletters_drop;
cli_fn cli_drift, cli_exceptions, cli_close_exception, cli_refetch_order, cli_refetch_product;

#endif
