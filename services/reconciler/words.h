/*
 * words.h: a few words about an object as Shopify shows it, by which it is compared with ours.
 *
 * The same words are written by reconcile_ours() in the database; where they differ, the row of the
 * difference shows both, so that a person sees at once what is wrong.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef RECONCILER_WORDS_H
#define RECONCILER_WORDS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "json/json.h"

struct seen_object {
    int64_t id, owner; /* owner: what is read to heal it */
    struct time_us updated_at;
    struct str words;
};
/* REJECT when the node lacks what it must have. words are the arena's. */
typedef enum err_class words_fn(const struct json_value *node, bool whole, struct arena *mem,
                                struct seen_object *ret, struct err *e);

words_fn order_words, fulfillment_order_words, product_words;

#endif
