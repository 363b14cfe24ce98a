/*
 * relink.c: see relink.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "relink.h"

#include <stdlib.h>

static int
compare_lives(const void *pa, const void *pb)
{
    const int64_t a = ((const struct life *)pa)->variant_id;
    const int64_t b = ((const struct life *)pb)->variant_id;

    return (a > b) - (a < b);
}

const struct life *
life_find(const struct life *v, size_t n, int64_t variant_id)
{
    const struct life key = { .variant_id = variant_id };

    return n > 0 ? bsearch(&key, v, n, sizeof(key), compare_lives) : NULL;
}

static bool
has_booked_placeholder(struct str shop, int64_t variant_id, const struct known *known, size_t n)
{
    size_t low = 0, high = n;

    while (low < high) {
        const size_t mid = (low + high) / 2;
        const int c = str_cmp(known[mid].shop, shop);
        if (c < 0 || (c == 0 && known[mid].variant_id < variant_id))
            low = mid + 1;
        else
            high = mid;
    }
    return low < n && str_eq(known[low].shop, shop) && known[low].variant_id == variant_id &&
           known[low].placeholder_has_stock;
}

/* Every variant that ever was, once. */
static size_t
gather_lives(const struct chain *c, struct arena *mem, struct life **ret)
{
    size_t all = 0, n = 0;

    for (size_t i = 0; i < c->n; i++)
        all += c->versions[i].n;
    struct life *v = ARENA_NEW(mem, struct life, all);
    for (size_t i = 0, k = 0; i < c->n; i++)
        for (size_t j = 0; j < c->versions[i].n; j++)
            v[k++].variant_id = c->versions[i].v[j].variant_id;
    if (all > 0)
        qsort(v, all, sizeof(v[0]), compare_lives);
    for (size_t i = 0; i < all; i++)
        if (n == 0 || v[n - 1].variant_id != v[i].variant_id)
            v[n++] = v[i];
    *ret = v;
    return n;
}

/* --- who holds what ----------------------------------------------------------------------- */

static int
compare_items(const void *pa, const void *pb)
{
    const struct life *a = *(const struct life *const *)pa;
    const struct life *b = *(const struct life *const *)pb;

    return str_cmp(a->now.item, b->now.item);
}

/* The lives that hold an item, by its name. */
static size_t
holders(const struct life *lives, size_t n, struct arena *mem, const struct life ***ret)
{
    const struct life **v = ARENA_NEW(mem, const struct life *, n);
    size_t k = 0;

    for (size_t i = 0; i < n; i++)
        if (lives[i].born && lives[i].now.live && lives[i].now.linked)
            v[k++] = &lives[i];
    if (k > 0)
        qsort(v, k, sizeof(v[0]), compare_items);
    *ret = v;
    return k;
}

static int64_t
owner_of(const struct chain_variant *x, const struct life *const *held, size_t n_held,
         const struct life *lives, size_t n)
{
    const struct life key = { .now.item = x->want }, *wanted = &key;
    const struct life *const *found =
        n_held > 0 ? bsearch(&wanted, held, n_held, sizeof(held[0]), compare_items) : NULL;

    if (found != NULL)
        return (*found)->variant_id;
    return life_find(lives, n, x->owner) == NULL ? x->owner : 0; /* ours: it is decided here */
}

/* --- one version after the other ---------------------------------------------------------- */

static void
leave(const struct chain_version *version, struct life *lives, size_t n)
{
    size_t j = 0;

    for (size_t i = 0; i < n; i++) {
        while (j < version->n && version->v[j].variant_id < lives[i].variant_id)
            j++;
        if (j == version->n || version->v[j].variant_id != lives[i].variant_id)
            lives[i].now.live = false;
    }
}

static void
settle(struct life *life, const struct link *l, struct str shop)
{
    const bool stock = life->now.placeholder_has_stock;
    const int64_t item_id = l->verdict == LINK_KEPT ? life->now.item_id : l->want_item_id;

    life->owner = l->verdict == LINK_QUARANTINED ? l->owner : 0;
    life->want = l->want;
    life->born = true;
    life->now = (struct known){ .shop = shop,
                                .variant_id = l->variant_id,
                                .item_id = item_id,
                                .item = l->item,
                                .linked = l->verdict != LINK_QUARANTINED,
                                .live = true,
                                .placeholder_has_stock = stock };
}

static void
go_through(const struct chain *c, const struct chain_version *version, struct life *lives, size_t n,
           struct arena *mem)
{
    const struct life **held;
    struct link *links = ARENA_NEW(mem, struct link, version->n);
    struct life **of = ARENA_NEW(mem, struct life *, version->n);

    leave(version, lives, n);
    const size_t n_held = holders(lives, n, mem, &held);
    for (size_t i = 0; i < version->n; i++) {
        const struct chain_variant *x = &version->v[i];
        of[i] = lives + (life_find(lives, n, x->variant_id) - lives);
        links[i] = (struct link){ .shop = c->shop,
                                  .variant_id = x->variant_id,
                                  .want = x->want,
                                  .placeholder = link_placeholder(c->shop, x->variant_id, mem),
                                  .known = of[i]->born ? &of[i]->now : NULL,
                                  .want_item_id = x->want_item_id,
                                  .owner = owner_of(x, held, n_held, lives, n) };
    }
    link_decide(links, version->n, mem);
    for (size_t i = 0; i < version->n; i++)
        settle(of[i], &links[i], c->shop);
}

void
relink(const struct chain *c, const struct known *known, size_t n_known, struct arena *mem,
       struct life **ret, size_t *n)
{
    *n = gather_lives(c, mem, ret);
    for (size_t i = 0; i < *n; i++)
        (*ret)[i].now.placeholder_has_stock =
            has_booked_placeholder(c->shop, (*ret)[i].variant_id, known, n_known);
    for (size_t i = 0; i < c->n; i++)
        go_through(c, &c->versions[i], *ret, *n, mem);
    for (size_t i = 0; c->archived && i < *n; i++)
        (*ret)[i].now.live = false;
}
