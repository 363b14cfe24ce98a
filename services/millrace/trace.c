/*
 * trace.c: `millrace trace order NAME`: the whole story of an order, and why it stands where it
 * does.
 *
 * Three statements yield rows of one form: what Shopify showed, the records in Kafka, what was
 * decided and done.  They are put into one line of time here; trace_page.c makes the page.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "trace.h"

#include <stdlib.h>

#include "millrace_sql.h"

enum { TRACE_MAX = 16 << 20 };
enum { HEAD_SHOP, HEAD_ID, HEAD_NAME, HEAD_STATE, HEAD_STANDS };

static const struct column event_columns[] = {
    [EVENT_AT] = { "at", COLUMN_TIME, NULL },
    [EVENT_HOP] = { "hop", COLUMN_TEXT, NULL },
    [EVENT_TOPIC] = { "topic", COLUMN_TEXT, NULL },
    [EVENT_PARTITION] = { "partition", COLUMN_NUMBER, NULL },
    [EVENT_OFFSET] = { "offset", COLUMN_NUMBER, NULL },
    [EVENT_OUTCOME] = { "outcome", COLUMN_TEXT, NULL },
    [EVENT_MS_TO_KAFKA] = { "ms_to_kafka", COLUMN_NUMBER, NULL },
    [EVENT_MS_TO_COMMIT] = { "ms_to_commit", COLUMN_NUMBER, NULL },
    [EVENT_TEXT] = { "text", COLUMN_TEXT, NULL },
    { 0 },
};
static const struct form event_form = { .name = "events", .columns = event_columns };

struct place { const struct cell *row; size_t n; };

/* By time, what has none last; at the same moment as the statements have them. */
static int
compare(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    const struct cell *at_x = &x->row[EVENT_AT], *at_y = &y->row[EVENT_AT];

    if (at_x->null != at_y->null)
        return at_x->null ? 1 : -1;
    if (at_x->n != at_y->n)
        return at_x->n < at_y->n ? -1 : 1;
    return x->n < y->n ? -1 : 1;
}

static struct table
merge(struct arena *mem, struct pg_rows *const *parts, size_t n_parts)
{
    size_t all = 0, n = 0;

    for (size_t p = 0; p < n_parts; p++)
        all += pg_n(parts[p]);
    struct place *v = ARENA_NEW(mem, struct place, all + 1);
    for (size_t p = 0; p < n_parts; p++) {
        const struct table part = table_of(mem, &event_form, parts[p]);
        for (size_t i = 0; i < part.n; i++, n++)
            v[n] = (struct place){ table_row(&part, i), n };
    }
    qsort(v, n, sizeof *v, compare);
    const struct table merged = table_new(mem, &event_form, n);
    for (size_t i = 0; i < n; i++)
        memcpy(table_row(&merged, i), v[i].row, merged.n_columns * sizeof *v[i].row);
    return merged;
}

static void
write_json(const struct trace_head *h, const struct table *events, struct buf *out)
{
    struct emit j;

    emit_init(&j, out);
    emit_object(&j, NULL);
    table_json(events, &j);
    emit_str(&j, "name", h->name);
    emit_id(&j, "order_id", h->order);
    emit_str(&j, "shop", h->shop);
    emit_str(&j, "stands", h->stands);
    emit_str(&j, "state", h->state);
    emit_object_end(&j);
    buf_char(out, '\n');
}

static enum err_class
one_order(struct cli *c, struct pg *db, const struct trace_head *h, struct buf *out, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *changes = NULL, *hops = NULL, *events = NULL;
    CLEANUP(arena_free) struct arena *mem = arena_new();

    TRY(pg_exec(db, e, &changes, &sql_trace_order_changes, PG_TEXT(h->shop), PG_I64(h->order),
                PG_BOOL(cli_option(c, "show-personal") != NULL)));
    TRY(pg_exec(db, e, &hops, &sql_trace_order_hops, PG_TEXT(h->shop), PG_I64(h->order),
                PG_CSTR(c->cfg.topics.prefix)));
    TRY(pg_exec(db, e, &events, &sql_trace_order_events, PG_TEXT(h->shop), PG_I64(h->order)));
    const struct table told =
        merge(mem, (struct pg_rows *const[]){ changes, hops, events }, 3);
    if (c->json)
        write_json(h, &told, out);
    else
        trace_page(mem, h, &told, out);
    return ERR_NONE;
}

enum err_class
cli_trace_order(struct cli *c, struct err *e)
{
    static const struct pg_stmt *const statements[] = {
        &sql_trace_order_head, &sql_trace_order_changes, &sql_trace_order_hops,
        &sql_trace_order_events, NULL,
    };
    CLEANUP(pg_free) struct pg *db = NULL;
    CLEANUP(pg_rows_free) struct pg_rows *heads = NULL;
    CLEANUP_VALUE(buf_fini) struct buf out;

    buf_init(&out, TRACE_MAX);
    TRY(cli_pg_open(c, statements, &db, e));
    TRY(pg_exec(db, e, &heads, &sql_trace_order_head, PG_CSTR(c->argv[0])));
    for (size_t i = 0; i < pg_n(heads); i++) {
        const struct trace_head h = {
            pg_text(heads, i, HEAD_SHOP),  pg_i64(heads, i, HEAD_ID),
            pg_text(heads, i, HEAD_NAME),  pg_text(heads, i, HEAD_STATE),
            pg_text(heads, i, HEAD_STANDS),
        };
        TRY(one_order(c, db, &h, &out, e));
    }
    if (pg_n(heads) == 0)
        return err_set(e, ERR_REJECT, CLI_UNKNOWN,
                       "no order %s here. If Shopify has it: `millrace status` shows how far it is "
                       "read, `millrace refetch order SHOP/ID` has it read now",
                       c->argv[0]);
    return cli_answer(&out, e);
}
