/*
 * apply.h: one batch of facts about orders becomes rows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef ORDER_STATE_APPLY_H
#define ORDER_STATE_APPLY_H

#include "service/stream.h"

#define ORDER_STATE_GROUP "order-state"

/* What apply_orders() needs; set once the stream is open. */
struct apply {
    struct stream *stream;
    const char *group; /* with prefix */
};
stream_apply_fn apply_orders; /* ctx: struct apply */
stream_apply_fn bury_order;   /* likewise: the hop of a record that is a dead letter */

#endif
