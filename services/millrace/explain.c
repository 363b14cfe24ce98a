/*
 * explain.c: `millrace explain atp SKU`: every term of a promise, the buildings behind it, and what
 * Shopify was told.
 *
 * The terms come from the view that the promise itself is computed from, so they add up by
 * construction.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli.h"
#include "millrace_sql.h"

enum { EXPLAIN_MAX = 1 << 20 };

static const struct column building_columns[] = {
    { "facility", COLUMN_TEXT, "BUILDING" },
    { "on_hand", COLUMN_NUMBER, "ON HAND" },
    { "reserved", COLUMN_NUMBER, "RESERVED" },
    { "safety_stock", COLUMN_NUMBER, "SAFETY" },
    { "usable", COLUMN_NUMBER, "USABLE" },
    { "last_entry", COLUMN_TEXT, "LAST ENTRY" },
    { "note", COLUMN_TEXT, "NOTE" },
    { 0 },
};
static const struct form building_form = { .name = "buildings", .columns = building_columns };

static const struct column channel_columns[] = {
    { "shop", COLUMN_TEXT, NULL },
    { "location_id", COLUMN_ID, NULL },
    { "location", COLUMN_TEXT, NULL },
    { "item", COLUMN_TEXT, NULL },
    { "usable", COLUMN_NUMBER, NULL },
    { "shortage", COLUMN_NUMBER, NULL },
    { "unallocated", COLUMN_NUMBER, NULL },
    { "threshold", COLUMN_NUMBER, NULL },
    { "promise", COLUMN_NUMBER, NULL },
    { "atp", COLUMN_NUMBER, NULL },
    { "committed_min", COLUMN_NUMBER, NULL },
    { "committed_max", COLUMN_NUMBER, NULL },
    { "known", COLUMN_NUMBER, NULL },
    { "level_min", COLUMN_NUMBER, NULL },
    { "level_max", COLUMN_NUMBER, NULL },
    { "computed_at", COLUMN_TIME, NULL },
    { "reason", COLUMN_TEXT, NULL },
    { "published", COLUMN_TEXT, NULL },
    { "shopify_on_hand", COLUMN_NUMBER, NULL },
    { "written", COLUMN_NUMBER, NULL },
    { "residual", COLUMN_NUMBER, NULL },
    { "writer", COLUMN_TEXT, NULL },
    { 0 },
};
static const struct form channel_form = {
    .name = "channels",
    .columns = channel_columns,
    .heading = "{item} at {shop}, {location}\n\n",
    .line = "    {usable:7}  usable in all buildings\n"
            "  - {shortage:7}  shortage: reserved beyond on hand\n"
            "  - {unallocated:7}  ordered, but no building chosen yet\n"
            "  - {threshold:7}  threshold kept back (only down to 0)\n"
            "  = {promise:7}  promise (negative: demand beyond supply)\n"
            "    {atp:7}  available to promise, what people see\n"
            "\n  level asked of Shopify: {level_min} to {level_max} = promise + committed "
            "({committed_min} to {committed_max}) - known facts ({known})\n"
            "  <computed_at?computed {computed_at} because of {reason}; >{published}\n"
            "<shopify_on_hand?  Shopify's on hand, as we know it: {shopify_on_hand} (written "
            "{written}, residual {residual})\n>"
            "  writer: {writer}\n",
};

/* Why there is no promise: no such item, or nobody sells it through a channel. */
static void
write_absence(const struct cli *c, const struct pg_rows *item, struct buf *out)
{
    const char *sku = c->argv[0];

    if (pg_n(item) == 0)
        buf_printf(out, "no item %s here: no product, no stock and no order has named it\n", sku);
    else if (pg_is_null(item, 0, 1))
        buf_printf(out, "%s has stock or orders, but no variant of a shop has this SKU\n", sku);
    else
        buf_printf(out,
                   "%s is sold, but has no promise: its variant is deleted, untracked or "
                   "quarantined, or its shop has no channel\n",
                   sku);
}

enum err_class
cli_explain_atp(struct cli *c, struct err *e)
{
    static const struct pg_stmt *const statements[] = { &sql_explain_atp, &sql_explain_stock,
                                                        &sql_explain_item, NULL };
    const struct pg_arg key = PG_CSTR(c->argv[0]);
    CLEANUP(arena_free) struct arena *mem = arena_new();
    CLEANUP(pg_free) struct pg *db = NULL;
    CLEANUP(pg_rows_free) struct pg_rows *atp = NULL, *stock = NULL, *item = NULL;
    CLEANUP_VALUE(buf_fini) struct buf out;

    buf_init(&out, EXPLAIN_MAX);
    TRY(cli_pg_open(c, statements, &db, e));
    TRY(pg_exec(db, e, &atp, &sql_explain_atp, key));
    TRY(pg_exec(db, e, &stock, &sql_explain_stock, key));
    TRY(pg_exec(db, e, &item, &sql_explain_item, key));
    const struct table tables[] = { table_of(mem, &building_form, stock),
                                    table_of(mem, &channel_form, atp) };
    c->answer = tables[1].n > 0 ? 0 : EXIT_NO;
    if (c->json || tables[0].n > 0)
        cli_tables(c, tables, c->json || tables[1].n > 0 ? 2 : 1, &out);
    else if (tables[1].n > 0)
        cli_tables(c, &tables[1], 1, &out);
    if (!c->json && tables[1].n == 0)
        write_absence(c, item, &out);
    return cli_answer(&out, e);
}
