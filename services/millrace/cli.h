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

#include "service/service.h"

enum { EXIT_NO = 1, EXIT_ARGUMENTS = 64, EXIT_INPUT = 65 };

struct cli {
    struct service_conf cfg;
    struct service *svc;
    const char *config; /* --config, or NULL */
    bool json;          /* --json */
    int argc;           /* of the subcommand */
    char **argv;
    int answer;         /* exit code of a run without error: 0 or EXIT_NO */
};
typedef enum err_class cli_fn(struct cli *c, struct err *e);

struct cli_command {
    const char *name; /* "topics diff": one or two words */
    const char *args; /* "FILE.json"; one word per argument */
    const char *help;
    const char *more; /* for `millrace NAME --help`; may be NULL */
    cli_fn *fn;
};

/* arguments.c: finds the command, fills c; prints and exits for help, version and mistakes. */
const struct cli_command *cli_arguments(struct cli *c, const struct cli_command *commands, int argc,
                                        char **argv);

/* page.c: prepares these statements only, on a connection of this run. */
MUST_CHECK enum err_class cli_pg_open(struct cli *c, const struct pg_stmt *const *statements,
                                      struct pg **ret, struct err *e);
void cli_print(const struct buf *out); /* to stdout; ends a line that is not ended */

cli_fn cli_config_apply, cli_config_check, cli_migrate, cli_status;
cli_fn cli_topics_apply, cli_topics_diff;
cli_fn cli_trace_order, cli_explain_atp;

#endif
