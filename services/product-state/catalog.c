/*
 * catalog.c: read what is known, decide (link.c), write in one statement; see catalog.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "catalog.h"

#include <inttypes.h>
#include <stdlib.h>

#include "link.h"
#include "product_state_sql.h"

/* A variant on its way in. Sorted by shop and id, as what is known comes from the database. */
struct incoming {
    const struct fact *fact;
    const struct fact_variant *v;
};
struct work {
    struct pg *db;
    struct arena *mem;
    struct time_us now;
    const struct fact *const *facts;
    size_t n_facts;
    struct incoming *incoming;
    struct link *links; /* aligned with incoming */
    size_t n;
    struct known *known;
    size_t n_known;
    struct str *gone_shops;
    int64_t *gone;
    size_t n_gone;
};

/* --- what comes in -------------------------------------------------------------------- */

static int
compare_variants(struct str shop_a, int64_t id_a, struct str shop_b, int64_t id_b)
{
    const int c = str_cmp(shop_a, shop_b);

    return c != 0 ? c : (id_a > id_b) - (id_a < id_b);
}

static int
compare_incoming(const void *pa, const void *pb)
{
    const struct incoming *a = pa, *b = pb;
    const int c =
        compare_variants(a->fact->shop, a->v->variant_id, b->fact->shop, b->v->variant_id);

    return c != 0 ? c : (a->fact->record > b->fact->record) - (a->fact->record < b->fact->record);
}

/* A variant that two products claim belongs to the one that came last. */
static void
gather(struct work *w)
{
    size_t n = 0;

    for (size_t i = 0; i < w->n_facts; i++)
        n += w->facts[i]->n_variants;
    w->incoming = ARENA_NEW(w->mem, struct incoming, n);
    for (size_t i = 0, k = 0; i < w->n_facts; i++)
        for (size_t j = 0; j < w->facts[i]->n_variants; j++)
            w->incoming[k++] = (struct incoming){ w->facts[i], &w->facts[i]->variants[j] };
    if (n > 0)
        qsort(w->incoming, n, sizeof(w->incoming[0]), compare_incoming);
    for (size_t i = 0; i < n; i++) {
        const struct incoming *x = &w->incoming[i], *next = &w->incoming[i + 1];
        if (i + 1 < n && compare_variants(x->fact->shop, x->v->variant_id, next->fact->shop,
                                          next->v->variant_id) == 0)
            continue;
        w->incoming[w->n++] = *x;
    }
}

/* --- what is known -------------------------------------------------------------------- */

static void
keep_known(struct work *w, const struct pg_rows *rows)
{
    w->n_known = pg_n(rows);
    w->known = ARENA_NEW(w->mem, struct known, w->n_known);
    for (size_t i = 0; i < w->n_known; i++)
        w->known[i] = (struct known){ .shop = arena_str(w->mem, pg_text(rows, i, 0)),
                                      .variant_id = pg_i64(rows, i, 1),
                                      .item_id = pg_i64(rows, i, 2),
                                      .item = arena_str(w->mem, pg_text(rows, i, 3)),
                                      .linked = pg_bool(rows, i, 4),
                                      .live = pg_bool(rows, i, 5),
                                      .inventory_item_id = pg_i64(rows, i, 6),
                                      .tracked = pg_bool(rows, i, 7),
                                      .placeholder_has_stock = pg_bool(rows, i, 8) };
}

static enum err_class
read_known(struct work *w, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    struct str *product_shops = ARENA_NEW(w->mem, struct str, w->n_facts);
    int64_t *products = ARENA_NEW(w->mem, int64_t, w->n_facts);
    struct str *shops = ARENA_NEW(w->mem, struct str, w->n);
    int64_t *variants = ARENA_NEW(w->mem, int64_t, w->n);

    for (size_t i = 0; i < w->n_facts; i++) {
        product_shops[i] = w->facts[i]->shop;
        products[i] = w->facts[i]->product_id;
    }
    for (size_t i = 0; i < w->n; i++) {
        shops[i] = w->incoming[i].fact->shop;
        variants[i] = w->incoming[i].v->variant_id;
    }
    TRY(pg_exec(w->db, e, &rows, &sql_known_variants, PG_TEXTS(product_shops, w->n_facts),
                PG_I64S(products, w->n_facts), PG_TEXTS(shops, w->n), PG_I64S(variants, w->n)));
    keep_known(w, rows);
    return ERR_NONE;
}

static void
note_gone(struct work *w, const struct known *k)
{
    if (!k->live)
        return;
    w->gone_shops[w->n_gone] = k->shop;
    w->gone[w->n_gone++] = k->variant_id;
}

static int
compare_known(const struct known *k, const struct incoming *x)
{
    return compare_variants(k->shop, k->variant_id, x->fact->shop, x->v->variant_id);
}

/* Both lists are sorted alike: those in both are linked, those only known are gone. */
static void
match(struct work *w)
{
    const struct known *k = w->known, *end = w->known + w->n_known;

    w->links = ARENA_NEW(w->mem, struct link, w->n);
    w->gone_shops = ARENA_NEW(w->mem, struct str, w->n_known);
    w->gone = ARENA_NEW(w->mem, int64_t, w->n_known);
    for (size_t i = 0; i < w->n; i++) {
        const struct incoming *x = &w->incoming[i];
        while (k < end && compare_known(k, x) < 0)
            note_gone(w, k++);
        w->links[i] = (struct link){
            .shop = x->fact->shop,
            .variant_id = x->v->variant_id,
            .want = link_item(x->fact->shop, x->v->variant_id, x->v->sku, w->mem),
            .placeholder = link_placeholder(x->fact->shop, x->v->variant_id, w->mem),
            .known = k < end && compare_known(k, x) == 0 ? k++ : NULL,
        };
    }
    while (k < end)
        note_gone(w, k++);
}

static bool
is_gone(const struct work *w, struct str shop, int64_t variant_id)
{
    size_t low = 0, high = w->n_gone;

    while (low < high) {
        const size_t mid = (low + high) / 2;
        const int c = compare_variants(w->gone_shops[mid], w->gone[mid], shop, variant_id);
        if (c == 0)
            return true;
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return false;
}

static enum err_class
read_wanted(struct work *w, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    struct str *shops = ARENA_NEW(w->mem, struct str, w->n);
    struct str *items = ARENA_NEW(w->mem, struct str, w->n);

    for (size_t i = 0; i < w->n; i++) {
        shops[i] = w->links[i].shop;
        items[i] = w->links[i].want;
    }
    TRY(pg_exec(w->db, e, &rows, &sql_wanted_items, PG_TEXTS(shops, w->n), PG_TEXTS(items, w->n)));
    for (size_t row = 0; row < pg_n(rows); row++) {
        struct link *l = &w->links[pg_i64(rows, row, 0) - 1];
        const int64_t owner = pg_is_null(rows, row, 2) ? 0 : pg_i64(rows, row, 2);
        l->want_item_id = pg_is_null(rows, row, 1) ? 0 : pg_i64(rows, row, 1);
        l->owner = owner != 0 && !is_gone(w, l->shop, owner) ? owner : 0;
    }
    return ERR_NONE;
}

/* --- what is written ------------------------------------------------------------------ */

struct columns {
    struct str *shops, *items, *skus, *barcodes, *titles, *compare_at, *images, *options, *policies;
    struct str *duplicates, *renumbered;
    int64_t *products, *variants, *inventory_items, *renamed, *positions;
    struct decimal *prices;
    bool *linked, *fresh, *changed, *tracked, *ships;
};

static struct columns
columns_new(struct arena *mem, size_t n)
{
    struct columns c;
    struct str **texts[] = { &c.shops,    &c.items,      &c.skus,      &c.barcodes,
                             &c.titles,   &c.compare_at, &c.images,    &c.options,
                             &c.policies, &c.duplicates, &c.renumbered };
    int64_t **numbers[] = { &c.products, &c.variants, &c.inventory_items, &c.renamed,
                            &c.positions };
    bool **flags[] = { &c.linked, &c.fresh, &c.changed, &c.tracked, &c.ships };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        *texts[i] = ARENA_NEW(mem, struct str, n);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        *numbers[i] = ARENA_NEW(mem, int64_t, n);
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        *flags[i] = ARENA_NEW(mem, bool, n);
    c.prices = ARENA_NEW(mem, struct decimal, n);
    return c;
}

static void
fill_fact(struct columns *c, size_t i, const struct incoming *x)
{
    c->shops[i] = x->fact->shop;
    c->products[i] = x->fact->product_id;
    c->variants[i] = x->v->variant_id;
    c->inventory_items[i] = x->v->inventory_item_id;
    c->skus[i] = x->v->sku;
    c->barcodes[i] = x->v->barcode;
    c->titles[i] = x->v->title;
    c->prices[i] = x->v->price;
    c->compare_at[i] = x->v->compare_at;
    c->positions[i] = x->v->position;
    c->images[i] = x->v->image_url;
    c->options[i] = x->v->options;
    c->tracked[i] = x->v->tracked;
    c->ships[i] = x->v->ships;
    c->policies[i] = x->v->policy;
}

/* fresh: orders and facts must follow the link. changed: the promise must be computed again. */
static void
fill_link(struct columns *c, size_t i, const struct incoming *x, const struct link *l,
          struct arena *mem)
{
    const struct known *k = l->known;
    const bool linked = l->verdict != LINK_QUARANTINED;
    const bool revived = k == NULL || !k->live;
    const bool other_row = k != NULL && k->inventory_item_id != x->v->inventory_item_id;
    const bool retracked = k != NULL && k->tracked != x->v->tracked;
    const bool moved = revived || (l->verdict != LINK_RENAMED && !str_eq(k->item, l->item));

    c->items[i] = l->item;
    c->linked[i] = linked;
    c->renamed[i] = l->verdict == LINK_RENAMED ? k->item_id : 0;
    c->fresh[i] = moved || other_row || retracked;
    c->changed[i] = c->fresh[i] || k->linked != linked;
    if (l->verdict == LINK_QUARANTINED)
        c->duplicates[i] = arena_printf(
            mem, "%.*s belongs to variant %" PRId64 " already: give one of the two another SKU",
            (int)l->want.n, l->want.p, l->owner);
    if (l->changed_sku)
        c->renumbered[i] = arena_printf(mem,
                                        "Shopify says %.*s now, but stock stays with %.*s:"
                                        " change it back, or make a new variant",
                                        (int)l->want.n, l->want.p, (int)l->item.n, l->item.p);
}

static enum err_class
write_variants(struct work *w, struct err *e)
{
    const size_t n = w->n;
    struct columns c = columns_new(w->mem, n);

    for (size_t i = 0; i < n; i++) {
        fill_fact(&c, i, &w->incoming[i]);
        fill_link(&c, i, &w->incoming[i], &w->links[i], w->mem);
    }
    return pg_send(
        w->db, e, &sql_save_variants, PG_TEXTS(c.shops, n), PG_I64S(c.products, n),
        PG_I64S(c.variants, n), PG_I64S(c.inventory_items, n), PG_TEXTS(c.items, n),
        PG_BOOLS(c.linked, n), PG_I64S(c.renamed, n), PG_BOOLS(c.fresh, n), PG_BOOLS(c.changed, n),
        PG_TEXTS(c.skus, n), PG_TEXTS(c.barcodes, n), PG_TEXTS(c.titles, n),
        PG_DECIMALS(c.prices, n), PG_TEXTS(c.compare_at, n), PG_I64S(c.positions, n),
        PG_TEXTS(c.images, n), PG_TEXTS(c.options, n), PG_BOOLS(c.tracked, n), PG_BOOLS(c.ships, n),
        PG_TEXTS(c.policies, n), PG_TEXTS(c.duplicates, n), PG_TEXTS(c.renumbered, n),
        PG_TEXTS(w->gone_shops, w->n_gone), PG_I64S(w->gone, w->n_gone), PG_TIME(w->now));
}

enum err_class
catalog_save(struct pg *db, const struct fact *const *facts, size_t n, struct time_us now,
             struct arena *mem, struct err *e)
{
    struct work w = { .db = db, .mem = mem, .now = now, .facts = facts, .n_facts = n };

    if (n == 0)
        return ERR_NONE;
    gather(&w);
    TRY(read_known(&w, e));
    match(&w);
    TRY(read_wanted(&w, e));
    link_decide(w.links, w.n, mem);
    return write_variants(&w, e);
}
