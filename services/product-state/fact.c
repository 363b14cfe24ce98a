/*
 * fact.c: decode, copy, reduce; see fact.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fact.h"

#include <stdlib.h>

#include "base/hash.h"
#include "domain/product.h"

static struct fact_variant
copy_variant(const struct variant *v, struct arena *mem)
{
    return (struct fact_variant){ .variant_id = v->id.v,
                                  .inventory_item_id = v->item.id.v,
                                  .sku = arena_str(mem, v->sku),
                                  .barcode = arena_str(mem, v->barcode),
                                  .tracked = v->item.tracked };
}

static int
compare_ids(const void *a, const void *b)
{
    const int64_t x = ((const struct fact_variant *)a)->variant_id;
    const int64_t y = ((const struct fact_variant *)b)->variant_id;

    return (x > y) - (x < y);
}

/* By id, so that a batch is written in one order; one id twice would be two truths. */
static enum err_class
copy_variants(const struct product *p, struct arena *mem, struct fact *ret, struct err *e)
{
    if (p->deleted_at.v != 0)
        return ERR_NONE;
    ret->variants = ARENA_NEW(mem, struct fact_variant, p->variants.n);
    EACH(struct variant, v, &p->variants)
        ret->variants[ret->n_variants++] = copy_variant(v, mem);
    if (ret->n_variants > 0)
        qsort(ret->variants, ret->n_variants, sizeof(ret->variants[0]), compare_ids);
    for (size_t i = 1; i < ret->n_variants; i++)
        if (ret->variants[i].variant_id == ret->variants[i - 1].variant_id)
            return err_set(e, ERR_REJECT, "", "variants: id %lld stands there twice",
                           (long long)ret->variants[i].variant_id);
    return ERR_NONE;
}

enum err_class
fact_decode(struct str value, size_t record, struct arena *mem, struct fact *ret, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf body = { 0 };
    char hash[SHA256_HEX_SIZE];
    struct product p = { 0 };

    TRY(product_decode(value, mem, &p, e));
    buf_init(&body, PRODUCT_TEXT_MAX);
    product_emit(&body, &p);
    TRY(buf_check(&body, "product", e));
    hash_sha256_hex(buf_str(&body), hash);
    struct fact f = { .record = record,
                      .shop = arena_str(mem, p.shop),
                      .product_id = p.id.v,
                      .version = p.version,
                      .body = arena_str(mem, buf_str(&body)),
                      .hash = arena_str(mem, str_of(hash)) };
    TRY(copy_variants(&p, mem, &f, e));
    *ret = f;
    return ERR_NONE;
}

static int
compare_products(const struct fact *a, const struct fact *b)
{
    const int c = str_cmp(a->shop, b->shop);

    return c != 0 ? c : (a->product_id > b->product_id) - (a->product_id < b->product_id);
}

static int
compare_truth(const struct fact *a, const struct fact *b)
{
    const int c = version_cmp(a->version, b->version);

    return c != 0 ? c : str_cmp(a->hash, b->hash);
}

/* The winner stands last in its product; of equals the first in the batch wins. */
static int
compare_facts(const void *pa, const void *pb)
{
    const struct fact *a = pa, *b = pb;
    int c = compare_products(a, b);

    if (c == 0)
        c = compare_truth(a, b);
    return c != 0 ? c : (a->record < b->record) - (a->record > b->record);
}

static enum fact_place
place_of(const struct fact *f, const struct fact *winner)
{
    if (f == winner)
        return FACT_WINS;
    if (compare_truth(f, winner) == 0)
        return FACT_DUPLICATE;
    return f->record > winner->record ? FACT_LATE : FACT_OLDER;
}

void
fact_reduce(struct fact *v, size_t n, enum fact_place *ret)
{
    size_t winner = n;

    if (n > 0)
        qsort(v, n, sizeof(v[0]), compare_facts);
    for (size_t i = n; i-- > 0;) {
        if (i + 1 == n || compare_products(&v[i], &v[i + 1]) != 0)
            winner = i;
        ret[i] = place_of(&v[i], &v[winner]);
    }
}
