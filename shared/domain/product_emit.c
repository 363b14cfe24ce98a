/*
 * product_emit.c: a product fact as canonical JSON: the members of every object in the order of
 * their names; see product.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "domain/product.h"
#include "json/emit.h"

static void
emit_category(struct emit *j, const struct product_category *c)
{
    if (c->id.p == NULL) {
        emit_null(j, "category");
        return;
    }
    emit_object(j, "category");
    emit_str(j, "full_name", c->full_name);
    emit_str(j, "id", c->id);
    emit_str(j, "name", c->name);
    emit_object_end(j);
}

static void
emit_media(struct emit *j, const struct jarray *a)
{
    emit_array(j, "media");
    EACH(struct product_media, m, a) {
        emit_object(j, NULL);
        emit_str(j, "alt", m->alt);
        emit_id(j, "id", m->id);
        emit_str(j, "status", m->status);
        emit_str(j, "type", m->type);
        emit_str(j, "url", m->url);
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void
emit_option(struct emit *j, const struct product_option *o)
{
    emit_object(j, NULL);
    emit_id(j, "id", o->id);
    emit_str(j, "name", o->name);
    emit_i64(j, "position", o->position);
    emit_array(j, "values");
    EACH(struct option_value, v, &o->values) {
        emit_object(j, NULL);
        emit_id(j, "id", v->id);
        emit_str(j, "name", v->name);
        emit_object_end(j);
    }
    emit_array_end(j);
    emit_object_end(j);
}

static void
emit_parts(struct emit *j, const struct jarray *a)
{
    emit_array(j, "components");
    EACH(struct variant_part, p, a) {
        emit_object(j, NULL);
        emit_i64(j, "quantity", p->quantity);
        emit_id(j, "variant_id", p->id.v);
        emit_object_end(j);
    }
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
emit_cost(struct emit *j, const struct unit_cost *c)
{
    if (c->amount.p == NULL) {
        emit_null(j, "unit_cost");
        return;
    }
    emit_object(j, "unit_cost");
    emit_str(j, "amount", c->amount);
    emit_str(j, "currency", c->currency);
    emit_object_end(j);
}

static void
emit_weight(struct emit *j, const struct weight *w)
{
    if (w->unit.p == NULL) {
        emit_null(j, "weight");
        return;
    }
    emit_object(j, "weight");
    emit_i64(j, "grams", w->grams);
    emit_str(j, "unit", w->unit);
    emit_str(j, "value", w->value);
    emit_object_end(j);
}

static void
emit_variant(struct emit *j, const struct variant *v)
{
    emit_object(j, NULL);
    emit_str(j, "barcode", v->barcode);
    emit_str(j, "compare_at_price", v->compare_at_price);
    emit_parts(j, &v->parts);
    emit_str(j, "country_of_origin", v->item.country_of_origin);
    emit_time(j, "created_at", v->created_at);
    emit_str(j, "hs_code", v->item.hs_code);
    emit_str(j, "image_url", v->image_url);
    emit_id(j, "inventory_item_id", v->item.id.v);
    emit_str(j, "inventory_policy", v->inventory_policy);
    metafields_emit(j, "metafields", &v->metafields);
    emit_variant_options(j, &v->options);
    emit_i64(j, "position", v->position);
    emit_decimal(j, "price", v->price);
    emit_bool(j, "requires_components", v->requires_components);
    emit_bool(j, "requires_shipping", v->item.requires_shipping);
    emit_str(j, "sku", v->sku);
    emit_bool(j, "taxable", v->taxable);
    emit_str(j, "title", v->title);
    emit_bool(j, "tracked", v->item.tracked);
    emit_cost(j, &v->item.unit_cost);
    emit_time(j, "updated_at", v->updated_at);
    emit_id(j, "variant_id", v->id.v);
    emit_weight(j, &v->item.weight);
    emit_object_end(j);
}

static void
emit_tags(struct emit *j, const struct jarray *a)
{
    emit_array(j, "tags");
    EACH(struct str, s, a)
        emit_str(j, NULL, *s);
    emit_array_end(j);
}

void
product_emit(struct buf *ret, const struct product *p)
{
    struct emit j;

    emit_init(&j, ret);
    emit_object(&j, NULL);
    emit_category(&j, &p->category);
    emit_time(&j, "created_at", p->created_at);
    emit_time(&j, "deleted_at", p->deleted_at);
    emit_str(&j, "description_html", p->description_html);
    emit_bool(&j, "gift_card", p->gift_card);
    emit_str(&j, "handle", p->handle);
    emit_str(&j, "image_url", p->image_url);
    emit_media(&j, &p->media);
    metafields_emit(&j, "metafields", &p->metafields);
    emit_time(&j, "observed_at", p->version.observed_at);
    emit_array(&j, "options");
    EACH(struct product_option, o, &p->options)
        emit_option(&j, o);
    emit_array_end(&j);
    emit_id(&j, "product_id", p->id.v);
    emit_str(&j, "product_type", p->product_type);
    emit_str(&j, "shop", p->shop);
    emit_str(&j, "status", p->status);
    emit_tags(&j, &p->tags);
    emit_str(&j, "title", p->title);
    emit_time(&j, "updated_at", p->version.updated_at);
    emit_array(&j, "variants");
    EACH(struct variant, v, &p->variants)
        emit_variant(&j, v);
    emit_array_end(&j);
    emit_str(&j, "vendor", p->vendor);
    emit_object_end(&j);
}
