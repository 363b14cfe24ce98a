/*
 * shop_variables.c: see shop_variables.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shopify/shop_variables.h"

static bool
declares(const struct text_file *doc, const char *variable)
{
    return strstr(doc->text, variable) != NULL;
}

static struct str
only_one(const char *namespaces)
{
    const bool one = namespaces != NULL && strchr(namespaces, ',') == NULL;

    return one ? str_of(namespaces) : (struct str){ 0 };
}

void
shop_variables_emit(struct emit *j, const struct text_file *doc, const struct shop_conf *shop)
{
    if (declares(doc, "$metafieldNamespace:"))
        emit_str(j, "metafieldNamespace", only_one(shop->metafield_namespaces));
    if (declares(doc, "$metafields:"))
        emit_bool(j, "metafields", shop->metafield_namespaces != NULL);
    if (declares(doc, "$orderMetafieldNamespace:"))
        emit_str(j, "orderMetafieldNamespace", only_one(shop->order_metafield_namespaces));
    if (declares(doc, "$orderMetafields:"))
        emit_bool(j, "orderMetafields", shop->order_metafield_namespaces != NULL);
    if (declares(doc, "$variantMetafieldNamespace:"))
        emit_str(j, "variantMetafieldNamespace", only_one(shop->variant_metafield_namespaces));
    if (declares(doc, "$variantMetafields:"))
        emit_bool(j, "variantMetafields", shop->variant_metafield_namespaces != NULL);
}
