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

#include "json/emit.h"
#include "millrace_sql.h"

enum { TRACE_MAX = 16 << 20 };
enum { COL_AT, COL_HOP, COL_TOPIC, COL_PARTITION, COL_OFFSET, COL_OUTCOME, COL_MS_TO_KAFKA,
       COL_MS_TO_COMMIT, COL_TEXT };
enum { HEAD_SHOP, HEAD_ID, HEAD_NAME, HEAD_STATE, HEAD_STANDS };

static struct trace_ms
ms(const struct pg_rows *r, size_t row, int col)
{
    return (struct trace_ms){ !pg_is_null(r, row, col), pg_i64(r, row, col) };
}

static struct trace_event
event(const struct pg_rows *r, size_t row, size_t place)
{
    return (struct trace_event){
        .at = pg_time(r, row, COL_AT),
        .place = place,
        .hop = pg_text(r, row, COL_HOP),
        .topic = pg_text(r, row, COL_TOPIC),
        .partition = pg_i64(r, row, COL_PARTITION),
        .offset = pg_is_null(r, row, COL_OFFSET) ? -1 : pg_i64(r, row, COL_OFFSET),
        .outcome = pg_text(r, row, COL_OUTCOME),
        .to_kafka = ms(r, row, COL_MS_TO_KAFKA),
        .to_commit = ms(r, row, COL_MS_TO_COMMIT),
        .text = pg_text(r, row, COL_TEXT),
    };
}

/* By time, what has none last; at the same moment as the statements have them. */
static int
compare(const void *a, const void *b)
{
    const struct trace_event *x = a, *y = b;
    const bool never_x = x->at.v == 0, never_y = y->at.v == 0;

    if (never_x != never_y)
        return never_x ? 1 : -1;
    if (x->at.v != y->at.v)
        return x->at.v < y->at.v ? -1 : 1;
    return x->place < y->place ? -1 : 1;
}

static struct trace_event *
merge(struct arena *mem, struct pg_rows *const *parts, size_t n_parts, size_t *n)
{
    size_t all = 0;

    for (size_t p = 0; p < n_parts; p++)
        all += pg_n(parts[p]);
    struct trace_event *v = ARENA_NEW(mem, struct trace_event, all);
    *n = 0;
    for (size_t p = 0; p < n_parts; p++)
        for (size_t i = 0; i < pg_n(parts[p]); i++, (*n)++)
            v[*n] = event(parts[p], i, *n);
    if (all > 0)
        qsort(v, all, sizeof *v, compare);
    return v;
}

static void
emit_ms(struct emit *j, const char *key, struct trace_ms m)
{
    if (m.known)
        emit_i64(j, key, m.v);
    else
        emit_null(j, key);
}

static void
write_event(struct emit *j, const struct trace_event *v)
{
    emit_object(j, NULL);
    emit_time(j, "at", v->at);
    emit_str(j, "hop", v->hop);
    emit_ms(j, "ms_to_commit", v->to_commit);
    emit_ms(j, "ms_to_kafka", v->to_kafka);
    emit_ms(j, "offset", (struct trace_ms){ v->offset >= 0, v->offset });
    emit_str(j, "outcome", v->outcome);
    emit_ms(j, "partition", (struct trace_ms){ v->offset >= 0, v->partition });
    emit_str(j, "text", v->text);
    emit_str(j, "topic", v->topic);
    emit_object_end(j);
}

static void
write_json(const struct trace_head *h, const struct trace_event *v, size_t n, struct buf *out)
{
    struct emit j;

    emit_init(&j, out);
    emit_object(&j, NULL);
    emit_array(&j, "events");
    for (size_t i = 0; i < n; i++)
        write_event(&j, &v[i]);
    emit_array_end(&j);
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
    size_t n;

    TRY(pg_exec(db, e, &changes, &sql_trace_order_changes, PG_TEXT(h->shop), PG_I64(h->order),
                PG_BOOL(cli_option(c, "show-personal") != NULL)));
    TRY(pg_exec(db, e, &hops, &sql_trace_order_hops, PG_TEXT(h->shop), PG_I64(h->order),
                PG_CSTR(c->cfg.topics.prefix)));
    TRY(pg_exec(db, e, &events, &sql_trace_order_events, PG_TEXT(h->shop), PG_I64(h->order)));
    const struct trace_event *v =
        merge(mem, (struct pg_rows *const[]){ changes, hops, events }, 3, &n);
    if (c->json)
        write_json(h, v, n, out);
    else
        trace_page(mem, h, v, n, out);
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
