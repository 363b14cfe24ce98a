/*
 * status.c: one page for the person on call: which services answer, which shops are paused, how far
 * Shopify was read and each group is, what waits.
 *
 * What can be known is shown even when the database or Kafka does not answer; the exit code says
 * so.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/clock.h"
#include "cli.h"
#include "kafka/admin.h"
#include "millrace_sql.h"
#include "running.h"

enum { PAGE_MAX = 1 << 20, TABLES = 5, SHOPS_MAX = 64 };

static const struct column service_columns[] = {
    { "name", COLUMN_TEXT, "SERVICE" },
    { "port", COLUMN_NUMBER, "PORT" },
    { "state", COLUMN_TEXT, "STATE" },
    { "ready", COLUMN_BOOL, NULL },
    { 0 },
};
static const struct form service_form = {
    .name = "services",
    .columns = service_columns,
    .none = "no service has written its port into run.dir: infra/local up starts them\n",
};

static const struct column paused_columns[] = {
    { "shop", COLUMN_TEXT, "PAUSED SHOP" },
    { "service", COLUMN_TEXT, "SERVICE" },
    { "why", COLUMN_TEXT, "WHY, AND WHAT TO DO" },
    { 0 },
};
static const struct form paused_form = {
    .name = "paused",
    .columns = paused_columns,
    .none = "no shop is paused\n",
};

static const struct column stream_columns[] = {
    { "shop", COLUMN_TEXT, "SHOP" },
    { "stream", COLUMN_TEXT, "STREAM" },
    { "load", COLUMN_TEXT, "FIRST LOAD" },
    { "loaded", COLUMN_NUMBER, "IN KAFKA" },
    { "load_objects", COLUMN_NUMBER, "OF" },
    { "through_at", COLUMN_TIME, "READ UP TO" },
    { "behind_s", COLUMN_NUMBER, "SECONDS AGO" },
    { 0 },
};
static const struct form stream_form = {
    .name = "streams",
    .columns = stream_columns,
    .none = "no shop has been read yet\n",
};

static const struct column group_columns[] = {
    { "group", COLUMN_TEXT, "GROUP" },
    { "topic", COLUMN_TEXT, "TOPIC" },
    { "partitions", COLUMN_NUMBER, "PARTITIONS" },
    { "consumed", COLUMN_NUMBER, "CONSUMED" },
    { "lag", COLUMN_NUMBER, "LAG" },
    { "lag_ms", COLUMN_NUMBER, "LAG MS" },
    { "dead_lettered", COLUMN_NUMBER, "DEAD" },
    { 0 },
};
static const struct form group_form = {
    .name = "groups",
    .columns = group_columns,
    .none = "no group has consumed anything yet\n",
};

static const struct column count_columns[] = {
    { "what", COLUMN_TEXT, "WAITING" },
    { "count", COLUMN_NUMBER, "COUNT" },
    { 0 },
};
static const struct form count_form = { .name = "waiting", .columns = count_columns };

struct page {
    struct arena *mem;
    struct running_list running;
    struct pg_rows *offsets, *counts, *paused, *streams;
    int64_t *lags; /* of the offsets' rows; -1: unknown */
};

static enum err_class
ask_postgres(struct cli *c, struct page *p, struct err *e)
{
    static const struct pg_stmt *const statements[] = { &sql_status_offsets, &sql_status_counts,
                                                        &sql_status_paused, &sql_status_streams,
                                                        NULL };
    CLEANUP(pg_free) struct pg *db = NULL;
    TRY(cli_pg_open(c, statements, &db, e));
    TRY(pg_exec(db, e, &p->offsets, &sql_status_offsets));
    TRY(pg_exec(db, e, &p->paused, &sql_status_paused));
    TRY(pg_exec(db, e, &p->streams, &sql_status_streams, PG_TIME(clock_now())));
    return pg_exec(db, e, &p->counts, &sql_status_counts);
}

static enum err_class
ask_kafka(struct cli *c, struct page *p, struct err *e)
{
    struct kafka_settings settings;
    CLEANUP(kafka_admin_free) struct kafka_admin *admin = NULL;
    service_kafka_settings(c->svc, &settings);
    TRY(kafka_admin_open(&admin, &settings, e));
    for (size_t i = 0; i < pg_n(p->offsets); i++) {
        int64_t low, high;
        const struct str topic = arena_str(p->mem, pg_text(p->offsets, i, 1));
        TRY(kafka_admin_end_offsets(admin, topic.p, (int32_t)pg_i64(p->offsets, i, 2), &low, &high,
                                    e));
        p->lags[i] = high - pg_i64(p->offsets, i, 3);
    }
    return ERR_NONE;
}

static enum err_class
gather(struct cli *c, struct page *p, struct err *e)
{
    TRY(running_find(c, p->mem, &p->running, e));
    TRY(ask_postgres(c, p, e));
    p->lags = ARENA_NEW(p->mem, int64_t, pg_n(p->offsets) + 1);
    for (size_t i = 0; i < pg_n(p->offsets); i++)
        p->lags[i] = -1;
    return ask_kafka(c, p, e);
}

/* ---- The tables */

static struct str
next_line(struct str *text)
{
    const char *end = memchr(text->p, '\n', text->n);
    const struct str line = { text->p, end != NULL ? (size_t)(end - text->p) : text->n };

    text->p += line.n + (end != NULL);
    text->n -= line.n + (end != NULL);
    return line;
}

/* "shop KEY: why", and why may begin with the same words: what a service says of a paused shop. */
static bool
is_paused(struct str line, struct str *shop, struct str *why)
{
    const char *colon = memmem(line.p, line.n, ": ", 2);
    if (colon == NULL || line.n < 5 || memcmp(line.p, "shop ", 5) != 0)
        return false;
    const size_t n = (size_t)(colon + 2 - line.p);
    *shop = (struct str){ line.p + 5, n - 7 };
    *why = (struct str){ line.p + n, line.n - n };
    if (why->n > n && memcmp(why->p, line.p, n) == 0)
        *why = (struct str){ why->p + n, why->n - n };
    return true;
}

/* In one line; why a shop is paused has a table of its own. */
static struct str
state_of(struct arena *mem, struct str state)
{
    CLEANUP_VALUE(buf_fini) struct buf b;
    struct str shop, why;

    buf_init(&b, PAGE_MAX);
    while (state.n > 0) {
        const struct str line = next_line(&state);
        buf_str_add(&b, b.n > 0 ? STR("; ") : STR(""));
        if (is_paused(line, &shop, &why))
            buf_printf(&b, "shop %.*s is paused", (int)shop.n, shop.p);
        else
            buf_str_add(&b, line);
    }
    return arena_str(mem, buf_str(&b));
}

static struct table
services_table(const struct page *p)
{
    const struct table t = table_new(p->mem, &service_form, p->running.n);
    for (size_t i = 0; i < t.n; i++) {
        const struct running *r = &p->running.v[i];
        struct cell *cells = table_row(&t, i);
        cells[0] = cell_text(str_of(r->name));
        cells[1] = cell_number(r->port);
        cells[2] = cell_text(state_of(p->mem, r->state));
        cells[3] = cell_number(r->ready);
    }
    return t;
}

/* What publishers and reconciler say of a shop, and what the writer has left in the database. */
static struct table
paused_table(const struct page *p)
{
    const size_t written = p->paused != NULL ? pg_n(p->paused) : 0;
    const size_t most = written + p->running.n * SHOPS_MAX;
    struct table t = table_new(p->mem, &paused_form, most);
    struct str shop, why;

    t.n = 0;
    for (size_t i = 0; i < written; i++, t.n++)
        for (int k = 0; k < 3; k++)
            table_row(&t, t.n)[k] = cell_text(pg_text(p->paused, i, k));
    for (size_t i = 0; i < p->running.n; i++)
        for (struct str text = p->running.v[i].state; text.n > 0 && t.n < most;) {
            if (!is_paused(next_line(&text), &shop, &why))
                continue;
            table_row(&t, t.n)[0] = cell_text(shop);
            table_row(&t, t.n)[1] = cell_text(str_of(p->running.v[i].name));
            table_row(&t, t.n++)[2] = cell_text(why);
        }
    return t;
}

/* Partitions of one group and topic stand together, because the rows are sorted. */
static bool
same_topic(const struct page *p, size_t a, size_t b)
{
    return str_eq(pg_text(p->offsets, a, 0), pg_text(p->offsets, b, 0)) &&
           str_eq(pg_text(p->offsets, a, 1), pg_text(p->offsets, b, 1));
}

static bool
ends_with(struct str s, struct str end)
{
    return s.n >= end.n && memcmp(s.p + s.n - end.n, end.p, end.n) == 0;
}

/* How far behind the group is in time: its members say so themselves. */
static struct cell
lag_ms(const struct cli *c, const struct page *p, struct str group, struct str topic)
{
    const size_t prefix = strlen(c->cfg.topics.prefix);
    const struct str plain = { topic.p + prefix, topic.n - prefix };
    int64_t most = -1;

    for (size_t i = 0; topic.n > prefix && i < p->running.n; i++) {
        const struct running *r = &p->running.v[i];
        const int64_t ms = ends_with(group, str_of(r->name))
                               ? running_most(r, "millrace_consumer_lag_seconds", plain)
                               : -1;
        most = ms > most ? ms : most;
    }
    return (struct cell){ .null = most < 0, .n = most };
}

static struct table
groups_table(const struct cli *c, const struct page *p)
{
    struct table t = table_new(p->mem, &group_form, pg_n(p->offsets));

    t.n = 0;
    for (size_t row = 0; row < pg_n(p->offsets); t.n++) {
        const size_t first = row;
        const struct str group = pg_text(p->offsets, first, 0);
        const struct str topic = pg_text(p->offsets, first, 1);
        int64_t consumed = 0, lag = 0, dead = 0;
        bool known = true;
        for (; row < pg_n(p->offsets) && same_topic(p, first, row); row++) {
            consumed += pg_i64(p->offsets, row, 4);
            dead += pg_i64(p->offsets, row, 5);
            lag += p->lags[row];
            known = known && p->lags[row] >= 0;
        }
        const struct cell cells[] = {
            cell_text(group),
            cell_text(topic),
            cell_number((int64_t)(row - first)),
            cell_number(consumed),
            { !known, lag, { 0 } },
            lag_ms(c, p, group, topic),
            cell_number(dead),
        };
        memcpy(table_row(&t, t.n), cells, sizeof cells);
    }
    return t;
}

/* What the database counts, and the keys that consumers did not know and ignored. */
static struct table
counts_table(const struct page *p)
{
    const size_t n = pg_n(p->counts);
    const struct table t = table_new(p->mem, &count_form, n + 1);
    int64_t keys = 0;

    for (size_t i = 0; i < n; i++) {
        table_row(&t, i)[0] = cell_text(pg_text(p->counts, i, 0));
        table_row(&t, i)[1] = cell_number(pg_i64(p->counts, i, 1));
    }
    for (size_t i = 0; i < p->running.n; i++)
        keys += running_total(&p->running.v[i], "millrace_unknown_keys_total");
    table_row(&t, n)[0] = cell_text(STR("unknown keys of records ignored"));
    table_row(&t, n)[1] = cell_number(keys);
    return t;
}

/* Without a database only what runs is known. */
static enum err_class
write_page(const struct cli *c, const struct page *p, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf out;
    struct table tables[TABLES] = { services_table(p), paused_table(p) };
    size_t n = 2;

    buf_init(&out, PAGE_MAX);
    if (p->counts != NULL) {
        tables[n++] = table_of(p->mem, &stream_form, p->streams);
        tables[n++] = groups_table(c, p);
        tables[n++] = counts_table(p);
    }
    cli_tables(c, tables, n, &out);
    return cli_answer(&out, e);
}

enum err_class
cli_status(struct cli *c, struct err *e)
{
    struct page p = { .mem = arena_new() };
    struct err missing = { 0 };
    enum err_class class = gather(c, &p, &missing);
    const enum err_class written = write_page(c, &p, e);

    for (size_t i = 0; i < p.running.n; i++)
        c->answer = p.running.v[i].ready ? c->answer : EXIT_NO;
    pg_rows_free(p.offsets);
    pg_rows_free(p.counts);
    pg_rows_free(p.paused);
    pg_rows_free(p.streams);
    arena_free(p.mem);
    if (class != ERR_NONE)
        *e = missing;
    return class != ERR_NONE ? class : written;
}
