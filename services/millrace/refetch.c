/*
 * refetch.c: `millrace refetch order|product`: asks the publishers to read something again from
 * Shopify, now. They do it by the same path as everything else (a hint, or a cursor moved back), so
 * a read that shows nothing new changes nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "base/clock.h"
#include "cli.h"
#include "millrace_sql.h"

enum { OUT_MAX = 4 << 20 };

struct kind {
    const struct pg_stmt *by_word;
    struct str streams[4];
    size_t n_streams;
};

static const struct column found_columns[] = {
    { "word", COLUMN_TEXT, NULL },    { "shop", COLUMN_TEXT, NULL }, { "id", COLUMN_ID, NULL },
    { "name", COLUMN_TEXT, NULL },    { "unknown", COLUMN_BOOL, NULL },
    { 0 },
};
static const struct form found_form = {
    .name = "asked",
    .columns = found_columns,
    .line = "{word}: <shop?{shop}/{id}><name? {name}><shop? will be read now>"
            "<unknown?nobody knows it; name it as shop/Shopify id>\n",
};

static const struct column since_columns[] = {
    { "shop", COLUMN_TEXT, NULL }, { "stream", COLUMN_TEXT, NULL },
    { "since_at", COLUMN_TIME, NULL }, { 0 },
};
static const struct form since_form = {
    .name = "asked",
    .columns = since_columns,
    .line = "{shop} {stream}: what changed since {since_at} will be read again\n",
};

static enum err_class
by_words(struct cli *c, struct pg *db, const struct kind *k, struct buf *out, struct err *e)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();
    CLEANUP(pg_rows_free) struct pg_rows *found = NULL;
    struct str *words = ARENA_NEW(mem, struct str, (size_t)c->argc + 1);
    for (int i = 0; i < c->argc; i++)
        words[i] = str_of(c->argv[i]);
    TRY(pg_exec(db, e, &found, k->by_word, PG_TEXTS(words, (size_t)c->argc),
                PG_TIME(clock_now())));
    const struct table table = table_of(mem, &found_form, found);
    cli_tables(c, &table, 1, out);
    for (size_t i = 0; i < pg_n(found); i++)
        c->answer = pg_is_null(found, i, 1) ? EXIT_NO : c->answer;
    return ERR_NONE;
}

static enum err_class
by_time(struct cli *c, struct pg *db, const struct kind *k, struct buf *out, struct err *e)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();
    CLEANUP(pg_rows_free) struct pg_rows *asked = NULL;
    const char *shop = cli_option(c, "shop");
    struct time_us since;
    if (time_parse(str_of(cli_option(c, "since")), &since, e) != ERR_NONE) {
        (void)snprintf(e->code, sizeof e->code, "%s", CLI_USAGE);
        return err_wrap(e, "--since: ");
    }
    TRY(pg_exec(db, e, &asked, &sql_refetch_since, PG_TEXTS(k->streams, k->n_streams),
                PG_TIME(since), cli_text_or_null(shop), PG_TIME(clock_now())));
    const struct table table = table_of(mem, &since_form, asked);
    cli_tables(c, &table, 1, out);
    if (table.n > 0)
        return ERR_NONE;
    c->answer = EXIT_NO;
    if (!c->json)
        buf_printf(out, "no shop%s%s has been read yet, so there is nothing to read again\n",
                   shop != NULL ? " " : "", shop != NULL ? shop : "");
    return ERR_NONE;
}

static enum err_class
refetch(struct cli *c, const struct kind *k, struct err *e)
{
    const struct pg_stmt *const statements[] = { k->by_word, &sql_refetch_since, NULL };
    CLEANUP(pg_free) struct pg *db = NULL;
    CLEANUP_VALUE(buf_fini) struct buf out;

    buf_init(&out, OUT_MAX);
    if ((c->argc > 0) == (cli_option(c, "since") != NULL))
        return err_set(e, ERR_REJECT, CLI_USAGE, "say what: names or ids, or --since TIME");
    if (c->argc > 0 && cli_option(c, "shop") != NULL)
        return err_set(e, ERR_REJECT, CLI_USAGE,
                       "--shop goes with --since; a name may be said as shop/Shopify id");
    TRY(cli_pg_open(c, statements, &db, e));
    TRY((c->argc > 0 ? by_words : by_time)(c, db, k, &out, e));
    return cli_answer(&out, e);
}

enum err_class
cli_refetch_order(struct cli *c, struct err *e)
{
    const struct kind orders = { &sql_refetch_orders,
                                 { STR("orders"), STR("order-updates"),
                                   STR("fulfillment-orders"), STR("returns") },
                                 4 };
    return refetch(c, &orders, e);
}

enum err_class
cli_refetch_product(struct cli *c, struct err *e)
{
    const struct kind products = { &sql_refetch_products, { STR("products") }, 1 };
    return refetch(c, &products, e);
}
