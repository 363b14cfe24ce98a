/*
 * page.c: the database and the page, for all commands.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "cli.h"

enum err_class
cli_pg_open(struct cli *c, const struct pg_stmt *const *statements, struct pg **ret, struct err *e)
{
    const struct pg_settings settings = { .url = c->cfg.postgres.url, .application = "millrace" };
    const enum err_class class =
        pg_open(ret, &settings, (const struct pg_stmt *const *const[]){ statements, NULL }, e);
    if (class == ERR_FATAL && strncmp(e->code, "42", 2) == 0)
        return err_wrap(e, "the database does not fit this version, run `millrace migrate`: ");
    return class;
}

void
cli_print(const struct buf *out)
{
    if (out->n == 0)
        return;
    (void)fwrite(out->p, 1, out->n, stdout);
    if (out->p[out->n - 1] != '\n')
        (void)putchar('\n');
}
