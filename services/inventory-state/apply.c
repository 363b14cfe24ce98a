/*
 * apply.c: settings first, so that a facility that arrives in the same batch is known; then all
 * entries in one statement; see apply.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "apply.h"

#include "entries.h"
#include "inventory_state_sql.h"
#include "settle.h"

static bool
is_setting(const struct apply *a, const struct kafka_record *r)
{
    return strcmp(stream_topic(a->stream, r), "settings") == 0;
}

static enum err_class
apply_settings(const struct apply *a, struct pg *db, struct batch *b, struct touched *touched,
               struct err *e)
{
    for (size_t i = 0; i < b->n; i++)
        if (is_setting(a, &b->records[i]))
            TRY(settle_setting(db, b, i, touched, e));
    return ERR_NONE;
}

static struct entries
collect(const struct apply *a, struct batch *b)
{
    struct entries all = entries_new(b->mem, b->n);

    for (size_t i = 0; i < b->n; i++) {
        const struct kafka_record *r = &b->records[i];
        struct err why = { 0 };
        if (!is_setting(a, r) &&
            entries_add(&all, i, r->value, r->timestamp, b->mem, &why) != ERR_NONE)
            batch_reject(b, i, &why);
    }
    return all;
}

static enum err_class
fold(struct pg *db, struct batch *b, const struct entries *x, const struct touched *t,
     struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;

    if (x->n == 0 && t->n_facilities == 0 && t->n_shops == 0)
        return ERR_NONE;
    TRY(pg_exec(db, e, &rows, &sql_fold_stock, PG_TEXTS(x->items, x->n),
                PG_TEXTS(x->facilities, x->n), PG_TEXTS(x->sources, x->n),
                PG_TEXTS(x->events, x->n), PG_TEXTS(x->kinds, x->n), PG_I64S(x->quantities, x->n),
                PG_TIMES(x->as_of, x->n), PG_TEXTS(t->facilities, t->n_facilities),
                PG_TEXTS(t->shops, t->n_shops), PG_TIME(b->now)));
    for (size_t k = 0; k < pg_n(rows); k++)
        if (!pg_bool(rows, k, 1))
            b->outcome[x->record[pg_i64(rows, k, 0) - 1]] = OUTCOME_DUPLICATE;
    return ERR_NONE;
}

enum err_class
apply_inventory(void *ctx, struct pg *db, struct batch *b, struct err *e)
{
    const struct apply *a = ctx;
    struct touched touched = { 0 };

    TRY(apply_settings(a, db, b, &touched, e));
    const struct entries entries = collect(a, b);
    return fold(db, b, &entries, &touched, e);
}
