/*
 * catalog_write.c: the decisions about all variants of a batch go out in one statement; see
 * catalog.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>

#include "catalog_work.h"
#include "product_state_sql.h"

struct columns {
    struct str *shops, *items, *wants, *duplicates, *renumbered;
    int64_t *products, *variants, *renamed;
    bool *former, *linked, *fresh, *changed;
};

static struct columns
columns_new(struct arena *mem, size_t n)
{
    struct columns c;
    struct str **texts[] = { &c.shops, &c.items, &c.wants, &c.duplicates, &c.renumbered };
    int64_t **numbers[] = { &c.products, &c.variants, &c.renamed };
    bool **flags[] = { &c.former, &c.linked, &c.fresh, &c.changed };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        *texts[i] = ARENA_NEW(mem, struct str, n);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        *numbers[i] = ARENA_NEW(mem, int64_t, n);
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        *flags[i] = ARENA_NEW(mem, bool, n);
    return c;
}

/* fresh: orders and facts must follow the link. changed: the promise must be computed again. */
static void
fill_link(struct columns *c, size_t i, const struct incoming *x, const struct link *l)
{
    const struct known *k = l->known;
    const bool linked = l->verdict != LINK_QUARANTINED;
    const bool revived = k == NULL || !k->live;
    const bool other_row = k != NULL && k->inventory_item_id != x->inventory_item_id;
    const bool retracked = k != NULL && k->tracked != x->tracked;
    const bool moved = revived || (l->verdict != LINK_RENAMED && !str_eq(k->item, l->item));

    c->shops[i] = x->shop;
    c->products[i] = x->product_id;
    c->variants[i] = x->variant_id;
    c->items[i] = l->item;
    c->linked[i] = linked;
    c->renamed[i] = l->verdict == LINK_RENAMED ? k->item_id : 0;
    c->fresh[i] = moved || other_row || retracked;
    c->changed[i] = c->fresh[i] || k->linked != linked;
    if (!linked)
        c->wants[i] = l->want;
}

/* What a person has to know of it, if anything. */
static void
fill_words(struct columns *c, size_t i, const struct link *l, enum identifier by,
           struct arena *mem)
{
    if (l->verdict == LINK_QUARANTINED)
        c->duplicates[i] = arena_printf(
            mem, "%.*s belongs to variant %" PRId64 " already: give one of the two another %s",
            (int)l->want.n, l->want.p, l->owner, identifier_noun(by));
    if (l->changed_sku)
        c->renumbered[i] = arena_printf(mem,
                                        "Shopify says %.*s now, but stock stays with %.*s:"
                                        " change it back, or make a new variant",
                                        (int)l->want.n, l->want.p, (int)l->item.n, l->item.p);
}

static void
fill_former(struct columns *c, size_t i, const struct former *f)
{
    c->shops[i] = f->shop;
    c->products[i] = f->product_id;
    c->variants[i] = f->life->variant_id;
    c->items[i] = f->life->now.item;
    c->linked[i] = f->life->now.linked;
    c->former[i] = true;
    if (!f->life->now.linked)
        c->wants[i] = f->life->want;
}

enum err_class
catalog_write(struct catalog_work *w, struct err *e)
{
    const size_t n = w->n + w->n_formers;
    struct columns c = columns_new(w->mem, n);

    for (size_t i = 0; i < w->n; i++) {
        fill_link(&c, i, &w->incoming[i], &w->links[i]);
        fill_words(&c, i, &w->links[i], w->by, w->mem);
    }
    for (size_t i = 0; i < w->n_formers; i++)
        fill_former(&c, w->n + i, &w->formers[i]);
    return pg_send(w->db, e, &sql_save_variants, PG_TEXTS(c.shops, n), PG_I64S(c.products, n),
                   PG_I64S(c.variants, n), PG_BOOLS(c.former, n), PG_TEXTS(c.items, n),
                   PG_BOOLS(c.linked, n), PG_TEXTS(c.wants, n), PG_I64S(c.renamed, n),
                   PG_BOOLS(c.fresh, n), PG_BOOLS(c.changed, n), PG_TEXTS(c.duplicates, n),
                   PG_TEXTS(c.renumbered, n), PG_TEXTS(w->gone_shops, w->n_gone),
                   PG_I64S(w->gone, w->n_gone), PG_TIME(w->now));
}
