/*
 * product.c: a product fact read from our own topic: closed shapes; see product.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "domain/product.h"

static const struct jfield category_fields[] = {
    JSON_STR(struct product_category, full_name, "full_name", 0),
    JSON_STR(struct product_category, id, "id", 0),
    JSON_STR(struct product_category, name, "name", 0),
};
static const struct shape category_shape =
    SHAPE(struct product_category, SHAPE_CLOSED, category_fields);

static const struct jfield media_fields[] = {
    JSON_STR(struct product_media, alt, "alt", J_NULL_OK),
    JSON_ID(struct product_media, id, "id", 0),
    JSON_STR(struct product_media, status, "status", 0),
    JSON_STR(struct product_media, type, "type", 0),
    JSON_STR(struct product_media, url, "url", J_NULL_OK),
};
static const struct shape media_shape = SHAPE(struct product_media, SHAPE_CLOSED, media_fields);

static const struct jfield option_value_fields[] = {
    JSON_ID(struct option_value, id, "id", 0),
    JSON_STR(struct option_value, name, "name", 0),
};
static const struct shape option_value_shape =
    SHAPE(struct option_value, SHAPE_CLOSED, option_value_fields);

static const struct jfield product_option_fields[] = {
    JSON_ID(struct product_option, id, "id", 0),
    JSON_STR(struct product_option, name, "name", 0),
    JSON_I64(struct product_option, position, "position", 0),
    JSON_ARR(struct product_option, values, "values", 0, &option_value_shape),
};
static const struct shape product_option_shape =
    SHAPE(struct product_option, SHAPE_CLOSED, product_option_fields);

static const struct jfield variant_option_fields[] = {
    JSON_STR(struct variant_option, name, "name", 0),
    JSON_STR(struct variant_option, value, "value", 0),
};
static const struct shape variant_option_shape =
    SHAPE(struct variant_option, SHAPE_CLOSED, variant_option_fields);

static const struct jfield part_fields[] = {
    JSON_I64(struct variant_part, quantity, "quantity", 0),
    JSON_ID(struct variant_part, id.v, "variant_id", 0),
};
static const struct shape part_shape = SHAPE(struct variant_part, SHAPE_CLOSED, part_fields);

static const struct jfield cost_fields[] = {
    JSON_STR(struct unit_cost, amount, "amount", 0),
    JSON_STR(struct unit_cost, currency, "currency", 0),
};
static const struct shape cost_shape = SHAPE(struct unit_cost, SHAPE_CLOSED, cost_fields);

static const struct jfield weight_fields[] = {
    JSON_I64(struct weight, grams, "grams", 0),
    JSON_STR(struct weight, unit, "unit", 0),
    JSON_STR(struct weight, value, "value", 0),
};
static const struct shape weight_shape = SHAPE(struct weight, SHAPE_CLOSED, weight_fields);

static const struct jfield variant_fields[] = {
    JSON_STR(struct variant, barcode, "barcode", J_NULL_OK),
    JSON_STR(struct variant, compare_at_price, "compare_at_price", J_NULL_OK),
    JSON_ARR(struct variant, parts, "components", 0, &part_shape),
    JSON_STR(struct variant, item.country_of_origin, "country_of_origin", J_NULL_OK),
    JSON_TIME(struct variant, created_at, "created_at", J_NULL_OK),
    JSON_STR(struct variant, item.hs_code, "hs_code", J_NULL_OK),
    JSON_STR(struct variant, image_url, "image_url", J_NULL_OK),
    JSON_ID(struct variant, item.id.v, "inventory_item_id", 0),
    JSON_STR(struct variant, inventory_policy, "inventory_policy", 0),
    JSON_ARR(struct variant, metafields, "metafields", 0, &metafield_shape),
    JSON_ARR(struct variant, options, "options", 0, &variant_option_shape),
    JSON_I64(struct variant, position, "position", 0),
    JSON_DECIMAL(struct variant, price, "price", 0),
    JSON_BOOL(struct variant, requires_components, "requires_components", 0),
    JSON_BOOL(struct variant, item.requires_shipping, "requires_shipping", 0),
    JSON_STR(struct variant, sku, "sku", J_NULL_OK),
    JSON_BOOL(struct variant, taxable, "taxable", 0),
    JSON_STR(struct variant, title, "title", 0),
    JSON_BOOL(struct variant, item.tracked, "tracked", 0),
    JSON_OBJ(struct variant, item.unit_cost, "unit_cost", J_NULL_OK, &cost_shape),
    JSON_TIME(struct variant, updated_at, "updated_at", 0),
    JSON_ID(struct variant, id.v, "variant_id", 0),
    JSON_OBJ(struct variant, item.weight, "weight", J_NULL_OK, &weight_shape),
};
static const struct shape variant_shape = SHAPE(struct variant, SHAPE_CLOSED, variant_fields);

static const struct jfield product_fields[] = {
    JSON_OBJ(struct product, category, "category", J_NULL_OK, &category_shape),
    JSON_TIME(struct product, created_at, "created_at", J_NULL_OK),
    JSON_TIME(struct product, deleted_at, "deleted_at", J_NULL_OK),
    JSON_STR(struct product, description_html, "description_html", J_NULL_OK),
    JSON_BOOL(struct product, gift_card, "gift_card", 0),
    JSON_STR(struct product, handle, "handle", 0),
    JSON_STR(struct product, image_url, "image_url", J_NULL_OK),
    JSON_ARR(struct product, media, "media", 0, &media_shape),
    JSON_ARR(struct product, metafields, "metafields", 0, &metafield_shape),
    JSON_TIME(struct product, version.observed_at, "observed_at", 0),
    JSON_ARR(struct product, options, "options", 0, &product_option_shape),
    JSON_ID(struct product, id.v, "product_id", 0),
    JSON_STR(struct product, product_type, "product_type", J_NULL_OK),
    JSON_STR(struct product, shop, "shop", 0),
    JSON_STR(struct product, status, "status", 0),
    JSON_ARR(struct product, tags, "tags", 0, &shape_str_element),
    JSON_STR(struct product, title, "title", 0),
    JSON_TIME(struct product, version.updated_at, "updated_at", 0),
    JSON_ARR(struct product, variants, "variants", 0, &variant_shape),
    JSON_STR(struct product, vendor, "vendor", J_NULL_OK),
};
static const struct shape product_shape = SHAPE(struct product, SHAPE_CLOSED, product_fields);

enum err_class
amount_canonical(struct str *text, struct arena *mem, struct err *e)
{
    char canonical[DECIMAL_TEXT_SIZE];
    struct decimal d;

    if (text->p == NULL)
        return ERR_NONE;
    TRY(decimal_parse(*text, &d, e));
    if (!str_is(*text, decimal_format(d, canonical)))
        *text = arena_str(mem, str_of(canonical));
    return ERR_NONE;
}

/* What a table cannot say: amounts that may be null are text until here. */
static enum err_class
check_variant(struct variant *v, struct arena *mem, struct err *e)
{
    if (amount_canonical(&v->compare_at_price, mem, e) != ERR_NONE)
        return err_wrap(e, ".compare_at_price: ");
    if (amount_canonical(&v->item.unit_cost.amount, mem, e) != ERR_NONE)
        return err_wrap(e, ".unit_cost.amount: ");
    if (amount_canonical(&v->item.weight.value, mem, e) != ERR_NONE)
        return err_wrap(e, ".weight.value: ");
    return ERR_NONE;
}

enum err_class
product_decode(struct str text, struct arena *mem, struct product *ret, struct err *e)
{
    struct product p = { 0 };

    TRY(shape_scan(&product_shape, text, mem, &p, e));
    struct variant *variants = p.variants.v;
    for (size_t i = 0; i < p.variants.n; i++)
        if (check_variant(&variants[i], mem, e) != ERR_NONE)
            return err_wrap(e, "product.variants[%zu]", i);
    *ret = p;
    return ERR_NONE;
}
