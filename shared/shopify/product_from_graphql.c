/*
 * product_from_graphql.c: a Product node, with the fields of the fragment ProductFact, becomes a
 * product.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "shopify/canonical.h"
#include "shopify/map.h"
#include "shopify/number.h"

static const struct jfield variant_option_fields[] = {
    JSON_STR(struct variant_option, name, "name", 0),
    JSON_STR(struct variant_option, value, "value", 0),
};
static const struct shape variant_option_shape =
    SHAPE(struct variant_option, SHAPE_OPEN, variant_option_fields);

static const struct jfield variant_fields[] = {
    JSON_STR(struct variant, barcode, "barcode", J_NULL_OK),
    JSON_DECIMAL(struct variant, compare_at_price, "compareAtPrice", J_NULL_OK),
    JSON_ID(struct variant, id.v, "id", 0),
    JSON_OBJ(struct variant, inventory_item_id, "inventoryItem", 0, &id_ref_shape),
    JSON_STR(struct variant, inventory_policy, "inventoryPolicy", 0),
    JSON_ARR(struct variant, options, "selectedOptions", 0, &variant_option_shape),
    JSON_I64(struct variant, position, "position", 0),
    JSON_DECIMAL(struct variant, price, "price", 0),
    JSON_STR(struct variant, sku, "sku", J_NULL_OK),
    JSON_BOOL(struct variant, taxable, "taxable", 0),
    JSON_STR(struct variant, title, "title", 0),
    JSON_TIME(struct variant, updated_at, "updatedAt", 0),
};
static const struct shape variant_shape = SHAPE(struct variant, SHAPE_OPEN, variant_fields);

struct named { struct str name; };
static const struct jfield named_fields[] = {
    JSON_STR(struct named, name, "name", 0),
};
static const struct shape named_shape = SHAPE(struct named, SHAPE_OPEN, named_fields);

static const struct jfield option_fields[] = {
    JSON_STR(struct product_option, name, "name", 0),
    JSON_I64(struct product_option, position, "position", 0),
    JSON_ARR(struct product_option, values, "optionValues", 0, &named_shape),
};
static const struct shape option_shape = SHAPE(struct product_option, SHAPE_OPEN, option_fields);

static const struct jfield product_fields[] = {
    JSON_TIME(struct product, created_at, "createdAt", 0),
    JSON_BOOL(struct product, gift_card, "isGiftCard", 0),
    JSON_STR(struct product, handle, "handle", 0),
    JSON_ARR(struct product, options, "options", 0, &option_shape),
    JSON_ID(struct product, id.v, "id", 0),
    JSON_STR(struct product, product_type, "productType", J_NULL_OK),
    JSON_STR(struct product, status, "status", 0),
    JSON_ARR(struct product, tags, "tags", 0, &shape_str_element),
    JSON_STR(struct product, title, "title", 0),
    JSON_TIME(struct product, version.updated_at, "updatedAt", 0),
    JSON_STR(struct product, vendor, "vendor", J_NULL_OK),
};
static const struct shape product_shape = SHAPE(struct product, SHAPE_OPEN, product_fields);

static int
by_position(const void *a, const void *b)
{
    const struct variant *x = a, *y = b;

    if (x->position != y->position)
        return x->position < y->position ? -1 : 1;
    return (x->id.v > y->id.v) - (x->id.v < y->id.v);
}

static int
by_option_position(const void *a, const void *b)
{
    const int64_t x = ((const struct product_option *)a)->position;
    const int64_t y = ((const struct product_option *)b)->position;

    return (x > y) - (x < y);
}

/* Grams per unit, in thousandths of a milligram, so that nothing is lost before the rounding. */
static bool
unit_micrograms(struct str unit, int64_t *ret)
{
    static const struct { const char *unit; int64_t micrograms; } table[] = {
        { "GRAMS", 1000000 },
        { "KILOGRAMS", 1000000000 },
        { "OUNCES", 28349523 },
        { "POUNDS", 453592370 },
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (str_is(unit, table[i].unit)) {
            *ret = table[i].micrograms;
            return true;
        }
    return false;
}

/* An unknown unit or a weight beyond reason leaves the weight unknown: it never blocks a product.
 */
static void
weigh(const struct json_value *weight, struct variant *v)
{
    struct decimal value;
    int64_t per_unit, product;

    if (!unit_micrograms(json_str(json_get(weight, "unit")), &per_unit)
        || !number_decimal(json_get(weight, "value"), &value))
        return;
    if (__builtin_mul_overflow(value.micro / 1000, per_unit, &product)) /* thousandths of a unit */
        return;
    v->has_weight = true;
    v->weight_grams = (product + 500000000) / 1000000000;
}

static void
finish_variant(const struct json_value *raw, struct variant *v, struct arena *mem)
{
    const struct json_value *item = json_get(raw, "inventoryItem");
    const struct json_value *media = json_at(json_path(raw, "media.nodes"), 0);

    v->barcode = empty_is_null(v->barcode);
    v->sku = empty_is_null(v->sku);
    v->inventory_policy = lower(v->inventory_policy, mem);
    v->has_compare_at_price = !json_is_null(json_get(raw, "compareAtPrice"));
    v->tracked = json_bool(json_get(item, "tracked"));
    v->requires_shipping = json_bool(json_get(item, "requiresShipping"));
    v->image_url = empty_is_null(json_str(json_path(media, "preview.image.url")));
    weigh(json_path(item, "measurement.weight"), v);
}

static enum err_class
map_variants(const struct json_value *nodes, struct arena *mem, struct jarray *ret, struct err *e)
{
    TRY(decode_nodes(&variant_shape, nodes, mem, ret, e));
    struct variant *v = ret->v;
    for (size_t i = 0; i < ret->n; i++)
        finish_variant(json_at(nodes, i), &v[i], mem);
    return ERR_NONE;
}

static enum err_class
all_variants(const struct json_value *node, const struct pages *more, struct arena *mem,
             struct product *p, struct err *e)
{
    struct jarray page = { 0 };

    TRY(map_variants(json_path(node, "variants.nodes"), mem, &p->variants, e));
    for (size_t i = 0; more != NULL && i < more->n; i++) {
        if (more->v[i].owner != p->id.v || strcmp(more->v[i].field, "variants") != 0)
            continue;
        TRY(map_variants(more->v[i].nodes, mem, &page, e));
        p->variants = joined(p->variants, page, sizeof(struct variant), mem);
    }
    if (p->variants.n > 1)
        qsort(p->variants.v, p->variants.n, sizeof(struct variant), by_position);
    return ERR_NONE;
}

enum err_class
product_from_graphql(const struct json_value *node, const struct pages *more,
                     const struct seen *seen, struct product *ret, struct err *e)
{
    struct product p = { 0 };

    TRY(shape_decode(&product_shape, node, seen->mem, &p, e));
    TRY(all_variants(node, more, seen->mem, &p, e));
    p.shop = seen->shop;
    p.version.observed_at = seen->at;
    p.status = lower(p.status, seen->mem);
    p.vendor = empty_is_null(p.vendor);
    p.product_type = empty_is_null(p.product_type);
    p.image_url = empty_is_null(json_str(json_path(node, "featuredMedia.preview.image.url")));
    sort_strings(&p.tags);
    if (p.options.n > 1)
        qsort(p.options.v, p.options.n, sizeof(struct product_option), by_option_position);
    *ret = p;
    return ERR_NONE;
}
