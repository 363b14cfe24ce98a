/*
 * map.h: Shopify's objects become our facts.
 *
 * Shopify's input is open: fields it adds are ignored, enum values it adds are kept in lower case.
 * A webhook body and a read of the same order give the same canonical fact, byte for byte, except
 * observed_at; that is why both end in order_canonical().
 *
 * A connection longer than a page is passed as more pages: nodes of `field` below the object
 * `owner`.
 *
 * Errors   REJECT with the JSON path: the object is not what it should be.
 * Results  borrow from what was read and from the arena.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_MAP_H
#define SHOPIFY_MAP_H

#include "domain/fulfillment_orders.h"
#include "domain/order.h"
#include "domain/product.h"
#include "domain/returns.h"

struct page { const char *field; int64_t owner; const struct json_value *nodes; };
struct pages { const struct page *v; size_t n; };
struct seen {
    struct str shop;
    struct time_us at;
    struct arena *mem;
    /* Comma-separated namespaces of which metafields are kept, of products, of their variants and
     * of orders; NULL: none. */
    const char *metafields, *variant_metafields, *order_metafields;
}; /* where and when observed */

/* The body of a webhook whose topic begins with orders/. */
MUST_CHECK enum err_class order_from_webhook(struct str body, const struct seen *seen,
                                             struct order *ret, struct err *e);
/* An Order node with the fragment OrderFact. Pages: lineItems and shippingLines of the order,
 * fulfillmentLineItems of a fulfilment, refundLineItems, refundShippingLines, orderAdjustments and
 * transactions of a refund. */
MUST_CHECK enum err_class order_from_graphql(const struct json_value *node,
                                             const struct pages *more, const struct seen *seen,
                                             struct order *ret, struct err *e);
/* An Order node with id, updatedAt and returns. Pages: returns of the order; returnLineItems,
 * exchangeLineItems, reverseFulfillmentOrders and refunds of a return; lineItems of a reverse
 * fulfilment order. */
MUST_CHECK enum err_class returns_from_graphql(const struct json_value *node,
                                               const struct pages *more, const struct seen *seen,
                                               struct returns *ret, struct err *e);
/* An Order node with id, updatedAt, fulfillmentOrders and the fragment OrderBeside. Pages:
 * fulfillmentOrders, lineItems, agreements and metafields of the order, lineItems of a fulfilment
 * order, sales of an agreement. */
MUST_CHECK enum err_class fulfillment_orders_from_graphql(const struct json_value *node,
                                                          const struct pages *more,
                                                          const struct seen *seen,
                                                          struct fulfillment_orders *ret,
                                                          struct err *e);
/* True when a bulk result does not tell all of an order, of what stands beside it, or of its
 * returns, because no bulk query reaches that deep: read the order again by its id. */
bool order_is_cut(const struct json_value *node);
bool beside_is_cut(const struct json_value *node);
bool returns_are_cut(const struct json_value *node);
/* A Product node with the fragment ProductFact. Pages: variants, media and metafields of the
 * product, metafields and productVariantComponents of a variant. */
MUST_CHECK enum err_class product_from_graphql(const struct json_value *node,
                                               const struct pages *more, const struct seen *seen,
                                               struct product *ret, struct err *e);

/* One form for equal orders: sorted, lower-case enums, empty text as null, units per line added up.
 */
void order_canonical(struct order *o, struct arena *mem);

#endif
