/*
 * drift.c: `millrace drift`: what differs from Shopify now, why, and how that has been over the
 * days.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>

#include "base/clock.h"
#include "cli.h"
#include "json/emit.h"
#include "millrace_sql.h"

enum { SHOWN = 100, DAYS = 7, OUT_MAX = 16 << 20 };

static void
list_page(const struct pg_rows *r, struct buf *out)
{
    char at[TIME_TEXT_SIZE];

    if (pg_n(r) == 0)
        buf_printf(out, "nothing differs from Shopify\n");
    for (size_t i = 0; i < pg_n(r); i++) {
        const struct str object = pg_text(r, i, 0), difference = pg_text(r, i, 1),
                         cause = pg_text(r, i, 2), theirs = pg_text(r, i, 3),
                         ours = pg_text(r, i, 4);
        buf_printf(
            out, "%.*s: %.*s since %s%s\n  why      %.*s\n  Shopify  %.*s\n  here     %.*s\n",
            (int)object.n, object.p, (int)difference.n, difference.p,
            time_format(pg_time(r, i, 5), at), pg_is_null(r, i, 7) ? "" : " (healed)", (int)cause.n,
            cause.p, theirs.p != NULL ? (int)theirs.n : 7, theirs.p != NULL ? theirs.p : "nothing",
            ours.p != NULL ? (int)ours.n : 7, ours.p != NULL ? ours.p : "nothing");
    }
}

static void
trend_page(const struct pg_rows *r, struct buf *out)
{
    buf_printf(out, "\n%-12s %-12s %-18s %8s %10s %10s\n", "DAY", "SHOP", "KIND", "RUNS",
               "COMPARED", "DIFFERENT");
    for (size_t i = 0; i < pg_n(r); i++) {
        const struct str shop = pg_text(r, i, 0), kind = pg_text(r, i, 1), day = pg_text(r, i, 2);
        buf_printf(out, "%-12.*s %-12.*s %-18.*s %8" PRId64 " %10" PRId64 " %10" PRId64 "\n",
                   (int)day.n, day.p, (int)shop.n, shop.p, (int)kind.n, kind.p, pg_i64(r, i, 3),
                   pg_i64(r, i, 4), pg_i64(r, i, 5));
    }
}

static void
write_json(const struct pg_rows *list, const struct pg_rows *trend, struct buf *out)
{
    struct emit j;

    emit_init(&j, out);
    emit_object(&j, NULL);
    emit_array(&j, "drift");
    for (size_t i = 0; i < pg_n(list); i++) {
        emit_object(&j, NULL);
        emit_str(&j, "cause", pg_text(list, i, 2));
        emit_str(&j, "difference", pg_text(list, i, 1));
        emit_time(&j, "found_at", pg_time(list, i, 5));
        emit_time(&j, "healed_at", pg_time(list, i, 7));
        emit_str(&j, "kind", pg_text(list, i, 8));
        emit_str(&j, "object", pg_text(list, i, 0));
        emit_str(&j, "ours", pg_text(list, i, 4));
        emit_i64(&j, "seen", pg_i64(list, i, 6));
        emit_str(&j, "theirs", pg_text(list, i, 3));
        emit_object_end(&j);
    }
    emit_array_end(&j);
    emit_array(&j, "trend");
    for (size_t i = 0; i < pg_n(trend); i++) {
        emit_object(&j, NULL);
        emit_i64(&j, "compared", pg_i64(trend, i, 4));
        emit_str(&j, "day", pg_text(trend, i, 2));
        emit_i64(&j, "different", pg_i64(trend, i, 5));
        emit_str(&j, "kind", pg_text(trend, i, 1));
        emit_i64(&j, "runs", pg_i64(trend, i, 3));
        emit_str(&j, "shop", pg_text(trend, i, 0));
        emit_object_end(&j);
    }
    emit_array_end(&j);
    emit_object_end(&j);
}

enum err_class
cli_drift(struct cli *c, struct err *e)
{
    static const struct pg_stmt *const statements[] = { &sql_drift_list, &sql_drift_trend, NULL };
    CLEANUP(pg_free) struct pg *db = NULL;
    CLEANUP(pg_rows_free) struct pg_rows *list = NULL, *trend = NULL;
    CLEANUP_VALUE(buf_fini) struct buf out;
    int64_t most, days;

    buf_init(&out, OUT_MAX);
    TRY(cli_option_number(c, "max", SHOWN, &most, e));
    TRY(cli_option_number(c, "days", DAYS, &days, e));
    TRY(cli_pg_open(c, statements, &db, e));
    TRY(pg_exec(db, e, &list, &sql_drift_list, PG_BOOL(cli_option(c, "all") != NULL),
                PG_I64(most)));
    TRY(pg_exec(db, e, &trend, &sql_drift_trend, PG_I64(days)));
    if (c->json) {
        write_json(list, trend, &out);
    } else {
        list_page(list, &out);
        trend_page(trend, &out);
    }
    TRY(buf_check(&out, "drift", e));
    cli_print(&out);
    return ERR_NONE;
}
