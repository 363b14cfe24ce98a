/*
 * drift.c: `millrace drift`: what differs from Shopify now, why, and how that has been over the
 * days.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli.h"
#include "millrace_sql.h"

enum { SHOWN = 100, DAYS = 7, OUT_MAX = 16 << 20 };

static const struct column list_columns[] = {
    { "object", COLUMN_TEXT, NULL },   { "difference", COLUMN_TEXT, NULL },
    { "cause", COLUMN_TEXT, NULL },    { "theirs", COLUMN_TEXT, NULL },
    { "ours", COLUMN_TEXT, NULL },     { "found_at", COLUMN_TIME, NULL },
    { "seen", COLUMN_NUMBER, NULL },   { "healed_at", COLUMN_TIME, NULL },
    { "kind", COLUMN_TEXT, NULL },     { 0 },
};
static const struct form list_form = {
    .name = "drift",
    .columns = list_columns,
    .line = "{object}: {difference} since {found_at}<healed_at? (healed {healed_at})>\n"
            "  why      {cause}\n"
            "  Shopify  {theirs|nothing}\n"
            "  here     {ours|nothing}\n",
    .none = "nothing differs from Shopify\n",
};

static const struct column trend_columns[] = {
    { "day", COLUMN_TEXT, "DAY" },
    { "shop", COLUMN_TEXT, "SHOP" },
    { "kind", COLUMN_TEXT, "KIND" },
    { "runs", COLUMN_NUMBER, "RUNS" },
    { "compared", COLUMN_NUMBER, "COMPARED" },
    { "different", COLUMN_NUMBER, "DIFFERENT" },
    { 0 },
};
static const struct form trend_form = {
    .name = "trend",
    .columns = trend_columns,
    .none = "nothing was compared yet: the reconciler does it every minute while it runs\n",
};

enum err_class
cli_drift(struct cli *c, struct err *e)
{
    static const struct pg_stmt *const statements[] = { &sql_drift_list, &sql_drift_trend, NULL };
    CLEANUP(arena_free) struct arena *mem = arena_new();
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
    const struct table tables[] = { table_of(mem, &list_form, list),
                                    table_of(mem, &trend_form, trend) };
    cli_tables(c, tables, 2, &out);
    return cli_answer(&out, e);
}
