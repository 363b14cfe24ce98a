/*
 * apply.c: decode, reduce to one fact per product, save the newer ones, give every version its
 * place in the history, then decide about the variants; see apply.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "apply.h"

#include "catalog.h"
#include "domain/key.h"
#include "fact.h"
#include "product_state_sql.h"
#include "versions.h"

struct tombstone {
    size_t record;
    struct str shop;
    int64_t product_id;
};
struct intake {
    struct fact *facts;
    enum fact_place *places; /* aligned, after the reduction */
    size_t n;
    struct tombstone *tombstones;
    size_t n_tombstones;
    bool *repair; /* by record: the topic ends with an older version of this product */
};

/* --- taking the batch apart ------------------------------------------------------------- */

static void
take_tombstone(struct intake *in, struct batch *b, size_t i)
{
    struct tombstone t = { .record = i };
    struct err why = { 0 };

    if (key_split_shop_id(b->records[i].key, &t.shop, &t.product_id, &why) == ERR_NONE)
        in->tombstones[in->n_tombstones++] = t;
    else
        batch_reject(b, i, &why);
}

static struct intake
take_apart(struct batch *b)
{
    struct intake in = { .facts = ARENA_NEW(b->mem, struct fact, b->n),
                         .places = ARENA_NEW(b->mem, enum fact_place, b->n),
                         .tombstones = ARENA_NEW(b->mem, struct tombstone, b->n),
                         .repair = ARENA_NEW(b->mem, bool, b->n) };

    for (size_t i = 0; i < b->n; i++) {
        struct err why = { 0 };
        if (b->records[i].value.p == NULL)
            take_tombstone(&in, b, i);
        else if (fact_decode(b->records[i].value, i, b->mem, &in.facts[in.n], &why) == ERR_NONE)
            in.n++;
        else
            batch_reject(b, i, &why);
    }
    fact_reduce(in.facts, in.n, in.places);
    for (size_t i = 0; i < in.n; i++) {
        const size_t record = in.facts[i].record;
        if (in.places[i] != FACT_WINS)
            b->outcome[record] = in.places[i] == FACT_DUPLICATE ? OUTCOME_DUPLICATE : OUTCOME_STALE;
        in.repair[record] = in.places[i] == FACT_LATE;
    }
    return in;
}

/* --- tombstones ------------------------------------------------------------------------- */

/* A fact of the same product follows in this batch: whether it is newer is its own matter. */
static bool
is_followed(const struct intake *in, const struct tombstone *t)
{
    for (size_t i = 0; i < in->n; i++)
        if (in->facts[i].record > t->record && in->facts[i].product_id == t->product_id &&
            str_eq(in->facts[i].shop, t->shop))
            return true;
    return false;
}

static enum err_class
archive(const struct intake *in, struct pg *db, struct batch *b, bool followed, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    struct str *shops = ARENA_NEW(b->mem, struct str, in->n_tombstones);
    int64_t *ids = ARENA_NEW(b->mem, int64_t, in->n_tombstones);
    size_t n = 0;

    for (size_t i = 0; i < in->n_tombstones; i++) {
        const struct tombstone *t = &in->tombstones[i];
        if (is_followed(in, t) != followed)
            continue;
        shops[n] = t->shop;
        ids[n++] = t->product_id;
    }
    if (n == 0)
        return ERR_NONE;
    return pg_exec(db, e, &rows, &sql_archive_products, PG_TEXTS(shops, n), PG_I64S(ids, n),
                   PG_TIME(b->now));
}

/* --- facts ------------------------------------------------------------------------------ */

static size_t
winners(const struct intake *in, const struct fact **ret)
{
    size_t n = 0;

    for (size_t i = 0; i < in->n; i++)
        if (in->places[i] == FACT_WINS)
            ret[n++] = &in->facts[i];
    return n;
}

static enum err_class
save(struct pg *db, struct batch *b, const struct fact *const *v, size_t n, struct pg_rows **rows,
     struct err *e)
{
    struct str *shops = ARENA_NEW(b->mem, struct str, n);
    struct str *hashes = ARENA_NEW(b->mem, struct str, n);
    struct str *bodies = ARENA_NEW(b->mem, struct str, n);
    int64_t *ids = ARENA_NEW(b->mem, int64_t, n);
    struct time_us *updated = ARENA_NEW(b->mem, struct time_us, n);
    struct time_us *observed = ARENA_NEW(b->mem, struct time_us, n);

    for (size_t i = 0; i < n; i++) {
        shops[i] = v[i]->shop;
        ids[i] = v[i]->product_id;
        updated[i] = v[i]->version.updated_at;
        observed[i] = v[i]->version.observed_at;
        hashes[i] = v[i]->hash;
        bodies[i] = v[i]->body;
    }
    return pg_exec(db, e, rows, &sql_save_products, PG_TEXTS(shops, n), PG_I64S(ids, n),
                   PG_TIMES(updated, n), PG_TIMES(observed, n), PG_TEXTS(hashes, n),
                   PG_TEXTS(bodies, n), PG_TIME(b->now));
}

/* What is not the newest joins the history all the same; so does what the newest replaces. */
static size_t
history(const struct intake *in, const struct pg_rows *verdicts, struct seen_version *ret)
{
    size_t n = 0, winner = 0;

    for (size_t i = 0; i < in->n; i++) {
        const struct fact *f = &in->facts[i];
        if (in->places[i] == FACT_DUPLICATE)
            continue;
        const struct str verdict =
            in->places[i] == FACT_WINS ? pg_text(verdicts, winner++, 1) : STR("stale");
        if (str_is(verdict, "stale"))
            ret[n++] = (struct seen_version){ f, false };
        else if (str_is(verdict, "applied") || str_is(verdict, "rival"))
            ret[n++] = (struct seen_version){ f, true };
    }
    return n;
}

/* Says what became of the winners; those that are newer than what was stored are applied. */
static size_t
judge(struct intake *in, struct batch *b, const struct fact *const *v, size_t n,
      const struct pg_rows *verdicts, const struct fact **applied)
{
    size_t n_applied = 0;

    for (size_t i = 0; i < n; i++) {
        const struct str verdict = pg_text(verdicts, i, 1);
        const bool rival = str_is(verdict, "rival"), stale = str_is(verdict, "stale");
        if (rival || str_is(verdict, "first") || str_is(verdict, "applied"))
            applied[n_applied++] = v[i];
        else
            b->outcome[v[i]->record] = stale ? OUTCOME_STALE : OUTCOME_DUPLICATE;
        in->repair[v[i]->record] |= rival || stale;
    }
    return n_applied;
}

static enum err_class
save_facts(const struct apply *a, struct intake *in, struct pg *db, struct batch *b, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *verdicts = NULL;
    const struct fact **v = ARENA_NEW(b->mem, const struct fact *, in->n);
    const struct fact **applied = ARENA_NEW(b->mem, const struct fact *, in->n);
    struct seen_version *seen = ARENA_NEW(b->mem, struct seen_version, in->n);
    struct catalog_news news = { .facts = applied };
    const size_t n = winners(in, v);

    if (n == 0)
        return ERR_NONE;
    TRY(save(db, b, v, n, &verdicts, e));
    news.n = judge(in, b, v, n, verdicts, applied);
    TRY(versions_record(db, seen, history(in, verdicts, seen), a->keep, a->by, b->mem,
                        &news.chains, &news.n_chains, e));
    return catalog_save(db, &news, a->by, b->now, b->mem, e);
}

static enum err_class
ask_again(const struct apply *a, const struct intake *in, struct pg *db, struct batch *b,
          struct err *e)
{
    struct str *topics = ARENA_NEW(b->mem, struct str, in->n);
    struct str *shops = ARENA_NEW(b->mem, struct str, in->n);
    int32_t *partitions = ARENA_NEW(b->mem, int32_t, in->n);
    int64_t *ids = ARENA_NEW(b->mem, int64_t, in->n);
    size_t n = 0;

    for (size_t i = 0; i < in->n; i++) {
        const struct fact *f = &in->facts[i];
        if (!in->repair[f->record])
            continue;
        topics[n] = str_of(b->records[f->record].topic);
        partitions[n] = b->records[f->record].partition;
        shops[n] = f->shop;
        ids[n++] = f->product_id;
    }
    if (n == 0)
        return ERR_NONE;
    return pg_send(db, e, &sql_repair_products, PG_CSTR(a->group), PG_TEXTS(topics, n),
                   PG_I32S(partitions, n), PG_TEXTS(shops, n), PG_I64S(ids, n),
                   PG_CSTR("the topic ended with an older version"), PG_TIME(b->now));
}

enum err_class
apply_products(void *ctx, struct pg *db, struct batch *b, struct err *e)
{
    const struct apply *a = ctx;
    struct intake in = take_apart(b);

    TRY(archive(&in, db, b, true, e));
    TRY(save_facts(a, &in, db, b, e));
    TRY(archive(&in, db, b, false, e));
    return ask_again(a, &in, db, b, e);
}
