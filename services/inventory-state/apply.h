/*
 * apply.h: one batch of topics `inventory` and `settings` becomes rows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef INVENTORY_STATE_APPLY_H
#define INVENTORY_STATE_APPLY_H

#include "service/stream.h"

/* What apply_inventory() needs; stream is set once it is open. */
struct apply {
    struct stream *stream;
};
stream_apply_fn apply_inventory; /* ctx: struct apply */

#endif
