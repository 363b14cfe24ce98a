/*
 * shopify_write.c: canonical form; see shopify_write.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "domain/shopify_write.h"

#include "json/emit.h"

static void
emit_row(struct emit *j, const struct shopify_write *w)
{
    const bool stock = str_is(w->effect, "stock");

    emit_object(j, NULL);
    if (stock) {
        emit_i64(j, "change_from", w->change_from);
        emit_i64(j, "inventory_item_id", w->inventory_item.v);
        emit_i64(j, "location_id", w->location.v);
        emit_i64(j, "quantity", w->quantity);
    } else {
        emit_id(j, "fulfillment_id", w->fulfillment.v);
        emit_i64(j, "order_id", w->order.v);
        emit_str(j, "parcel", w->parcel);
    }
    emit_object_end(j);
}

void
shopify_write_emit(struct buf *ret, const struct shopify_write *w)
{
    struct emit j;

    emit_init(&j, ret);
    emit_object(&j, NULL);
    emit_time(&j, "at", w->at);
    emit_str(&j, "cause", w->cause);
    emit_str(&j, "effect", w->effect);
    emit_str(&j, "message", w->message);
    emit_str(&j, "outcome", w->outcome);
    emit_str(&j, "request_key", w->request_key);
    emit_array(&j, "rows");
    emit_row(&j, w);
    emit_array_end(&j);
    emit_str(&j, "shop", w->shop);
    emit_object_end(&j);
}
