/*
 * apply.c: decode, reduce by key, one statement per kind; see apply.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "apply.h"

#include "domain/atp.h"
#include "domain/fulfillments.h"
#include "shopify_writer_sql.h"

enum { PARCEL_TEXT_MAX = 1 << 20, VERSION_DIGITS_MAX = 18 };

const char *const apply_topics[] = { ATP_TOPIC, FULFILLMENTS_TOPIC, NULL };

/* Records of one kind in the batch: their places, and what they say. */
struct records { size_t *at; size_t n; };

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

/* Is what `kept` has of the row, if anything, older than version? */
static bool
is_newer(const struct atps *kept, const struct atp *row)
{
    const size_t i = atp_place(kept, row);

    return i == kept->n || row->version > kept->v[i].version;
}

static void
forget(struct batch *b, struct atps *kept, const struct atp *row)
{
    const size_t i = atp_place(kept, row);

    if (i == kept->n)
        return;
    b->outcome[kept->at[i]] = OUTCOME_STALE;
    kept->n--;
    kept->v[i] = kept->v[kept->n];
    kept->at[i] = kept->at[kept->n];
}

/* Of each row the newest word stays, a promise in `a` or a tombstone in `gone`, whatever order the
 * batch has them in; the others are stale. */
static void
keep_newest(struct batch *b, struct atps *into, struct atps *other, const struct atp *one,
            size_t at)
{
    if (!is_newer(into, one) || !is_newer(other, one)) {
        b->outcome[at] = OUTCOME_STALE;
        return;
    }
    forget(b, into, one);
    forget(b, other, one);
    into->v[into->n] = *one;
    into->at[into->n++] = at;
}

/* A tombstone has no value: its version is that of its id, "<topic>/<key>@<version>". */
static enum err_class
tombstone_version(const struct kafka_record *r, int64_t *ret, struct err *e)
{
    const struct str id = kafka_record_header(r, "ce_id");
    size_t i = id.n;

    *ret = 0;
    while (i > 0 && id.p[i - 1] != '@')
        i--;
    const size_t digits = i > 0 ? id.n - i : 0;
    for (; i < id.n && digits <= VERSION_DIGITS_MAX && id.p[i] >= '0' && id.p[i] <= '9'; i++)
        *ret = *ret * 10 + (id.p[i] - '0');
    if (digits == 0 || i < id.n)
        return err_set(e, ERR_REJECT, "", "a tombstone needs its version in ce_id, as in"
                                          " atp/<key>@<version>: publish it so");
    return ERR_NONE;
}

static enum err_class
send_atps(struct pg *db, struct batch *b, const struct atps *a, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *newer = NULL;
    const size_t n = a->n;
    struct str *shops = ARENA_NEW(b->mem, struct str, n);
    int64_t *items = ARENA_NEW(b->mem, int64_t, n), *locations = ARENA_NEW(b->mem, int64_t, n);
    int64_t *versions = ARENA_NEW(b->mem, int64_t, n), *promises = ARENA_NEW(b->mem, int64_t, n);
    int64_t *mins = ARENA_NEW(b->mem, int64_t, n), *maxs = ARENA_NEW(b->mem, int64_t, n);
    struct time_us *watermarks = ARENA_NEW(b->mem, struct time_us, n);
    struct time_us *computed = ARENA_NEW(b->mem, struct time_us, n);

    for (size_t i = 0; i < n; i++) {
        const struct atp *v = &a->v[i];
        shops[i] = v->shop;
        items[i] = v->inventory_item.v;
        locations[i] = v->location.v;
        versions[i] = v->version;
        mins[i] = v->level_min;
        maxs[i] = v->level_max;
        promises[i] = v->promise;
        watermarks[i] = v->watermark;
        computed[i] = v->computed_at;
        b->outcome[a->at[i]] = OUTCOME_DUPLICATE;
    }
    TRY(pg_exec(db, e, &newer, &sql_apply_atp, PG_TEXTS(shops, n), PG_I64S(items, n),
                PG_I64S(locations, n), PG_I64S(versions, n), PG_I64S(mins, n), PG_I64S(maxs, n),
                PG_I64S(promises, n), PG_TIMES(watermarks, n), PG_TIMES(computed, n),
                PG_TIME(b->now)));
    for (size_t i = 0; i < pg_n(newer); i++)
        b->outcome[a->at[pg_i64(newer, i, 0) - 1]] = OUTCOME_APPLIED;
    return ERR_NONE;
}

/* Rows that are no longer ours to write. Names the other rows of the batch as well: all are locked
 * here, in the order in which everybody locks them. */
static enum err_class
retire(struct pg *db, struct batch *b, const struct atps *gone, const struct atps *a, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *newer = NULL;
    const size_t n = gone->n + a->n;
    struct str *shops = ARENA_NEW(b->mem, struct str, n);
    int64_t *items = ARENA_NEW(b->mem, int64_t, n), *locations = ARENA_NEW(b->mem, int64_t, n);
    int64_t *versions = ARENA_NEW(b->mem, int64_t, n);

    for (size_t i = 0; i < n; i++) {
        const struct atp *row = i < gone->n ? &gone->v[i] : &a->v[i - gone->n];
        shops[i] = row->shop;
        items[i] = row->inventory_item.v;
        locations[i] = row->location.v;
        versions[i] = row->version;
    }
    for (size_t i = 0; i < gone->n; i++)
        b->outcome[gone->at[i]] = OUTCOME_DUPLICATE;
    TRY(pg_exec(db, e, &newer, &sql_retire_atp, PG_TEXTS(shops, n), PG_I64S(items, n),
                PG_I64S(locations, n), PG_I64S(versions, n), PG_I64((int64_t)gone->n)));
    for (size_t i = 0; i < pg_n(newer); i++)
        b->outcome[gone->at[pg_i64(newer, i, 0) - 1]] = OUTCOME_APPLIED;
    return ERR_NONE;
}

static void
one_atp(struct batch *b, struct atps *a, struct atps *gone, size_t i)
{
    const struct kafka_record *r = &b->records[i];
    struct atp one;
    struct err why = { 0 };

    if (r->value.p == NULL && atp_split_key(r->key, &one, &why) == ERR_NONE
        && tombstone_version(r, &one.version, &why) == ERR_NONE)
        keep_newest(b, gone, a, &one, i);
    else if (r->value.p != NULL && atp_decode(r->value, b->mem, &one, &why) == ERR_NONE)
        keep_newest(b, a, gone, &one, i);
    else
        batch_reject(b, i, &why);
}

struct parcels {
    struct str *shops, *names, *desired;
    int64_t *orders, *versions;
    size_t *at; /* places of their records */
    size_t n;
};

static struct parcels
parcels_new(struct arena *mem, size_t room)
{
    return (struct parcels){
        .shops = ARENA_NEW(mem, struct str, room), .names = ARENA_NEW(mem, struct str, room),
        .desired = ARENA_NEW(mem, struct str, room), .orders = ARENA_NEW(mem, int64_t, room),
        .versions = ARENA_NEW(mem, int64_t, room), .at = ARENA_NEW(mem, size_t, room),
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
add_parcels(struct batch *b, struct parcels *p, const struct fulfillments *f, size_t at,
            struct err *e)
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
        p->at[i] = at;
        p->desired[i] = arena_str(b->mem, buf_str(&text));
        p->n += i == p->n;
    }
    return ERR_NONE;
}

/* Which record each parcel was taken from: for whoever traces it. */
static enum err_class
note_records(struct pg *db, const struct batch *b, const struct parcels *p,
             const struct pg_rows *news, struct err *e)
{
    const size_t n = pg_n(news);
    struct parcels of = parcels_new(b->mem, n);
    int64_t *partitions = ARENA_NEW(b->mem, int64_t, n), *offsets = ARENA_NEW(b->mem, int64_t, n);

    for (size_t i = 0; i < n; i++) {
        const size_t k = (size_t)pg_i64(news, i, 0) - 1;
        of.shops[i] = p->shops[k];
        of.orders[i] = p->orders[k];
        of.names[i] = p->names[k];
        partitions[i] = b->records[p->at[k]].partition;
        offsets[i] = b->records[p->at[k]].offset;
    }
    return n == 0 ? ERR_NONE
                  : pg_send(db, e, &sql_note_parcel_records, PG_TEXTS(of.shops, n),
                            PG_I64S(of.orders, n), PG_TEXTS(of.names, n), PG_I64S(partitions, n),
                            PG_I64S(offsets, n), PG_TIME(b->now));
}

/* A record of which no parcel is news changed nothing: it came again, or a newer one said it. */
static enum err_class
send_parcels(struct pg *db, struct batch *b, const struct parcels *p, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *news = NULL;

    TRY(pg_exec(db, e, &news, &sql_apply_parcels, PG_TEXTS(p->shops, p->n),
                PG_I64S(p->orders, p->n), PG_TEXTS(p->names, p->n), PG_TEXTS(p->desired, p->n),
                PG_I64S(p->versions, p->n), PG_TIME(b->now)));
    for (size_t i = 0; i < pg_n(news); i++)
        b->outcome[p->at[pg_i64(news, i, 0) - 1]] = OUTCOME_APPLIED;
    return note_records(db, b, p, news, e);
}

static enum err_class
apply_fulfillments(struct pg *db, struct batch *b, const struct records *r, struct err *e)
{
    struct fulfillments *all = ARENA_NEW(b->mem, struct fulfillments, r->n);
    size_t *at = ARENA_NEW(b->mem, size_t, r->n);
    size_t n = 0, room = 0;

    for (size_t i = 0; i < r->n; i++) {
        struct err why = { 0 };
        const struct str text = b->records[r->at[i]].value;
        if (text.p == NULL)
            continue; /* archived: what was made stays made */
        if (fulfillments_decode(text, b->mem, &all[n], &why) != ERR_NONE) {
            batch_reject(b, r->at[i], &why);
            continue;
        }
        b->outcome[r->at[i]] = OUTCOME_DUPLICATE;
        at[n] = r->at[i];
        room += all[n++].parcels.n;
    }
    struct parcels p = parcels_new(b->mem, room);
    for (size_t i = 0; i < n; i++)
        TRY(add_parcels(b, &p, &all[i], at[i], e));
    return p.n > 0 ? send_parcels(db, b, &p, e) : ERR_NONE;
}

static enum err_class
apply_atps(struct pg *db, struct batch *b, const struct records *r, struct err *e)
{
    struct atps a = { ARENA_NEW(b->mem, struct atp, r->n), ARENA_NEW(b->mem, size_t, r->n), 0 };
    struct atps gone = { ARENA_NEW(b->mem, struct atp, r->n), ARENA_NEW(b->mem, size_t, r->n), 0 };

    for (size_t i = 0; i < r->n; i++)
        one_atp(b, &a, &gone, r->at[i]);
    if (gone.n > 0)
        TRY(retire(db, b, &gone, &a, e));
    return a.n > 0 ? send_atps(db, b, &a, e) : ERR_NONE;
}

enum err_class
apply_batch(void *ctx, struct pg *db, struct batch *b, struct err *e)
{
    const struct apply *apply = ctx;
    struct records atps = { ARENA_NEW(b->mem, size_t, b->n), 0 };
    struct records fulfillments = { ARENA_NEW(b->mem, size_t, b->n), 0 };

    for (size_t i = 0; i < b->n; i++) {
        struct records *r = strcmp(stream_topic(*apply->stream, &b->records[i]), ATP_TOPIC) == 0
                                ? &atps : &fulfillments;
        r->at[r->n++] = i;
    }
    TRY(apply_atps(db, b, &atps, e)); /* locks: book rows before parcels */
    return apply_fulfillments(db, b, &fulfillments, e);
}
