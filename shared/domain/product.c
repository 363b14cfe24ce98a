/*
 * product.c: a product fact: decode from our own topic (closed shapes) and emit as canonical JSON;
 * see product.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "domain/product.h"

#include "json/emit.h"

static const struct jfield product_option_fields[] = {
    JSON_STR(struct product_option, name, "name", 0),
    JSON_I64(struct product_option, position, "position", 0),
    JSON_ARR(struct product_option, values, "values", 0, &shape_str_element),
};
static const struct shape product_option_shape =
    SHAPE(struct product_option, SHAPE_CLOSED, product_option_fields);

static const struct jfield variant_option_fields[] = {
    JSON_STR(struct variant_option, name, "name", 0),
    JSON_STR(struct variant_option, value, "value", 0),
};
static const struct shape variant_option_shape =
    SHAPE(struct variant_option, SHAPE_CLOSED, variant_option_fields);

static const struct jfield variant_fields[] = {
    JSON_STR(struct variant, barcode, "barcode", J_NULL_OK),
    JSON_DECIMAL(struct variant, compare_at_price, "compare_at_price", J_NULL_OK),
    JSON_STR(struct variant, image_url, "image_url", J_NULL_OK),
    JSON_ID(struct variant, inventory_item_id.v, "inventory_item_id", 0),
    JSON_STR(struct variant, inventory_policy, "inventory_policy", 0),
    JSON_ARR(struct variant, options, "options", 0, &variant_option_shape),
    JSON_I64(struct variant, position, "position", 0),
    JSON_DECIMAL(struct variant, price, "price", 0),
    JSON_BOOL(struct variant, requires_shipping, "requires_shipping", 0),
    JSON_STR(struct variant, sku, "sku", J_NULL_OK),
    JSON_BOOL(struct variant, taxable, "taxable", 0),
    JSON_STR(struct variant, title, "title", 0),
    JSON_BOOL(struct variant, tracked, "tracked", 0),
    JSON_TIME(struct variant, updated_at, "updated_at", 0),
    JSON_ID(struct variant, id.v, "variant_id", 0),
    JSON_I64(struct variant, weight_grams, "weight_grams", J_NULL_OK),
};
static const struct shape variant_shape = SHAPE(struct variant, SHAPE_CLOSED, variant_fields);

static const struct jfield product_fields[] = {
    JSON_TIME(struct product, created_at, "created_at", J_NULL_OK),
    JSON_TIME(struct product, deleted_at, "deleted_at", J_NULL_OK),
    JSON_BOOL(struct product, gift_card, "gift_card", 0),
    JSON_STR(struct product, handle, "handle", 0),
    JSON_STR(struct product, image_url, "image_url", J_NULL_OK),
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
product_decode(const struct json_value *v, struct arena *mem, struct product *ret, struct err *e)
{
    struct product p = { 0 };

    TRY(shape_decode(&product_shape, v, mem, &p, e));
    struct variant *variants = p.variants.v;
    for (size_t i = 0; i < p.variants.n; i++) {
        const struct json_value *raw = json_at(json_get(v, "variants"), i);
        variants[i].has_compare_at_price = !json_is_null(json_get(raw, "compare_at_price"));
        variants[i].has_weight = !json_is_null(json_get(raw, "weight_grams"));
    }
    *ret = p;
    return ERR_NONE;
}

static void
emit_strings(struct emit *j, const char *key, const struct jarray *a)
{
    emit_array(j, key);
    EACH(struct str, s, a)
        emit_str(j, NULL, *s);
    emit_array_end(j);
}

static void
emit_variant_options(struct emit *j, const struct jarray *a)
{
    emit_array(j, "options");
    EACH(struct variant_option, o, a) {
        emit_object(j, NULL);
        emit_str(j, "name", o->name);
        emit_str(j, "value", o->value);
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void
emit_variant(struct emit *j, const struct variant *v)
{
    emit_object(j, NULL);
    emit_str(j, "barcode", v->barcode);
    if (v->has_compare_at_price)
        emit_decimal(j, "compare_at_price", v->compare_at_price);
    else
        emit_null(j, "compare_at_price");
    emit_str(j, "image_url", v->image_url);
    emit_id(j, "inventory_item_id", v->inventory_item_id.v);
    emit_str(j, "inventory_policy", v->inventory_policy);
    emit_variant_options(j, &v->options);
    emit_i64(j, "position", v->position);
    emit_decimal(j, "price", v->price);
    emit_bool(j, "requires_shipping", v->requires_shipping);
    emit_str(j, "sku", v->sku);
    emit_bool(j, "taxable", v->taxable);
    emit_str(j, "title", v->title);
    emit_bool(j, "tracked", v->tracked);
    emit_time(j, "updated_at", v->updated_at);
    emit_id(j, "variant_id", v->id.v);
    if (v->has_weight)
        emit_i64(j, "weight_grams", v->weight_grams);
    else
        emit_null(j, "weight_grams");
    emit_object_end(j);
}

static void
emit_product_options(struct emit *j, const struct jarray *a)
{
    emit_array(j, "options");
    EACH(struct product_option, o, a) {
        emit_object(j, NULL);
        emit_str(j, "name", o->name);
        emit_i64(j, "position", o->position);
        emit_strings(j, "values", &o->values);
        emit_object_end(j);
    }
    emit_array_end(j);
}

void
product_emit(struct buf *ret, const struct product *p)
{
    struct emit j;

    emit_init(&j, ret);
    emit_object(&j, NULL);
    emit_time(&j, "created_at", p->created_at);
    emit_time(&j, "deleted_at", p->deleted_at);
    emit_bool(&j, "gift_card", p->gift_card);
    emit_str(&j, "handle", p->handle);
    emit_str(&j, "image_url", p->image_url);
    emit_time(&j, "observed_at", p->version.observed_at);
    emit_product_options(&j, &p->options);
    emit_id(&j, "product_id", p->id.v);
    emit_str(&j, "product_type", p->product_type);
    emit_str(&j, "shop", p->shop);
    emit_str(&j, "status", p->status);
    emit_strings(&j, "tags", &p->tags);
    emit_str(&j, "title", p->title);
    emit_time(&j, "updated_at", p->version.updated_at);
    emit_array(&j, "variants");
    EACH(struct variant, v, &p->variants)
        emit_variant(&j, v);
    emit_array_end(&j);
    emit_str(&j, "vendor", p->vendor);
    emit_object_end(&j);
}
