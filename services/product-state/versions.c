/*
 * versions.c: see versions.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "versions.h"

#include "product_state_sql.h"

static enum err_class
record(struct pg *db, const struct seen_version *v, size_t n, int64_t keep, struct arena *mem,
       struct pg_rows **rows, struct err *e)
{
    struct str *shops = ARENA_NEW(mem, struct str, n);
    struct str *hashes = ARENA_NEW(mem, struct str, n);
    struct str *bodies = ARENA_NEW(mem, struct str, n);
    int64_t *ids = ARENA_NEW(mem, int64_t, n);
    struct time_us *updated = ARENA_NEW(mem, struct time_us, n);
    struct time_us *observed = ARENA_NEW(mem, struct time_us, n);

    for (size_t i = 0; i < n; i++) {
        const struct fact *f = v[i].fact;
        shops[i] = f->shop;
        ids[i] = f->product_id;
        updated[i] = f->version.updated_at;
        observed[i] = f->version.observed_at;
        hashes[i] = f->hash;
        bodies[i] = v[i].is_present ? (struct str){ 0 } : f->body;
    }
    return pg_exec(db, e, rows, &sql_record_versions, PG_TEXTS(shops, n), PG_I64S(ids, n),
                   PG_TIMES(updated, n), PG_TIMES(observed, n), PG_TEXTS(hashes, n),
                   PG_TEXTS(bodies, n), PG_I64(keep));
}

/* --- histories ---------------------------------------------------------------------------- */

enum { COL_SHOP, COL_PRODUCT, COL_VERSION, COL_ARCHIVED, COL_VARIANT, COL_INVENTORY_ITEM, COL_SKU,
       COL_BARCODE, COL_TRACKED };

static struct chain_variant
variant_of(const struct pg_rows *rows, size_t row, enum identifier by, struct arena *mem)
{
    const int64_t id = pg_i64(rows, row, COL_VARIANT);
    const struct str want = link_item(by, pg_text(rows, row, COL_SHOP), id,
                                      pg_text(rows, row, COL_SKU), pg_text(rows, row, COL_BARCODE),
                                      mem);

    return (struct chain_variant){ .variant_id = id,
                                   .inventory_item_id = pg_i64(rows, row, COL_INVENTORY_ITEM),
                                   .want = want,
                                   .tracked = pg_bool(rows, row, COL_TRACKED) };
}

static bool
is_same_product(const struct pg_rows *rows, size_t a, size_t b)
{
    return pg_i64(rows, a, COL_PRODUCT) == pg_i64(rows, b, COL_PRODUCT) &&
           str_eq(pg_text(rows, a, COL_SHOP), pg_text(rows, b, COL_SHOP));
}

/* How many rows the version has that begins here; how many versions the product. */
static size_t
variants_from(const struct pg_rows *rows, size_t row)
{
    size_t n = 1;

    while (row + n < pg_n(rows) && is_same_product(rows, row, row + n) &&
           pg_i64(rows, row + n, COL_VERSION) == pg_i64(rows, row, COL_VERSION))
        n++;
    return n;
}

static size_t
versions_from(const struct pg_rows *rows, size_t row)
{
    while (row + 1 < pg_n(rows) && is_same_product(rows, row, row + 1))
        row++;
    return (size_t)pg_i64(rows, row, COL_VERSION);
}

/* A version without variants has one row without a variant. */
static void
take_row(struct chain *c, const struct pg_rows *rows, size_t row, enum identifier by,
         struct arena *mem)
{
    const size_t version = (size_t)pg_i64(rows, row, COL_VERSION);

    if (version > c->n)
        c->versions[c->n++] = (struct chain_version){ 0 };
    struct chain_version *v = &c->versions[c->n - 1];
    if (pg_is_null(rows, row, COL_VARIANT))
        return;
    if (v->n == 0)
        v->v = ARENA_NEW(mem, struct chain_variant, variants_from(rows, row));
    v->v[v->n++] = variant_of(rows, row, by, mem);
}

/* Rows are sorted by product, version and variant. */
static size_t
take_chains(const struct pg_rows *rows, enum identifier by, struct arena *mem, struct chain **ret)
{
    struct chain *v = ARENA_NEW(mem, struct chain, pg_n(rows));
    size_t n = 0;

    for (size_t row = 0; row < pg_n(rows); row++) {
        if (row == 0 || !is_same_product(rows, row - 1, row))
            v[n++] = (struct chain){
                .shop = arena_str(mem, pg_text(rows, row, COL_SHOP)),
                .product_id = pg_i64(rows, row, COL_PRODUCT),
                .archived = pg_bool(rows, row, COL_ARCHIVED),
                .versions = ARENA_NEW(mem, struct chain_version, versions_from(rows, row)),
            };
        take_row(&v[n - 1], rows, row, by, mem);
    }
    *ret = v;
    return n;
}

enum err_class
versions_record(struct pg *db, const struct seen_version *v, size_t n, int64_t keep,
                enum identifier by, struct arena *mem, struct chain **ret, size_t *n_ret,
                struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *late = NULL, *rows = NULL;

    *n_ret = 0;
    if (n == 0)
        return ERR_NONE;
    TRY(record(db, v, n, keep, mem, &late, e));
    if (pg_n(late) == 0)
        return ERR_NONE;
    struct str *shops = ARENA_NEW(mem, struct str, pg_n(late));
    int64_t *ids = ARENA_NEW(mem, int64_t, pg_n(late));
    for (size_t i = 0; i < pg_n(late); i++) {
        shops[i] = pg_text(late, i, 0);
        ids[i] = pg_i64(late, i, 1);
    }
    TRY(pg_exec(db, e, &rows, &sql_product_chains, PG_TEXTS(shops, pg_n(late)),
                PG_I64S(ids, pg_n(late))));
    *n_ret = take_chains(rows, by, mem, ret);
    return ERR_NONE;
}
