/*
 * catalog.c: read what is known, decide (link.c), write in one statement; see catalog.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "catalog.h"

#include <stdlib.h>

#include "catalog_work.h"
#include "product_state_sql.h"

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
    const int c = compare_variants(a->shop, a->variant_id, b->shop, b->variant_id);

    return c != 0 ? c : (a->record > b->record) - (a->record < b->record);
}

static size_t
from_fact(const struct catalog_work *w, const struct fact *f, struct incoming *ret)
{
    for (size_t i = 0; i < f->n_variants; i++) {
        const struct fact_variant *v = &f->variants[i];
        ret[i] = (struct incoming){
            .shop = f->shop,
            .product_id = f->product_id,
            .variant_id = v->variant_id,
            .inventory_item_id = v->inventory_item_id,
            .record = f->record,
            .want = link_item(w->by, f->shop, v->variant_id, v->sku, v->barcode, w->mem),
            .tracked = v->tracked,
        };
    }
    return f->n_variants;
}

/* The present version of a product whose past has changed; the same again if it came just now. */
static size_t
from_chain(const struct chain *c, struct incoming *ret)
{
    const struct chain_version *present = &c->versions[c->n - 1];

    if (c->archived)
        return 0;
    for (size_t i = 0; i < present->n; i++)
        ret[i] = (struct incoming){ .shop = c->shop,
                                    .product_id = c->product_id,
                                    .variant_id = present->v[i].variant_id,
                                    .inventory_item_id = present->v[i].inventory_item_id,
                                    .want = present->v[i].want,
                                    .tracked = present->v[i].tracked };
    return present->n;
}

/* A variant that two products claim belongs to the one that came last. */
static void
gather(struct catalog_work *w)
{
    const struct catalog_news *news = w->news;
    size_t n = 0, k = 0;

    for (size_t i = 0; i < news->n; i++)
        n += news->facts[i]->n_variants;
    for (size_t i = 0; i < news->n_chains; i++)
        n += news->chains[i].versions[news->chains[i].n - 1].n;
    w->incoming = ARENA_NEW(w->mem, struct incoming, n);
    for (size_t i = 0; i < news->n; i++)
        k += from_fact(w, news->facts[i], w->incoming + k);
    for (size_t i = 0; i < news->n_chains; i++)
        k += from_chain(&news->chains[i], w->incoming + k);
    if (k > 0)
        qsort(w->incoming, k, sizeof(w->incoming[0]), compare_incoming);
    for (size_t i = 0; i < k; i++) {
        const struct incoming *x = &w->incoming[i], *next = &w->incoming[i + 1];
        if (i + 1 < k &&
            compare_variants(x->shop, x->variant_id, next->shop, next->variant_id) == 0)
            continue;
        w->incoming[w->n++] = *x;
    }
}

/* --- what is known -------------------------------------------------------------------- */

static void
keep_known(struct catalog_work *w, const struct pg_rows *rows)
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
read_known(struct catalog_work *w, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    const struct catalog_news *news = w->news;
    const size_t n = news->n + news->n_chains;
    struct str *product_shops = ARENA_NEW(w->mem, struct str, n);
    int64_t *products = ARENA_NEW(w->mem, int64_t, n);
    struct str *shops = ARENA_NEW(w->mem, struct str, w->n);
    int64_t *variants = ARENA_NEW(w->mem, int64_t, w->n);

    for (size_t i = 0; i < n; i++) {
        const bool fact = i < news->n;
        product_shops[i] = fact ? news->facts[i]->shop : news->chains[i - news->n].shop;
        products[i] = fact ? news->facts[i]->product_id : news->chains[i - news->n].product_id;
    }
    for (size_t i = 0; i < w->n; i++) {
        shops[i] = w->incoming[i].shop;
        variants[i] = w->incoming[i].variant_id;
    }
    TRY(pg_exec(w->db, e, &rows, &sql_known_variants, PG_TEXTS(product_shops, n),
                PG_I64S(products, n), PG_TEXTS(shops, w->n), PG_I64S(variants, w->n)));
    keep_known(w, rows);
    return ERR_NONE;
}

static void
note_gone(struct catalog_work *w, const struct known *k)
{
    if (!k->live)
        return;
    w->gone_shops[w->n_gone] = k->shop;
    w->gone[w->n_gone++] = k->variant_id;
}

static int
compare_known(const struct known *k, const struct incoming *x)
{
    return compare_variants(k->shop, k->variant_id, x->shop, x->variant_id);
}

/* Both lists are sorted alike: those in both are linked, those only known are gone. */
static void
match(struct catalog_work *w)
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
            .shop = x->shop,
            .variant_id = x->variant_id,
            .want = x->want,
            .placeholder = link_placeholder(x->shop, x->variant_id, w->mem),
            .known = k < end && compare_known(k, x) == 0 ? k++ : NULL,
        };
    }
    while (k < end)
        note_gone(w, k++);
}

static bool
is_gone(const struct catalog_work *w, struct str shop, int64_t variant_id)
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

/* An item by its name, as one variant of a shop wants it: does it exist, and who holds it? */
struct wanted {
    struct str shop, item;
    int64_t *item_id, *owner;
};

static enum err_class
look_up(const struct catalog_work *w, const struct wanted *v, size_t n, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    struct str *shops = ARENA_NEW(w->mem, struct str, n);
    struct str *items = ARENA_NEW(w->mem, struct str, n);

    for (size_t i = 0; i < n; i++) {
        shops[i] = v[i].shop;
        items[i] = v[i].item;
    }
    TRY(pg_exec(w->db, e, &rows, &sql_wanted_items, PG_TEXTS(shops, n), PG_TEXTS(items, n)));
    for (size_t row = 0; row < pg_n(rows); row++) {
        const struct wanted *x = &v[pg_i64(rows, row, 0) - 1];
        const int64_t owner = pg_i64(rows, row, 2);
        *x->item_id = pg_i64(rows, row, 1);
        *x->owner = owner != 0 && !is_gone(w, x->shop, owner) ? owner : 0;
    }
    return ERR_NONE;
}

static enum err_class
read_wanted(struct catalog_work *w, struct err *e)
{
    struct wanted *v = ARENA_NEW(w->mem, struct wanted, w->n);

    for (size_t i = 0; i < w->n; i++) {
        struct link *l = &w->links[i];
        v[i] = (struct wanted){ l->shop, l->want, &l->want_item_id, &l->owner };
    }
    return look_up(w, v, w->n, e);
}

/* --- pasts that have changed ---------------------------------------------------------- */

static enum err_class
read_wanted_then(struct catalog_work *w, const struct chain *c, struct err *e)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n; i++)
        n += c->versions[i].n;
    struct wanted *v = ARENA_NEW(w->mem, struct wanted, n);
    for (size_t i = 0, k = 0; i < c->n; i++)
        for (size_t j = 0; j < c->versions[i].n; j++) {
            struct chain_variant *x = &c->versions[i].v[j];
            v[k++] = (struct wanted){ c->shop, x->want, &x->want_item_id, &x->owner };
        }
    return n > 0 ? look_up(w, v, n, e) : ERR_NONE;
}

/* The history's word about a variant, as a decision on top of what is stored of it. */
static void
follow_life(struct link *l, const struct life *life)
{
    const struct known *k = l->known;
    const bool same = k != NULL && k->live && k->linked && str_eq(k->item, life->now.item);
    const bool renamable = k != NULL && str_eq(k->item, l->placeholder) &&
                           !str_eq(life->now.item, k->item) && life->now.item_id == 0;

    l->item = life->now.item;
    l->owner = life->owner;
    l->changed_sku = life->now.linked && !str_eq(l->item, l->want);
    if (!life->now.linked)
        l->verdict = LINK_QUARANTINED;
    else if (same)
        l->verdict = LINK_KEPT;
    else
        l->verdict = renamable ? LINK_RENAMED : LINK_NEW;
}

static struct link *
link_of(const struct catalog_work *w, struct str shop, int64_t variant_id)
{
    const struct incoming key = { .shop = shop, .variant_id = variant_id };
    size_t low = 0, high = w->n;

    while (low < high) {
        const size_t mid = (low + high) / 2;
        if (compare_incoming(&w->incoming[mid], &key) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    const bool found = low < w->n && w->incoming[low].variant_id == variant_id &&
                       str_eq(w->incoming[low].shop, shop);
    return found ? &w->links[low] : NULL;
}

static enum err_class
decide_again(struct catalog_work *w, const struct chain *c, struct err *e)
{
    struct life *lives;
    size_t n;

    TRY(read_wanted_then(w, c, e));
    relink(c, w->known, w->n_known, w->mem, &lives, &n);
    struct former *formers = ARENA_NEW(w->mem, struct former, w->n_formers + n);
    if (w->n_formers > 0)
        memcpy(formers, w->formers, w->n_formers * sizeof(formers[0]));
    w->formers = formers;
    for (size_t i = 0; i < n; i++) {
        struct link *l = link_of(w, c->shop, lives[i].variant_id);
        if (l != NULL && lives[i].now.live)
            follow_life(l, &lives[i]);
        else if (l == NULL)
            w->formers[w->n_formers++] = (struct former){ c->shop, c->product_id, &lives[i] };
    }
    return ERR_NONE;
}

enum err_class
catalog_save(struct pg *db, const struct catalog_news *news, enum identifier by,
             struct time_us now, struct arena *mem, struct err *e)
{
    struct catalog_work w = { .db = db, .mem = mem, .now = now, .by = by, .news = news };

    if (news->n + news->n_chains == 0)
        return ERR_NONE;
    gather(&w);
    TRY(read_known(&w, e));
    match(&w);
    TRY(read_wanted(&w, e));
    link_decide(w.links, w.n, mem);
    for (size_t i = 0; i < news->n_chains; i++)
        TRY(decide_again(&w, &news->chains[i], e));
    return catalog_write(&w, e);
}
