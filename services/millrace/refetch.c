/*
 * refetch.c: `millrace refetch order|product`: asks the publishers to read something again from
 * Shopify, now. They do it by the same path as everything else (a hint, or a cursor moved back), so
 * a read that shows nothing new changes nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/clock.h"
#include "cli.h"
#include "json/emit.h"
#include "millrace_sql.h"

enum { OUT_MAX = 4 << 20 };

struct kind {
    const struct pg_stmt *by_word;
    struct str streams[4];
    size_t n_streams;
};

static void
write_found(const struct pg_rows *r, bool json, struct buf *out)
{
    struct emit j;
    emit_init(&j, out);
    if (json) {
        emit_object(&j, NULL);
        emit_array(&j, "asked");
    }
    for (size_t i = 0; i < pg_n(r); i++) {
        const struct str word = pg_text(r, i, 0), shop = pg_text(r, i, 1), name = pg_text(r, i, 3);
        if (json) {
            emit_object(&j, NULL);
            emit_id(&j, "id", pg_i64(r, i, 2));
            emit_str(&j, "name", name);
            emit_str(&j, "shop", shop);
            emit_str(&j, "word", word);
            emit_object_end(&j);
        } else if (shop.p == NULL) {
            buf_printf(out, "%.*s: nobody knows it; name it as shop/Shopify id\n", (int)word.n,
                       word.p);
        } else {
            buf_printf(out, "%.*s: %.*s/%" PRId64 " %.*s will be read now\n", (int)word.n, word.p,
                       (int)shop.n, shop.p, pg_i64(r, i, 2), (int)name.n,
                       name.p != NULL ? name.p : "");
        }
    }
    if (json) {
        emit_array_end(&j);
        emit_object_end(&j);
    }
}

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
    write_found(found, c->json, out);
    for (size_t i = 0; i < pg_n(found); i++)
        c->answer = pg_is_null(found, i, 1) ? EXIT_NO : c->answer;
    return ERR_NONE;
}

static enum err_class
by_time(struct cli *c, struct pg *db, const struct kind *k, struct buf *out, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *asked = NULL;
    const char *shop = cli_option(c, "shop");
    char at[TIME_TEXT_SIZE];
    struct time_us since;
    if (time_parse(str_of(cli_option(c, "since")), &since, e) != ERR_NONE)
        return err_wrap(e, "--since: ");
    TRY(pg_exec(db, e, &asked, &sql_refetch_since, PG_TEXTS(k->streams, k->n_streams),
                PG_TIME(since), shop != NULL ? PG_CSTR(shop) : PG_NULL(), PG_TIME(clock_now())));
    if (c->json)
        buf_printf(out, "{\"streams\":%zu}\n", pg_n(asked));
    for (size_t i = 0; !c->json && i < pg_n(asked); i++) {
        const struct str of = pg_text(asked, i, 0), stream = pg_text(asked, i, 1);
        buf_printf(out, "%.*s %.*s: what changed since %s will be read again\n", (int)of.n, of.p,
                   (int)stream.n, stream.p, time_format(pg_time(asked, i, 2), at));
    }
    if (pg_n(asked) > 0)
        return ERR_NONE;
    c->answer = EXIT_NO;
    if (!c->json)
        buf_printf(out, "no shop%s%s has been read yet\n", shop != NULL ? " " : "",
                   shop != NULL ? shop : "");
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
        return err_set(e, ERR_REJECT, "USAGE", "say what: names or ids, or --since TIME");
    TRY(cli_pg_open(c, statements, &db, e));
    TRY((c->argc > 0 ? by_words : by_time)(c, db, k, &out, e));
    TRY(buf_check(&out, "refetch", e));
    cli_print(&out);
    return ERR_NONE;
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
