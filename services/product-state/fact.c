/*
 * fact.c: decode, copy, reduce; see fact.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fact.h"

#include <stdlib.h>

#include "base/hash.h"
#include "domain/product.h"
#include "json/emit.h"

enum { OPTIONS_MAX = 65536 };

static struct str
options_of(const struct variant *v, struct buf *text, struct arena *mem)
{
    struct emit j;

    buf_clear(text);
    emit_init(&j, text);
    emit_array(&j, NULL);
    EACH(struct variant_option, o, &v->options)
    {
        emit_object(&j, NULL);
        emit_str(&j, "name", o->name);
        emit_str(&j, "value", o->value);
        emit_object_end(&j);
    }
    emit_array_end(&j);
    return arena_str(mem, buf_str(text));
}

static struct fact_variant
copy_variant(const struct variant *v, struct buf *text, struct arena *mem)
{
    struct fact_variant x = { .variant_id = v->id.v,
                              .inventory_item_id = v->item.id.v,
                              .position = v->position,
                              .sku = arena_str(mem, v->sku),
                              .barcode = arena_str(mem, v->barcode),
                              .title = arena_str(mem, v->title),
                              .image_url = arena_str(mem, v->image_url),
                              .policy = arena_str(mem, v->inventory_policy),
                              .options = options_of(v, text, mem),
                              .price = v->price,
                              .tracked = v->item.tracked,
                              .ships = v->item.requires_shipping };

    x.compare_at = arena_str(mem, v->compare_at_price);
    return x;
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
    CLEANUP_VALUE(buf_fini) struct buf text = { 0 };

    if (p->deleted_at.v != 0)
        return ERR_NONE;
    buf_init(&text, OPTIONS_MAX);
    ret->variants = ARENA_NEW(mem, struct fact_variant, p->variants.n);
    EACH(struct variant, v, &p->variants)
    ret->variants[ret->n_variants++] = copy_variant(v, &text, mem);
    TRY(buf_check(&text, "options", e));
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
    CLEANUP(json_free) struct json_doc *doc = NULL;
    CLEANUP_VALUE(buf_fini) struct buf body = { 0 };
    char hash[SHA256_HEX_SIZE];
    struct product p = { 0 };

    TRY(json_parse(&doc, value, e));
    TRY(product_decode(json_root(doc), mem, &p, e));
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
