/*
 * first_push.h: the brake of a channel's first push.
 *
 * Our first write to a channel replaces what people have sold by until today.  Its rows are held
 * until all that would change has been weighed: little goes out, much waits for a person.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_WRITER_FIRST_PUSH_H
#define SHOPIFY_WRITER_FIRST_PUSH_H

#include "writer.h"

/* Weighs, if it is time, the channels whose first push is not over. */
MUST_CHECK enum err_class first_push_weigh(struct writer *w, struct shop_state *s, struct err *e);
/* A row is held: its channel is weighed soon. */
void first_push_held(struct shop_state *s);

#endif
