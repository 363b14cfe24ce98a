/*
 * exceptions.c: `millrace exceptions`: what only a person can decide or supply, by kind, the oldest
 * first, with what to do; and `millrace close exception` for the few that do not close themselves
 * when the cause is gone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>

#include "base/clock.h"
#include "cli.h"
#include "millrace_sql.h"

enum { SHOWN = 200, OUT_MAX = 16 << 20 };

static const struct column columns[] = {
    { "kind", COLUMN_TEXT, NULL },      { "subject", COLUMN_TEXT, NULL },
    { "detail", COLUMN_TEXT, NULL },    { "opened_at", COLUMN_TIME, NULL },
    { "seen_at", COLUMN_TIME, NULL },   { "seen", COLUMN_NUMBER, NULL },
    { "closed_at", COLUMN_TIME, NULL }, { "advice", COLUMN_TEXT, NULL },
    { 0 },
};
static const struct form form = {
    .name = "exceptions",
    .columns = columns,
    .heading = "{kind}<advice?: {advice}>\n",
    .line = "  {opened_at}  {subject}<closed_at?  (closed)>\n      {detail}\n",
    .none = "nothing waits for a person\n",
};

enum err_class
cli_exceptions(struct cli *c, struct err *e)
{
    static const struct pg_stmt *const statements[] = { &sql_exception_list, NULL };
    CLEANUP(arena_free) struct arena *mem = arena_new();
    CLEANUP(pg_free) struct pg *db = NULL;
    CLEANUP(pg_rows_free) struct pg_rows *list = NULL;
    CLEANUP_VALUE(buf_fini) struct buf out;
    int64_t most;

    buf_init(&out, OUT_MAX);
    TRY(cli_option_number(c, "max", SHOWN, &most, e));
    TRY(cli_pg_open(c, statements, &db, e));
    TRY(pg_exec(db, e, &list, &sql_exception_list, cli_text_or_null(cli_option(c, "kind")),
                cli_text_or_null(cli_option(c, "subject")), PG_BOOL(cli_option(c, "all") != NULL),
                PG_I64(most)));
    const struct table table = table_of(mem, &form, list);
    cli_tables(c, &table, 1, &out);
    if (!c->json && (int64_t)table.n == most)
        buf_printf(&out, "\n%" PRId64 " are shown; --max N shows more\n", most);
    return cli_answer(&out, e);
}

enum err_class
cli_close_exception(struct cli *c, struct err *e)
{
    static const struct pg_stmt *const statements[] = { &sql_exception_close, NULL };
    CLEANUP(pg_free) struct pg *db = NULL;
    CLEANUP(pg_rows_free) struct pg_rows *closed = NULL;
    CLEANUP_VALUE(buf_fini) struct buf out;

    buf_init(&out, OUT_MAX);
    TRY(cli_pg_open(c, statements, &db, e));
    TRY(pg_exec(db, e, &closed, &sql_exception_close, PG_CSTR(c->argv[0]), PG_CSTR(c->argv[1]),
                PG_TIME(clock_now())));
    const int64_t n = pg_affected(closed);
    if (c->json)
        buf_printf(&out, "{\"closed\":%" PRId64 "}", n);
    else if (n > 0)
        buf_printf(&out, "closed; it opens again should its cause be met again");
    else
        buf_printf(&out, "nothing of that kind and subject is open: see `millrace exceptions`");
    c->answer = n > 0 ? 0 : EXIT_NO;
    return cli_answer(&out, e);
}
