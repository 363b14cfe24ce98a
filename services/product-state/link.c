/*
 * link.c: variants that want the same item are looked at side by side; see link.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "link.h"

#include <inttypes.h>
#include <stdlib.h>

#include "domain/name.h"

struct str
link_placeholder(struct str shop, int64_t variant_id, struct arena *mem)
{
    return arena_printf(mem, "variant:%.*s/%" PRId64, (int)shop.n, shop.p, variant_id);
}

const char *
identifier_noun(enum identifier by)
{
    static const char *const nouns[] = { "SKU", "barcode", "id" };

    return nouns[by];
}

struct str
link_item(enum identifier by, struct str shop, int64_t variant_id, struct str sku,
          struct str barcode, struct arena *mem)
{
    const struct str name = name_trim(by == IDENTIFIER_BARCODE ? barcode : sku);

    if (by == IDENTIFIER_SHOPIFY_ID || name.n == 0)
        return link_placeholder(shop, variant_id, mem);
    return arena_printf(mem, by == IDENTIFIER_BARCODE ? "barcode:%.*s" : "sku:%.*s", (int)name.n,
                        name.p);
}

static bool
is_own_placeholder(const struct link *l)
{
    return str_eq(l->known->item, l->placeholder);
}

/* Linked to an identity, not to a mere placeholder that waits for one. */
static bool
is_settled(const struct link *l)
{
    return l->known != NULL && l->known->live && l->known->linked &&
           (!is_own_placeholder(l) || str_eq(l->want, l->placeholder));
}

static void
keep(struct link *l)
{
    l->verdict = LINK_KEPT;
    l->item = l->known->item;
    l->changed_sku = !str_eq(l->known->item, l->want);
}

static void
quarantine(struct link *l, int64_t owner)
{
    l->verdict = LINK_QUARANTINED;
    l->item = l->placeholder;
    l->owner = owner;
}

/* The item is free for this variant. exists: some shop's variant or stock made it already. */
static void
give(struct link *l, bool exists)
{
    const struct known *k = l->known;
    const bool waiting = k != NULL && is_own_placeholder(l) && !str_eq(l->want, l->placeholder);

    l->verdict = LINK_NEW;
    l->item = l->want;
    if (waiting && !exists)
        l->verdict = LINK_RENAMED;
    else if (waiting && k->placeholder_has_stock)
        keep(l); /* booked under both names: a person decides which count is true */
}

/* By item, then shop, then those who have it already, then their order in the batch. */
static int
compare(const void *pa, const void *pb)
{
    const struct link *a = *(const struct link *const *)pa;
    const struct link *b = *(const struct link *const *)pb;
    int c = str_cmp(a->want, b->want);

    if (c == 0)
        c = str_cmp(a->shop, b->shop);
    if (c == 0)
        c = (int)is_settled(b) - (int)is_settled(a);
    return c != 0 ? c : (a > b) - (a < b);
}

void
link_decide(struct link *v, size_t n, struct arena *mem)
{
    struct link **order = ARENA_NEW(mem, struct link *, n);
    bool exists = false;
    int64_t owner = 0;

    for (size_t i = 0; i < n; i++)
        order[i] = &v[i];
    if (n > 0)
        qsort(order, n, sizeof(order[0]), compare);
    for (size_t i = 0; i < n; i++) {
        struct link *l = order[i];
        const bool same_item = i > 0 && str_eq(order[i - 1]->want, l->want);
        const bool same_shop = same_item && str_eq(order[i - 1]->shop, l->shop);
        exists = same_item ? exists : l->want_item_id != 0;
        owner = same_shop ? owner : l->owner;
        if (is_settled(l)) {
            keep(l);
        } else if (owner != 0 && owner != l->variant_id) {
            quarantine(l, owner);
        } else {
            give(l, exists);
            if (l->verdict != LINK_KEPT)
                owner = l->variant_id;
            exists = exists || l->verdict != LINK_KEPT;
        }
    }
}
