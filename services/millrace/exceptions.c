/*
 * exceptions.c: `millrace exceptions`: what only a person can decide or supply, by kind, the oldest
 * first. Most close themselves when the cause is gone; the README of the service that opens a kind
 * says what to do.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "cli.h"
#include "json/emit.h"
#include "millrace_sql.h"

enum { SHOWN = 200, OUT_MAX = 16 << 20 };

static void
write_page(const struct pg_rows *r, struct buf *out)
{
    char at[TIME_TEXT_SIZE];
    for (size_t i = 0; i < pg_n(r); i++) {
        const struct str kind = pg_text(r, i, 0), subject = pg_text(r, i, 1),
                         detail = pg_text(r, i, 2);
        if (i == 0 || !str_eq(kind, pg_text(r, i - 1, 0)))
            buf_printf(out, "%s%.*s\n", i > 0 ? "\n" : "", (int)kind.n, kind.p);
        buf_printf(out, "  %s  %.*s%s\n      %.*s\n", time_format(pg_time(r, i, 3), at),
                   (int)subject.n, subject.p, pg_is_null(r, i, 6) ? "" : "  (closed)",
                   (int)detail.n, detail.p);
    }
    if (pg_n(r) == 0)
        buf_printf(out, "nothing waits for a person\n");
}

static void
write_json(const struct pg_rows *r, struct buf *out)
{
    struct emit j;
    emit_init(&j, out);
    emit_object(&j, NULL);
    emit_array(&j, "exceptions");
    for (size_t i = 0; i < pg_n(r); i++) {
        emit_object(&j, NULL);
        emit_time(&j, "closed_at", pg_time(r, i, 6));
        emit_str(&j, "detail", pg_text(r, i, 2));
        emit_str(&j, "kind", pg_text(r, i, 0));
        emit_time(&j, "opened_at", pg_time(r, i, 3));
        emit_i64(&j, "seen", pg_i64(r, i, 5));
        emit_time(&j, "seen_at", pg_time(r, i, 4));
        emit_str(&j, "subject", pg_text(r, i, 1));
        emit_object_end(&j);
    }
    emit_array_end(&j);
    emit_object_end(&j);
}

enum err_class
cli_exceptions(struct cli *c, struct err *e)
{
    static const struct pg_stmt *const statements[] = { &sql_exception_list, NULL };
    const char *kind = cli_option(c, "kind"), *subject = cli_option(c, "subject");
    CLEANUP(pg_free) struct pg *db = NULL;
    CLEANUP(pg_rows_free) struct pg_rows *list = NULL;
    CLEANUP_VALUE(buf_fini) struct buf out;
    int64_t most;

    buf_init(&out, OUT_MAX);
    TRY(cli_option_number(c, "max", SHOWN, &most, e));
    TRY(cli_pg_open(c, statements, &db, e));
    TRY(pg_exec(db, e, &list, &sql_exception_list, kind != NULL ? PG_CSTR(kind) : PG_NULL(),
                subject != NULL ? PG_CSTR(subject) : PG_NULL(),
                PG_BOOL(cli_option(c, "all") != NULL), PG_I64(most)));
    (c->json ? write_json : write_page)(list, &out);
    if (!c->json && (int64_t)pg_n(list) == most)
        buf_printf(&out, "\n%" PRId64 " are shown; --max N shows more\n", most);
    TRY(buf_check(&out, "exceptions", e));
    cli_print(&out);
    return ERR_NONE;
}
