/*
 * shop_variables.h: variables of a document that come from the shop's configuration.
 *
 * An operation that declares one of them gets it; so what is not configured is not even asked for,
 * and the documents stay constants.
 *
 *   $metafields, $variantMetafields, $orderMetafields   whether any are wanted
 *   $metafieldNamespace, $variantMetafieldNamespace,    the namespace when it is one; null when it
 *   $orderMetafieldNamespace                            is several: then all come, to be chosen
 *                                                       here
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_SHOP_VARIABLES_H
#define SHOPIFY_SHOP_VARIABLES_H

#include "json/emit.h"
#include "shopify/shop.h"

/* Appends those that the operation declares; their names stand behind "id", "ids" and "after". */
void shop_variables_emit(struct emit *j, const struct text_file *doc, const struct shop_conf *shop);

#endif
