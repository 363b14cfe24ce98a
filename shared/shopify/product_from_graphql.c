/*
 * product_from_graphql.c: a Product node, with the fields of the fragment ProductFact, becomes a
 * product.
 *
 * Whatever may be missing without making a product wrong (pictures, category, cost, weight) is null
 * when it is missing; what identifies it must be there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "shopify/canonical.h"
#include "shopify/map.h"

struct picture { struct str url; };
static const struct jfield picture_fields[] = {
    JSON_STR(struct picture, url, "url", J_NULL_OK),
};
static const struct shape picture_shape = SHAPE(struct picture, SHAPE_OPEN, picture_fields);

struct preview { struct picture image; };
static const struct jfield preview_fields[] = {
    JSON_OBJ(struct preview, image, "image", J_NULL_OK, &picture_shape),
};
static const struct shape preview_shape = SHAPE(struct preview, SHAPE_OPEN, preview_fields);

struct media_node { struct preview preview; };
static const struct jfield media_node_fields[] = {
    JSON_OBJ(struct media_node, preview, "preview", J_NULL_OK, &preview_shape),
};
static const struct shape media_node_shape =
    SHAPE(struct media_node, SHAPE_OPEN, media_node_fields);

CONNECTION_SHAPE(pictures_shape, media_node_shape);

/* {"image": {"url": ..}} lands in the url, which it equals. */
static const struct jfield media_fields[] = {
    JSON_STR(struct product_media, alt, "alt", J_NULL_OK),
    JSON_ID(struct product_media, id, "id", 0),
    JSON_STR(struct product_media, status, "status", 0),
    JSON_STR(struct product_media, type, "mediaContentType", 0),
    JSON_OBJ(struct product_media, url, "preview", J_NULL_OK, &preview_shape),
};
static const struct shape media_shape = SHAPE(struct product_media, SHAPE_OPEN, media_fields);
CONNECTION_SHAPE(media_connection_shape, media_shape);

CONNECTION_SHAPE(metafield_connection_shape, metafield_node_shape);

static const struct jfield part_fields[] = {
    JSON_OBJ(struct variant_part, id, "productVariant", 0, &id_ref_shape),
    JSON_I64(struct variant_part, quantity, "quantity", 0),
};
static const struct shape part_shape = SHAPE(struct variant_part, SHAPE_OPEN, part_fields);
CONNECTION_SHAPE(part_connection_shape, part_shape);

struct weight_node { struct str unit, value; };
static const struct jfield weight_fields[] = {
    JSON_STR(struct weight_node, unit, "unit", 0),
    JSON_NUMBER(struct weight_node, value, "value", 0),
};
static const struct shape weight_shape = SHAPE(struct weight_node, SHAPE_OPEN, weight_fields);

struct measurement { struct weight_node weight; };
static const struct jfield measurement_fields[] = {
    JSON_OBJ(struct measurement, weight, "weight", J_ANY, &weight_shape),
};
static const struct shape measurement_shape =
    SHAPE(struct measurement, SHAPE_OPEN, measurement_fields);

static const struct jfield cost_fields[] = {
    JSON_STR(struct unit_cost, amount, "amount", 0),
    JSON_STR(struct unit_cost, currency, "currencyCode", 0),
};
static const struct shape cost_shape = SHAPE(struct unit_cost, SHAPE_OPEN, cost_fields);

struct item_node { struct inventory_item item; struct measurement measurement; };
static const struct jfield item_fields[] = {
    JSON_STR(struct item_node, item.country_of_origin, "countryCodeOfOrigin", J_ANY),
    JSON_STR(struct item_node, item.hs_code, "harmonizedSystemCode", J_ANY),
    JSON_ID(struct item_node, item.id.v, "id", 0),
    JSON_OBJ(struct item_node, measurement, "measurement", J_ANY, &measurement_shape),
    JSON_BOOL(struct item_node, item.requires_shipping, "requiresShipping", 0),
    JSON_BOOL(struct item_node, item.tracked, "tracked", 0),
    JSON_OBJ(struct item_node, item.unit_cost, "unitCost", J_ANY, &cost_shape),
};
static const struct shape item_shape = SHAPE(struct item_node, SHAPE_OPEN, item_fields);

static const struct jfield variant_option_fields[] = {
    JSON_STR(struct variant_option, name, "name", 0),
    JSON_STR(struct variant_option, value, "value", 0),
};
static const struct shape variant_option_shape =
    SHAPE(struct variant_option, SHAPE_OPEN, variant_option_fields);

struct variant_node {
    struct variant v;
    struct item_node item;
    struct connection media, metafields, parts;
};
static const struct jfield variant_fields[] = {
    JSON_STR(struct variant_node, v.barcode, "barcode", J_NULL_OK),
    JSON_STR(struct variant_node, v.compare_at_price, "compareAtPrice", J_NULL_OK),
    JSON_TIME(struct variant_node, v.created_at, "createdAt", J_ANY),
    JSON_ID(struct variant_node, v.id.v, "id", 0),
    JSON_OBJ(struct variant_node, item, "inventoryItem", 0, &item_shape),
    JSON_STR(struct variant_node, v.inventory_policy, "inventoryPolicy", 0),
    JSON_OBJ(struct variant_node, media, "media", J_ANY, &pictures_shape),
    JSON_OBJ(struct variant_node, metafields, "metafields", J_ANY, &metafield_connection_shape),
    JSON_ARR(struct variant_node, v.options, "selectedOptions", J_NULL_OK, &variant_option_shape),
    JSON_I64(struct variant_node, v.position, "position", 0),
    JSON_DECIMAL(struct variant_node, v.price, "price", 0),
    JSON_OBJ(struct variant_node, parts, "productVariantComponents", J_ANY,
             &part_connection_shape),
    JSON_BOOL(struct variant_node, v.requires_components, "requiresComponents", J_NULL_OK),
    JSON_STR(struct variant_node, v.sku, "sku", J_NULL_OK),
    JSON_BOOL(struct variant_node, v.taxable, "taxable", J_NULL_OK),
    JSON_STR(struct variant_node, v.title, "title", 0),
    JSON_TIME(struct variant_node, v.updated_at, "updatedAt", 0),
};
static const struct shape variant_shape = SHAPE(struct variant_node, SHAPE_OPEN, variant_fields);
CONNECTION_SHAPE(variant_connection_shape, variant_shape);

static const struct jfield option_value_fields[] = {
    JSON_ID(struct option_value, id, "id", 0),
    JSON_STR(struct option_value, name, "name", 0),
};
static const struct shape option_value_shape =
    SHAPE(struct option_value, SHAPE_OPEN, option_value_fields);
static const struct jfield option_fields[] = {
    JSON_ID(struct product_option, id, "id", 0),
    JSON_STR(struct product_option, name, "name", 0),
    JSON_I64(struct product_option, position, "position", 0),
    JSON_ARR(struct product_option, values, "optionValues", J_NULL_OK, &option_value_shape),
};
static const struct shape option_shape = SHAPE(struct product_option, SHAPE_OPEN, option_fields);

static const struct jfield category_fields[] = {
    JSON_STR(struct product_category, full_name, "fullName", 0),
    JSON_STR(struct product_category, id, "id", 0),
    JSON_STR(struct product_category, name, "name", 0),
};
static const struct shape category_shape =
    SHAPE(struct product_category, SHAPE_OPEN, category_fields);

struct product_node {
    struct product p;
    struct media_node featured;
    struct connection media, metafields, variants;
};
static const struct jfield product_fields[] = {
    JSON_OBJ(struct product_node, p.category, "category", J_ANY, &category_shape),
    JSON_TIME(struct product_node, p.created_at, "createdAt", J_NULL_OK),
    JSON_STR(struct product_node, p.description_html, "descriptionHtml", J_ANY),
    JSON_OBJ(struct product_node, featured, "featuredMedia", J_ANY, &media_node_shape),
    JSON_BOOL(struct product_node, p.gift_card, "isGiftCard", J_NULL_OK),
    JSON_STR(struct product_node, p.handle, "handle", 0),
    JSON_ID(struct product_node, p.id.v, "id", 0),
    JSON_OBJ(struct product_node, media, "media", J_ANY, &media_connection_shape),
    JSON_OBJ(struct product_node, metafields, "metafields", J_ANY, &metafield_connection_shape),
    JSON_ARR(struct product_node, p.options, "options", J_NULL_OK, &option_shape),
    JSON_STR(struct product_node, p.product_type, "productType", J_NULL_OK),
    JSON_STR(struct product_node, p.status, "status", 0),
    JSON_ARR(struct product_node, p.tags, "tags", J_NULL_OK, &shape_str_element),
    JSON_STR(struct product_node, p.title, "title", 0),
    JSON_TIME(struct product_node, p.version.updated_at, "updatedAt", 0),
    JSON_OBJ(struct product_node, variants, "variants", J_ANY, &variant_connection_shape),
    JSON_STR(struct product_node, p.vendor, "vendor", J_NULL_OK),
};
static const struct shape product_shape = { "product", sizeof(struct product_node), SHAPE_OPEN,
                                            sizeof(product_fields) / sizeof(product_fields[0]),
                                            product_fields };

/* --- order ------------------------------------------------------------------------------ */

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

static void
sort(struct jarray *a, size_t size, int (*order)(const void *, const void *))
{
    if (a->n > 1)
        qsort(a->v, a->n, size, order);
}

/* --- variants --------------------------------------------------------------------------- */

struct mapping {
    const struct pages *more;
    const struct seen *seen;
};

static enum err_class
whole(const struct mapping *m, const struct shape *s, const char *field, int64_t owner,
      struct jarray *a, struct err *e)
{
    return add_pages(s, field, owner, m->more, m->seen->mem, a, e);
}

/* Billionths of a gram per unit, so that nothing is lost before the rounding. */
static bool
unit_scale(struct str unit, int64_t *ret)
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
static struct weight
weigh(const struct weight_node *w, struct arena *mem)
{
    static const struct weight unknown = { 0 };
    struct err ignored;
    struct decimal value;
    int64_t per_unit, product;

    if (!unit_scale(w->unit, &per_unit) || decimal_parse(w->value, &value, &ignored) != ERR_NONE)
        return unknown;
    if (__builtin_mul_overflow(value.micro / 1000, per_unit, &product)) /* thousandths of a unit */
        return unknown;
    return (struct weight){ .grams = (product + 500000000) / 1000000000,
                            .unit = lower(w->unit, mem),
                            .value = w->value };
}

static enum err_class
finish_amounts(struct variant *v, struct arena *mem, struct err *e)
{
    if (amount_canonical(&v->compare_at_price, mem, e) != ERR_NONE)
        return err_wrap(e, ".compareAtPrice: ");
    if (amount_canonical(&v->item.unit_cost.amount, mem, e) != ERR_NONE)
        return err_wrap(e, ".unitCost: ");
    return ERR_NONE;
}

static enum err_class
finish_variant(const struct mapping *m, struct variant_node *node, struct variant *ret,
               struct err *e)
{
    struct arena *mem = m->seen->mem;
    const struct media_node *picture = node->media.nodes.n > 0 ? node->media.nodes.v : NULL;
    struct variant v = node->v;

    v.barcode = empty_is_null(v.barcode);
    v.sku = empty_is_null(v.sku);
    v.inventory_policy = lower(v.inventory_policy, mem);
    v.image_url = empty_is_null(picture != NULL ? picture->preview.image.url : (struct str){ 0 });
    v.item = node->item.item;
    v.item.country_of_origin = empty_is_null(v.item.country_of_origin);
    v.item.hs_code = empty_is_null(v.item.hs_code);
    v.item.weight = weigh(&node->item.measurement.weight, mem);
    TRY(finish_amounts(&v, mem, e));
    v.metafields = node->metafields.nodes;
    TRY(whole(m, &metafield_node_shape, "metafields", v.id.v, &v.metafields, e));
    metafields_keep(&v.metafields, m->seen->variant_metafields);
    v.parts = node->parts.nodes;
    TRY(whole(m, &part_shape, "productVariantComponents", v.id.v, &v.parts, e));
    sort_by_id(&v.parts, sizeof(struct variant_part));
    *ret = v;
    return ERR_NONE;
}

static enum err_class
map_variants(const struct mapping *m, const struct product_node *node, struct jarray *ret,
             struct err *e)
{
    struct jarray all = node->variants.nodes;

    TRY(whole(m, &variant_shape, "variants", node->p.id.v, &all, e));
    struct variant_node *nodes = all.v;
    struct variant *v = ARENA_NEW(m->seen->mem, struct variant, all.n);
    for (size_t i = 0; i < all.n; i++)
        if (finish_variant(m, &nodes[i], &v[i], e) != ERR_NONE)
            return err_wrap(e, "product.variants[%zu]", i);
    *ret = (struct jarray){ all.n > 0 ? v : NULL, all.n };
    sort(ret, sizeof(struct variant), by_position);
    return ERR_NONE;
}

/* --- the product ------------------------------------------------------------------------ */

static enum err_class
map_media(const struct mapping *m, const struct product_node *node, struct jarray *ret,
          struct err *e)
{
    struct jarray all = node->media.nodes;

    TRY(whole(m, &media_shape, "media", node->p.id.v, &all, e));
    struct product_media *v = all.v;
    for (size_t i = 0; i < all.n; i++) {
        v[i].alt = empty_is_null(v[i].alt);
        v[i].status = lower(v[i].status, m->seen->mem);
        v[i].type = lower(v[i].type, m->seen->mem);
        v[i].url = empty_is_null(v[i].url);
    }
    *ret = all;
    return ERR_NONE;
}

/* The taxonomy's ids are no numbers: what follows the last slash of the gid. */
static void
finish_category(struct product_category *c)
{
    const char *slash = c->id.n > 0 ? memrchr(c->id.p, '/', c->id.n) : NULL;

    if (slash != NULL)
        c->id = (struct str){ slash + 1, c->id.n - (size_t)(slash + 1 - c->id.p) };
}

enum err_class
product_from_graphql(const struct json_value *node, const struct pages *more,
                     const struct seen *seen, struct product *ret, struct err *e)
{
    const struct mapping m = { more, seen };
    struct product_node n = { 0 };

    TRY(shape_decode(&product_shape, node, seen->mem, &n, e));
    struct product p = n.p;
    TRY(map_variants(&m, &n, &p.variants, e));
    TRY(map_media(&m, &n, &p.media, e));
    p.metafields = n.metafields.nodes;
    TRY(whole(&m, &metafield_node_shape, "metafields", p.id.v, &p.metafields, e));
    metafields_keep(&p.metafields, seen->metafields);
    p.shop = seen->shop;
    p.version.observed_at = seen->at;
    p.status = lower(p.status, seen->mem);
    p.vendor = empty_is_null(p.vendor);
    p.product_type = empty_is_null(p.product_type);
    p.description_html = empty_is_null(p.description_html);
    p.image_url = empty_is_null(n.featured.preview.image.url);
    finish_category(&p.category);
    sort_strings(&p.tags);
    sort(&p.options, sizeof(struct product_option), by_option_position);
    *ret = p;
    return ERR_NONE;
}
