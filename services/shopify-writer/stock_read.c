/*
 * stock_read.c: take rows, ask, apply; see stock_read.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "stock_read.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "call.h"
#include "domain/gid.h"
#include "json/emit.h"
#include "metrics/metrics.h"
#include "writer_documents.h"

enum { READ_ROWS_MAX = 250, HOLD_EXTRA_MS = 2000, VARIABLES_MAX = 64 << 10, AGAIN_MS = 2500 };
enum { COL_ITEM, COL_LOCATION, COL_LAST_WRITE };

static struct metric unclean_total = METRIC(
    METRIC_COUNTER, "millrace_reads_unclean_total",
    "Rows read while a sale or a write of ours fell into the read's window: read again.");
static struct metric residual_total = METRIC(
    METRIC_COUNTER, "millrace_reads_residual_total",
    "Rows that showed another number than our book has.");

/* The rows of one read; `found` and `missing` are filled from the answer. */
struct reading {
    int64_t location;
    size_t n;
    int64_t *items;
    struct time_us *last_writes;
    int64_t *found, *on_hands;
    struct time_us *found_writes;
    size_t n_found;
};

static struct reading *
reading_of(const struct pg_rows *rows, struct arena *mem)
{
    struct reading *r = ARENA_NEW(mem, struct reading, 1);

    r->n = pg_n(rows);
    r->location = pg_i64(rows, 0, COL_LOCATION);
    r->items = ARENA_NEW(mem, int64_t, r->n);
    r->last_writes = ARENA_NEW(mem, struct time_us, r->n);
    r->found = ARENA_NEW(mem, int64_t, r->n);
    r->on_hands = ARENA_NEW(mem, int64_t, r->n);
    r->found_writes = ARENA_NEW(mem, struct time_us, r->n);
    for (size_t i = 0; i < r->n; i++) {
        r->items[i] = pg_i64(rows, i, COL_ITEM);
        r->last_writes[i] = pg_time(rows, i, COL_LAST_WRITE);
    }
    return r;
}

static enum err_class
read_body(const struct reading *r, struct arena *mem, struct str *ret, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf variables;
    char gid[GID_TEXT_SIZE];
    struct emit j;

    buf_init(&variables, VARIABLES_MAX);
    emit_init(&j, &variables);
    emit_object(&j, NULL);
    emit_array(&j, "ids");
    for (size_t i = 0; i < r->n; i++)
        emit_cstr(&j, NULL, gid_format("InventoryItem", r->items[i], gid));
    emit_array_end(&j);
    emit_cstr(&j, "locationId", gid_format("Location", r->location, gid));
    emit_object_end(&j);
    TRY(buf_check(&variables, "stock read", e));
    return call_body(mem, &text_inventory_levels, buf_str(&variables), ret, e);
}

/* Why the row cannot be written; NULL when it can, and then its on_hand. */
static const char *
row_obstacle(const struct json_value *node, int64_t *on_hand)
{
    const struct json_value *level = json_get(node, "inventoryLevel");
    const struct json_value *quantities = json_get(level, "quantities");

    if (!json_is_object(node))
        return "Shopify has no such inventory item: the variant was deleted, or is another shop's";
    if (!json_bool(json_get(node, "tracked")))
        return "Shopify does not track this item: switch on \"track quantity\"";
    if (!json_is_object(level) || !json_bool(json_get(level, "isActive")))
        return "the item is not stocked at this location: activate it there in Shopify";
    for (size_t i = 0; i < json_size(quantities); i++)
        if (str_is(json_str(json_get(json_at(quantities, i), "name")), "on_hand")
            && json_i64(json_get(json_at(quantities, i), "quantity"), on_hand))
            return NULL;
    return "Shopify shows no on_hand here";
}

static enum err_class
refuse_row(struct writer *w, struct shop_state *s, const struct reading *r, size_t i,
           const char *why, struct err *e)
{
    return pg_send(w->db, e, &sql_unreadable_rows, PG_CSTR(s->conf->key), PG_I64(r->location),
                   PG_I64S(&r->items[i], 1), PG_CSTR(why),
                   PG_TIME(writer_after_ms(w->cfg->writer.sweep_interval_ms)),
                   PG_TIME(clock_now()));
}

static enum err_class
sort_rows(struct writer *w, struct shop_state *s, struct reading *r,
          const struct json_value *nodes, struct err *e)
{
    for (size_t i = 0; i < r->n; i++) {
        int64_t on_hand = 0;
        const char *why = row_obstacle(json_at(nodes, i), &on_hand);
        if (why != NULL) {
            TRY(refuse_row(w, s, r, i, why, e));
            continue;
        }
        r->found[r->n_found] = r->items[i];
        r->found_writes[r->n_found] = r->last_writes[i];
        r->on_hands[r->n_found++] = on_hand;
    }
    return ERR_NONE;
}

static void
observe(const struct pg_rows *applied)
{
    int64_t unclean = 0, residual = 0;

    for (size_t i = 0; i < pg_n(applied); i++) {
        residual += pg_i64(applied, i, 1) != 0;
        unclean += !pg_bool(applied, i, 2);
    }
    metric_add(&unclean_total, "", unclean);
    metric_add(&residual_total, "", residual);
}

static enum err_class
apply_rows(struct writer *w, struct shop_state *s, struct reading *r, const struct answered *a,
           struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *applied = NULL;
    const struct writer_conf *c = &w->cfg->writer;
    const int64_t lag_ms = s->conf->replica_lag_ms;
    const struct time_us since = { a->answer->began.v - lag_ms * US_PER_MS - US_PER_S };
    const int64_t sweep_ms = c->sweep_interval_ms;
    const int64_t jitter_ms = rand_backoff_ms(sweep_ms / 10 + 1, sweep_ms, 0);

    TRY(pg_begin(w->db, e));
    TRY(sort_rows(w, s, r, json_get(a->answer->data, "nodes"), e));
    if (r->n_found > 0)
        TRY(pg_exec(w->db, e, &applied, &sql_apply_reads, PG_CSTR(s->conf->key),
                    PG_I64(r->location), PG_I64S(r->found, r->n_found),
                    PG_I64S(r->on_hands, r->n_found), PG_TIMES(r->found_writes, r->n_found),
                    PG_TIME(since), PG_TIME(a->effect_at),
                    PG_TIME(writer_after_ms(sweep_ms - jitter_ms)),
                    PG_TIME(writer_after_ms(lag_ms + AGAIN_MS)),
                    PG_TIME(writer_after_ms(c->reread_ms)), PG_TIME(clock_now())));
    TRY(pg_commit(w->db, e));
    if (applied != NULL)
        observe(applied);
    return ERR_NONE;
}

static enum err_class
on_answer(struct writer *w, struct shop_state *s, void *what, const struct answered *a,
          struct err *e)
{
    struct reading *r = what;

    if (a->error.class == ERR_NONE
        && json_size(json_get(a->answer->data, "nodes")) == r->n)
        return apply_rows(w, s, r, a, e);
    if (a->error.class == ERR_REJECT || a->error.class == ERR_NONE)
        LOG_ERROR(MSG("a read of stock is refused; it is tried again later"),
                  KV("shop", s->conf->key), KV("error", (const char *)a->error.text));
    const int64_t later_ms = a->error.class == ERR_RETRY ? a->answer->wait_ms
                                                         : w->cfg->writer.reread_ms;
    return pg_exec(w->db, e, NULL, &sql_retry_reads, PG_CSTR(s->conf->key), PG_I64(r->location),
                   PG_I64S(r->items, r->n), PG_TIME(writer_after_ms(later_ms)));
}

enum err_class
stock_read(struct writer *w, struct shop_state *s, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;

    if (call_room(w, s, CALL_STOCK_READ) == 0)
        return ERR_NONE;
    TRY(pg_exec(w->db, e, &rows, &sql_take_reads, PG_CSTR(s->conf->key), PG_I64(READ_ROWS_MAX),
                PG_TIME(writer_after_ms(s->conf->timeout_ms + HOLD_EXTRA_MS)),
                PG_TIME(clock_now())));
    if (pg_n(rows) == 0)
        return ERR_NONE;
    CLEANUP(arena_free) struct arena *mem = arena_new();
    struct reading *r = reading_of(rows, mem);
    struct str body;
    TRY(read_body(r, mem, &body, e));
    const struct call_spec spec = {
        .kind = CALL_STOCK_READ,
        .name = text_inventory_levels.name,
        .body = body,
        .mem = TAKE(mem),
        .what = r,
        .done = on_answer,
    };
    return call_start(w, s, &spec, e);
}
