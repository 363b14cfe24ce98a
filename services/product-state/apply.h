/*
 * apply.h: one batch of topic `products` becomes rows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PRODUCT_STATE_APPLY_H
#define PRODUCT_STATE_APPLY_H

#include "link.h"
#include "service/stream.h"

struct apply {
    const char *group; /* full name: tells a replay from the present */
    enum identifier by;
    int64_t keep; /* earlier versions of a product */
};
stream_apply_fn apply_products; /* ctx: struct apply */

#endif
