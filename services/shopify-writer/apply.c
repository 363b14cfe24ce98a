/*
 * apply.c: decode, reduce by key, one statement per kind; see apply.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "apply.h"

#include "domain/atp.h"
#include "domain/fulfillments.h"
#include "shopify_writer_sql.h"

enum { PARCEL_TEXT_MAX = 1 << 20 };

const char *const apply_topics[] = { ATP_TOPIC, FULFILLMENTS_TOPIC, NULL };

/* Records of one kind in the batch: their places, and what they say. */
struct records { size_t *at; size_t n; };

/* Documents live as long as the batch; what was decoded borrows from them. */
struct docs { struct json_doc **v; size_t n; };

static void
docs_free(struct docs *d)
{
    for (size_t i = 0; i < d->n; i++)
        json_free(d->v[i]);
}

static enum err_class
parse(struct docs *docs, struct str value, const struct json_value **ret, struct err *e)
{
    struct json_doc *doc = NULL;

    TRY(json_parse(&doc, value, e));
    docs->v[docs->n++] = doc;
    *ret = json_root(doc);
    return ERR_NONE;
}

struct atps { struct atp *v; size_t *at; size_t n; };

/* The newest of each row stays; an older one of the same batch is stale. Batches are small in keys
 * that repeat, so looking back is cheap enough. */
static void
keep_newest_atp(struct batch *b, struct atps *a, const struct atp *one, size_t at)
{
    for (size_t i = 0; i < a->n; i++) {
        struct atp *had = &a->v[i];
        if (had->inventory_item.v != one->inventory_item.v || had->location.v != one->location.v
            || !str_eq(had->shop, one->shop))
            continue;
        const bool newer = one->version > had->version;
        b->outcome[newer ? a->at[i] : at] = OUTCOME_STALE;
        if (newer) {
            *had = *one;
            a->at[i] = at;
        }
        return;
    }
    a->v[a->n] = *one;
    a->at[a->n++] = at;
}

static enum err_class
send_atps(struct pg *db, struct batch *b, const struct atps *a, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *newer = NULL;
    const size_t n = a->n;
    struct str *shops = ARENA_NEW(b->mem, struct str, n);
    int64_t *i64 = ARENA_NEW(b->mem, int64_t, 6 * n);
    struct time_us *times = ARENA_NEW(b->mem, struct time_us, 2 * n);

    for (size_t i = 0; i < n; i++) {
        const struct atp *v = &a->v[i];
        const int64_t values[] = { v->inventory_item.v, v->location.v, v->version,
                                   v->level_min,        v->level_max,  v->promise };
        for (size_t k = 0; k < 6; k++)
            i64[k * n + i] = values[k];
        shops[i] = v->shop;
        times[i] = v->watermark;
        times[n + i] = v->computed_at;
        b->outcome[a->at[i]] = OUTCOME_DUPLICATE;
    }
    TRY(pg_exec(db, e, &newer, &sql_apply_atp, PG_TEXTS(shops, n), PG_I64S(i64, n),
                PG_I64S(i64 + n, n), PG_I64S(i64 + 2 * n, n), PG_I64S(i64 + 3 * n, n),
                PG_I64S(i64 + 4 * n, n), PG_I64S(i64 + 5 * n, n), PG_TIMES(times, n),
                PG_TIMES(times + n, n), PG_TIME(b->now)));
    for (size_t i = 0; i < pg_n(newer); i++)
        b->outcome[a->at[pg_i64(newer, i, 0) - 1]] = OUTCOME_APPLIED;
    return ERR_NONE;
}

/* A tombstone: the row is no longer ours to write. */
static enum err_class
retire(struct pg *db, const struct atp *row, struct err *e)
{
    return pg_send(db, e, &sql_retire_atp, PG_TEXTS(&row->shop, 1),
                   PG_I64S(&row->inventory_item.v, 1), PG_I64S(&row->location.v, 1));
}

static enum err_class
one_atp(struct pg *db, struct batch *b, struct docs *docs, struct atps *a, size_t i, struct err *e)
{
    const struct kafka_record *r = &b->records[i];
    const struct json_value *value = NULL;
    struct atp one;
    struct err why = { 0 };

    if (r->value.p == NULL) {
        if (atp_split_key(r->key, &one, &why) == ERR_NONE)
            return retire(db, &one, e);
    } else if (parse(docs, r->value, &value, &why) == ERR_NONE
               && atp_decode(value, b->mem, &one, &why) == ERR_NONE) {
        keep_newest_atp(b, a, &one, i);
        return ERR_NONE;
    }
    batch_reject(b, i, &why);
    return ERR_NONE;
}

struct parcels {
    struct str *shops, *names, *desired;
    int64_t *orders, *versions;
    size_t n, room;
};

static struct parcels
parcels_new(struct arena *mem, size_t room)
{
    return (struct parcels){
        .shops = ARENA_NEW(mem, struct str, room), .names = ARENA_NEW(mem, struct str, room),
        .desired = ARENA_NEW(mem, struct str, room), .orders = ARENA_NEW(mem, int64_t, room),
        .versions = ARENA_NEW(mem, int64_t, room), .room = room,
    };
}

/* Two records of one order may be in a batch: the newer word on a parcel stays. */
static size_t
parcel_place(const struct parcels *p, const struct fulfillments *f, struct str name)
{
    size_t i = 0;

    while (i < p->n && (p->orders[i] != f->order.v || !str_eq(p->names[i], name)
                        || !str_eq(p->shops[i], f->shop)))
        i++;
    return i;
}

static enum err_class
add_parcels(struct batch *b, struct parcels *p, const struct fulfillments *f, struct err *e)
{
    EACH(struct parcel, one, &f->parcels) {
        CLEANUP_VALUE(buf_fini) struct buf text;
        const size_t i = parcel_place(p, f, one->parcel);
        if (i < p->n && p->versions[i] >= f->version)
            continue;
        buf_init(&text, PARCEL_TEXT_MAX);
        parcel_emit(&text, one);
        TRY(buf_check(&text, "parcel", e));
        p->shops[i] = f->shop;
        p->orders[i] = f->order.v;
        p->names[i] = one->parcel;
        p->versions[i] = f->version;
        p->desired[i] = arena_str(b->mem, buf_str(&text));
        p->n += i == p->n;
    }
    return ERR_NONE;
}

static enum err_class
apply_fulfillments(struct pg *db, struct batch *b, const struct records *r, struct docs *docs,
                   struct err *e)
{
    struct fulfillments *all = ARENA_NEW(b->mem, struct fulfillments, r->n);
    size_t n = 0, room = 0;

    for (size_t i = 0; i < r->n; i++) {
        const struct json_value *value = NULL;
        struct err why = { 0 };
        const struct str text = b->records[r->at[i]].value;
        if (text.p == NULL)
            continue; /* archived: what was made stays made */
        if (parse(docs, text, &value, &why) != ERR_NONE
            || fulfillments_decode(value, b->mem, &all[n], &why) != ERR_NONE) {
            batch_reject(b, r->at[i], &why);
            continue;
        }
        room += all[n++].parcels.n;
    }
    struct parcels p = parcels_new(b->mem, room);
    for (size_t i = 0; i < n; i++)
        TRY(add_parcels(b, &p, &all[i], e));
    if (p.n == 0)
        return ERR_NONE;
    return pg_send(db, e, &sql_apply_parcels, PG_TEXTS(p.shops, p.n), PG_I64S(p.orders, p.n),
                   PG_TEXTS(p.names, p.n), PG_TEXTS(p.desired, p.n), PG_I64S(p.versions, p.n),
                   PG_TIME(b->now));
}

static enum err_class
apply_atps(struct pg *db, struct batch *b, const struct records *r, struct docs *docs,
           struct err *e)
{
    struct atps a = { ARENA_NEW(b->mem, struct atp, r->n), ARENA_NEW(b->mem, size_t, r->n), 0 };

    for (size_t i = 0; i < r->n; i++)
        TRY(one_atp(db, b, docs, &a, r->at[i], e));
    return a.n > 0 ? send_atps(db, b, &a, e) : ERR_NONE;
}

enum err_class
apply_batch(void *ctx, struct pg *db, struct batch *b, struct err *e)
{
    const struct apply *apply = ctx;
    CLEANUP_VALUE(docs_free) struct docs docs = { ARENA_NEW(b->mem, struct json_doc *, b->n), 0 };
    struct records atps = { ARENA_NEW(b->mem, size_t, b->n), 0 };
    struct records fulfillments = { ARENA_NEW(b->mem, size_t, b->n), 0 };

    for (size_t i = 0; i < b->n; i++) {
        struct records *r = strcmp(stream_topic(*apply->stream, &b->records[i]), ATP_TOPIC) == 0
                                ? &atps : &fulfillments;
        r->at[r->n++] = i;
    }
    TRY(apply_atps(db, b, &atps, &docs, e)); /* locks: book rows before parcels */
    return apply_fulfillments(db, b, &fulfillments, &docs, e);
}
