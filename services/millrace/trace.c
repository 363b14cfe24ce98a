/*
 * trace.c: `millrace trace order NAME`: the whole story of an order, and why it stands where it
 * does.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>

#include "base/clock.h"
#include "cli.h"
#include "json/emit.h"
#include "millrace_sql.h"

enum { TRACE_MAX = 4 << 20 };

static void
write_page(const struct pg_rows *head, size_t row, const struct pg_rows *events, struct buf *out)
{
    char at[TIME_TEXT_SIZE];
    const struct str name = pg_text(head, row, 2), state = pg_text(head, row, 3),
                     stands = pg_text(head, row, 4), shop = pg_text(head, row, 0);

    buf_printf(out, "%.*s (%.*s/%" PRId64 "): %.*s\n  %.*s\n\n", (int)name.n, name.p, (int)shop.n,
               shop.p, pg_i64(head, row, 1), (int)state.n, state.p, (int)stands.n, stands.p);
    for (size_t i = 0; i < pg_n(events); i++) {
        const struct str hop = pg_text(events, i, 1), text = pg_text(events, i, 2);
        const struct time_us t = pg_time(events, i, 0);
        buf_printf(out, "  %-27s  %-11.*s  %.*s\n", t.v != 0 ? time_format(t, at) : "-", (int)hop.n,
                   hop.p, (int)text.n, text.p);
    }
    buf_char(out, '\n');
}

static void
write_json(const struct pg_rows *head, size_t row, const struct pg_rows *events, struct buf *out)
{
    struct emit j;
    emit_init(&j, out);
    emit_object(&j, NULL);
    emit_array(&j, "events");
    for (size_t i = 0; i < pg_n(events); i++) {
        emit_object(&j, NULL);
        emit_time(&j, "at", pg_time(events, i, 0));
        emit_str(&j, "hop", pg_text(events, i, 1));
        emit_str(&j, "text", pg_text(events, i, 2));
        emit_object_end(&j);
    }
    emit_array_end(&j);
    emit_str(&j, "name", pg_text(head, row, 2));
    emit_id(&j, "order_id", pg_i64(head, row, 1));
    emit_str(&j, "shop", pg_text(head, row, 0));
    emit_str(&j, "stands", pg_text(head, row, 4));
    emit_str(&j, "state", pg_text(head, row, 3));
    emit_object_end(&j);
    buf_char(out, '\n');
}

enum err_class
cli_trace_order(struct cli *c, struct err *e)
{
    static const struct pg_stmt *const statements[] = { &sql_trace_order_head,
                                                        &sql_trace_order_events, NULL };
    CLEANUP(pg_free) struct pg *db = NULL;
    CLEANUP(pg_rows_free) struct pg_rows *head = NULL;
    CLEANUP_VALUE(buf_fini) struct buf out;

    buf_init(&out, TRACE_MAX);
    TRY(cli_pg_open(c, statements, &db, e));
    TRY(pg_exec(db, e, &head, &sql_trace_order_head, PG_CSTR(c->argv[0])));
    for (size_t row = 0; row < pg_n(head); row++) {
        CLEANUP(pg_rows_free) struct pg_rows *events = NULL;
        TRY(pg_exec(db, e, &events, &sql_trace_order_events, PG_TEXT(pg_text(head, row, 0)),
                    PG_I64(pg_i64(head, row, 1))));
        (c->json ? write_json : write_page)(head, row, events, &out);
    }
    if (pg_n(head) == 0) {
        buf_printf(&out,
                   "no order %s here; if Shopify has it, `millrace status` shows how far its "
                   "topics were read\n",
                   c->argv[0]);
        c->answer = EXIT_NO;
    }
    TRY(buf_check(&out, "trace", e));
    cli_print(&out);
    return ERR_NONE;
}
