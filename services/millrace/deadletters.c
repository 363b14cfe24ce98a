/*
 * deadletters.c: `millrace deadletters ls|show`: records that could not be applied, by reason, and
 * what would become of each if it were sent again now.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "deadletters.h"

#include <inttypes.h>

#include "millrace_sql.h"

enum { LIST_MAX = 100, OUT_MAX = 64 << 20 };

static const struct column reason_columns[] = {
    { "count", COLUMN_NUMBER, "COUNT" }, { "group", COLUMN_TEXT, "GROUP" },
    { "topic", COLUMN_TEXT, "TOPIC" },   { "code", COLUMN_TEXT, "CODE" },
    { "oldest", COLUMN_TIME, "OLDEST" }, { "newest", COLUMN_TIME, NULL },
    { "example", COLUMN_TEXT, "THE NEWEST SAYS" },
    { 0 },
};
const struct form letters_reasons = { .name = "reasons", .columns = reason_columns };

static const struct column list_columns[] = {
    { "id", COLUMN_TEXT, NULL },          { "key", COLUMN_TEXT, NULL },
    { "code", COLUMN_TEXT, NULL },        { "reason", COLUMN_TEXT, NULL },
    { "at", COLUMN_TIME, NULL },          { "retries", COLUMN_NUMBER, NULL },
    { "state", COLUMN_TEXT, NULL },       { "bytes", COLUMN_NUMBER, NULL },
    { "came_back", COLUMN_NUMBER, NULL }, { "outlook", COLUMN_TEXT, NULL },
    { 0 },
};
static const struct form list_form = {
    .heading = "{id}\n",
    .line = "  {at}, {state}, key {key}, {bytes} bytes<came_back?, came back {came_back} time(s)>\n"
            "  {code}: {reason}\n"
            "  sent again now: {outlook}\n",
    .name = "dead_letters",
    .columns = list_columns,
};

static const struct column one_columns[] = {
    [ONE_ID] = { "id", COLUMN_TEXT, NULL },
    [ONE_CODE] = { "code", COLUMN_TEXT, NULL },
    [ONE_REASON] = { "reason", COLUMN_TEXT, NULL },
    [ONE_AT] = { "at", COLUMN_TIME, NULL },
    [ONE_RETRIES] = { "retries", COLUMN_NUMBER, NULL },
    [ONE_RETRIED_AT] = { "retried_at", COLUMN_TIME, NULL },
    [ONE_DROPPED_AT] = { "dropped_at", COLUMN_TIME, NULL },
    [ONE_DROPPED_WHY] = { "dropped_why", COLUMN_TEXT, NULL },
    [ONE_OUTLOOK] = { "outlook", COLUMN_TEXT, NULL },
    [ONE_KEY] = { "key", COLUMN_BYTES, NULL },
    [ONE_HEADERS] = { "headers", COLUMN_JSON, NULL },
    [ONE_PAYLOAD] = { "payload", COLUMN_BYTES, NULL },
    [ONE_CAME_BACK] = { "came_back", COLUMN_NUMBER, NULL },
    { 0 },
};
static const struct form one_form = {
    .name = "dead_letter",
    .columns = one_columns,
    .line = "{id}\n"
            "  refused    {at}\n"
            "  reason     {code}: {reason}\n"
            "  came back  {came_back|0} time(s)\n"
            "<retried_at?  sent again {retried_at}\n>"
            "<dropped_at?  dropped    {dropped_at}: {dropped_why}\n>"
            "  again now  {outlook}\n"
            "  key        {key}\n"
            "  headers    {headers}\n\n"
            "{payload|(none: a tombstone)}\n",
};

enum err_class
letters_filter(const struct cli *c, int64_t limit, struct letters_filter *ret, struct err *e)
{
    ret->group = cli_text_or_null(cli_option(c, "group"));
    ret->topic = cli_text_or_null(cli_option(c, "topic"));
    ret->code = cli_text_or_null(cli_option(c, "code"));
    ret->text = cli_text_or_null(cli_option(c, "text"));
    ret->all = PG_BOOL(cli_option(c, "all") != NULL);
    return cli_option_number(c, "max", limit, &ret->limit, e);
}

bool
letters_filter_says(const struct letters_filter *f)
{
    return f->group.kind != PG_K_NULL || f->topic.kind != PG_K_NULL || f->code.kind != PG_K_NULL ||
           f->text.kind != PG_K_NULL;
}

enum err_class
letters_read_reasons(struct pg *db, const struct letters_filter *f, struct pg_rows **ret,
                     struct err *e)
{
    return pg_exec(db, e, ret, &sql_deadletter_reasons, f->group, f->topic, f->code, f->text,
                   f->all);
}

enum err_class
letters_read_list(struct pg *db, const struct letters_filter *f, struct pg_rows **ret,
                  struct err *e)
{
    return pg_exec(db, e, ret, &sql_deadletter_list, f->group, f->topic, f->code, f->text, f->all,
                   PG_I64(f->limit));
}

enum err_class
letters_read_one(struct pg *db, struct str id, struct pg_rows **ret, struct err *e)
{
    TRY(pg_exec(db, e, ret, &sql_deadletter_one, PG_TEXT(id)));
    if (pg_n(*ret) == 0)
        return err_set(e, ERR_REJECT, CLI_UNKNOWN,
                       "no dead letter %.*s; `millrace deadletters ls --all` shows their ids",
                       (int)id.n, id.p);
    return ERR_NONE;
}

enum err_class
cli_deadletters_ls(struct cli *c, struct err *e)
{
    static const struct pg_stmt *const statements[] = { &sql_deadletter_reasons,
                                                        &sql_deadletter_list, NULL };
    CLEANUP(arena_free) struct arena *mem = arena_new();
    CLEANUP(pg_free) struct pg *db = NULL;
    CLEANUP(pg_rows_free) struct pg_rows *reasons = NULL, *list = NULL;
    CLEANUP_VALUE(buf_fini) struct buf out;
    struct letters_filter f;

    buf_init(&out, OUT_MAX);
    TRY(letters_filter(c, LIST_MAX, &f, e));
    TRY(cli_pg_open(c, statements, &db, e));
    TRY(letters_read_reasons(db, &f, &reasons, e));
    TRY(letters_read_list(db, &f, &list, e));
    const struct table tables[] = { table_of(mem, &letters_reasons, reasons),
                                    table_of(mem, &list_form, list) };
    if (c->json || tables[0].n > 0)
        cli_tables(c, tables, 2, &out);
    else
        buf_printf(&out, "no dead letters%s%s\n", letters_filter_says(&f) ? " of that kind" : "",
                   f.all.i ? "" : " wait; --all shows those of before");
    if (!c->json && (int64_t)tables[1].n == f.limit)
        buf_printf(&out, "\nthe oldest %" PRId64 " are shown; --max N shows more\n", f.limit);
    return cli_answer(&out, e);
}

enum err_class
cli_deadletters_show(struct cli *c, struct err *e)
{
    static const struct pg_stmt *const statements[] = { &sql_deadletter_one, NULL };
    CLEANUP(arena_free) struct arena *mem = arena_new();
    CLEANUP(pg_free) struct pg *db = NULL;
    CLEANUP(pg_rows_free) struct pg_rows *one = NULL;
    CLEANUP_VALUE(buf_fini) struct buf out;
    struct emit j;

    buf_init(&out, OUT_MAX);
    TRY(cli_pg_open(c, statements, &db, e));
    TRY(letters_read_one(db, str_of(c->argv[0]), &one, e));
    const struct table table = table_of(mem, &one_form, one);
    if (c->json) {
        emit_init(&j, &out);
        emit_object(&j, NULL);
        table_json_row(&table, 0, &j);
        emit_object_end(&j);
    } else {
        table_page(&table, &out);
    }
    return cli_answer(&out, e);
}
