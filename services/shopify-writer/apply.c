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

/* The place of the row's record, n if there is none. Batches are small in keys that repeat, so
 * looking back is cheap enough. */
static size_t
atp_place(const struct atps *a, const struct atp *one)
{
    size_t i = 0;

    while (i < a->n
           && (a->v[i].inventory_item.v != one->inventory_item.v
               || a->v[i].location.v != one->location.v || !str_eq(a->v[i].shop, one->shop)))
        i++;
    return i;
}

/* The newest of each row stays; an older one of the same batch is stale. */
static void
keep_newest_atp(struct batch *b, struct atps *a, const struct atp *one, size_t at)
{
    const size_t i = atp_place(a, one);
    const bool newer = i == a->n || one->version > a->v[i].version;

    if (i < a->n)
        b->outcome[newer ? a->at[i] : at] = OUTCOME_STALE;
    if (!newer)
        return;
    a->v[i] = *one;
    a->at[i] = at;
    a->n += i == a->n;
}

/* A tombstone overtakes what the batch said of its row before it; what it says after it stays. */
static void
keep_tombstone(struct batch *b, struct atps *a, struct atps *gone, const struct atp *row, size_t at)
{
    const size_t i = atp_place(a, row), k = atp_place(gone, row);

    if (i < a->n) {
        b->outcome[a->at[i]] = OUTCOME_STALE;
        a->n--;
        a->v[i] = a->v[a->n];
        a->at[i] = a->at[a->n];
    }
    gone->v[k] = *row;
    gone->at[k] = at;
    gone->n += k == gone->n;
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

/* Rows that are no longer ours to write. Names the other rows of the batch as well: all are locked
 * here, in the order in which everybody locks them. */
static enum err_class
retire(struct pg *db, struct batch *b, const struct atps *gone, const struct atps *a, struct err *e)
{
    const size_t n = gone->n + a->n;
    struct str *shops = ARENA_NEW(b->mem, struct str, n);
    int64_t *i64 = ARENA_NEW(b->mem, int64_t, 2 * n);

    for (size_t i = 0; i < n; i++) {
        const struct atp *row = i < gone->n ? &gone->v[i] : &a->v[i - gone->n];
        shops[i] = row->shop;
        i64[i] = row->inventory_item.v;
        i64[n + i] = row->location.v;
    }
    return pg_send(db, e, &sql_retire_atp, PG_TEXTS(shops, n), PG_I64S(i64, n), PG_I64S(i64 + n, n),
                   PG_I64((int64_t)gone->n));
}

static void
one_atp(struct batch *b, struct docs *docs, struct atps *a, struct atps *gone, size_t i)
{
    const struct kafka_record *r = &b->records[i];
    const struct json_value *value = NULL;
    struct atp one;
    struct err why = { 0 };

    if (r->value.p == NULL && atp_split_key(r->key, &one, &why) == ERR_NONE)
        keep_tombstone(b, a, gone, &one, i);
    else if (r->value.p != NULL && parse(docs, r->value, &value, &why) == ERR_NONE
             && atp_decode(value, b->mem, &one, &why) == ERR_NONE)
        keep_newest_atp(b, a, &one, i);
    else
        batch_reject(b, i, &why);
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
    struct atps gone = { ARENA_NEW(b->mem, struct atp, r->n), ARENA_NEW(b->mem, size_t, r->n), 0 };

    for (size_t i = 0; i < r->n; i++)
        one_atp(b, docs, &a, &gone, r->at[i]);
    if (gone.n > 0)
        TRY(retire(db, b, &gone, &a, e));
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
