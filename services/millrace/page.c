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

/* The table whose name follows `last` among all; n: there is none. */
static size_t
next_table(const struct table *tables, size_t n, const char *last)
{
    size_t best = n;

    for (size_t i = 0; i < n; i++) {
        const char *name = tables[i].form->name;
        if ((last == NULL || strcmp(name, last) > 0) &&
            (best == n || strcmp(name, tables[best].form->name) < 0))
            best = i;
    }
    return best;
}

void
cli_tables(const struct cli *c, const struct table *tables, size_t n, struct buf *out)
{
    const char *last = NULL;
    struct emit j;

    for (size_t i = 0; i < n && !c->json; i++) {
        buf_str_add(out, i > 0 ? STR("\n") : STR(""));
        table_page(&tables[i], out);
    }
    if (!c->json)
        return;
    emit_init(&j, out);
    emit_object(&j, NULL);
    for (size_t i; (i = next_table(tables, n, last)) < n; last = tables[i].form->name)
        table_json(&tables[i], &j);
    emit_object_end(&j);
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

enum err_class
cli_answer(const struct buf *out, struct err *e)
{
    TRY(buf_check(out, "the answer", e));
    cli_print(out);
    return ERR_NONE;
}

struct pg_arg
cli_text_or_null(const char *z)
{
    return z != NULL ? PG_CSTR(z) : PG_NULL();
}
