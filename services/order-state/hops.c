/*
 * hops.c: one row per record, as columns of one statement; see hops.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hops.h"

#include <string.h>

#include "order_state_sql.h"

static const char *const outcome_names[] = {
    [OUTCOME_APPLIED] = "applied",
    [OUTCOME_DUPLICATE] = "duplicate",
    [OUTCOME_STALE] = "stale",
    [OUTCOME_DEAD] = "dead_lettered",
};

struct hops {
    size_t n;
    struct str *shops, *topics, *outcomes, *reasons;
    int64_t *orders, *offsets;
    int32_t *partitions;
    struct time_us *updated, *observed, *produced;
};

static struct hops
hops_new(struct arena *mem, size_t max)
{
    return (struct hops){
        .shops = ARENA_NEW(mem, struct str, max),
        .topics = ARENA_NEW(mem, struct str, max),
        .outcomes = ARENA_NEW(mem, struct str, max),
        .reasons = ARENA_NEW(mem, struct str, max),
        .orders = ARENA_NEW(mem, int64_t, max),
        .offsets = ARENA_NEW(mem, int64_t, max),
        .partitions = ARENA_NEW(mem, int32_t, max),
        .updated = ARENA_NEW(mem, struct time_us, max),
        .observed = ARENA_NEW(mem, struct time_us, max),
        .produced = ARENA_NEW(mem, struct time_us, max),
    };
}

/* Why a record was looked at: an update's source is "order-updates webhook orders/edited". */
static struct str
why_looked_at(const struct facts *x, size_t k, const char *topic, struct arena *mem)
{
    const size_t n = strlen(topic);
    const struct str source = x->sources[k];

    if (str_is(x->kinds[k], "shipment"))
        return arena_printf(mem, "parcel %.*s", (int)source.n, source.p);
    if (str_is(x->kinds[k], "order") && source.n > n + 1)
        return (struct str){ source.p + n + 1, source.n - n - 1 };
    return (struct str){ 0 };
}

/* k: the record's fact, or x->n when it has none. */
static struct str
reason_of(const struct batch *b, size_t i, const struct facts *x, size_t k, const char *topic)
{
    if (b->outcome[i] == OUTCOME_DEAD && b->why[i] != NULL)
        return facts_printable(str_of(b->why[i]->text), b->mem);
    if (b->records[i].value.p == NULL)
        return STR("tombstone");
    return k < x->n ? why_looked_at(x, k, topic, b->mem) : (struct str){ 0 };
}

static void
add(struct hops *h, const struct batch *b, size_t i, const struct facts *x, size_t k,
    const char *topic)
{
    const struct kafka_record *r = &b->records[i];
    struct order_id order = { 0 };

    if (!facts_key(r, &h->shops[h->n], &order))
        return;
    h->orders[h->n] = order.v;
    h->topics[h->n] = str_of(topic);
    h->partitions[h->n] = r->partition;
    h->offsets[h->n] = r->offset;
    h->outcomes[h->n] = str_of(outcome_names[b->outcome[i]]);
    h->reasons[h->n] = reason_of(b, i, x, k, topic);
    h->updated[h->n] = k < x->n ? x->updated[k] : (struct time_us){ 0 };
    h->observed[h->n] = k < x->n ? x->observed[k] : (struct time_us){ 0 };
    h->produced[h->n] = r->timestamp;
    h->n++;
}

enum err_class
hops_send(const struct batch *b, const struct facts *x, const struct stream *st, struct pg *db,
          struct err *e)
{
    struct hops h = hops_new(b->mem, b->n);
    size_t k = 0; /* facts stand in the order of their records */

    for (size_t i = 0; i < b->n; i++) {
        const bool has_fact = k < x->n && x->record[k] == i;
        add(&h, b, i, x, has_fact ? k : x->n, stream_topic(st, &b->records[i]));
        k += has_fact;
    }
    if (h.n == 0)
        return ERR_NONE;
    return pg_send(db, e, &sql_record_hops, PG_TEXTS(h.shops, h.n), PG_I64S(h.orders, h.n),
                   PG_TEXTS(h.topics, h.n), PG_I32S(h.partitions, h.n), PG_I64S(h.offsets, h.n),
                   PG_TEXTS(h.outcomes, h.n), PG_TEXTS(h.reasons, h.n), PG_TIMES(h.updated, h.n),
                   PG_TIMES(h.observed, h.n), PG_TIMES(h.produced, h.n), PG_TIME(b->now));
}
