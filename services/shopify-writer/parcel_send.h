/*
 * parcel_send.h: intents, the call of fulfillmentCreate, and what it leaves behind.
 *
 * The claim is what keeps two writers apart, for the call has neither key nor compare: it is
 * persisted with the intent, outlives the call's time-out, and is checked on the monotonic clock
 * immediately before sending.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SHOPIFY_WRITER_PARCEL_SEND_H
#define SHOPIFY_WRITER_PARCEL_SEND_H

#include "order_view.h"
#include "writer.h"

struct sending {
    const struct job *job;
    const struct order_view *view;
    struct plan plan;
    struct parcel_call *call; /* made by parcels_send() */
};

/* Persists the intents of all of them in one transaction, then sends those it may. */
MUST_CHECK enum err_class parcels_send(struct writer *w, struct shop_state *s, struct sending *v,
                                       size_t n, struct err *e);

MUST_CHECK enum err_class parcel_record(struct writer *w, struct shop_state *s,
                                        const struct job *j, const struct made *made,
                                        const char *message, struct err *e);
/* Wanted again, unless another intent or release came after what j shows. */
struct release {
    struct time_us due;
    struct time_us gone_at; /* units are missing since; 0: are not */
    bool refused, held;     /* by a user error; until a person acts */
    const char *why;
};
MUST_CHECK enum err_class parcel_release(struct writer *w, struct shop_state *s,
                                         const struct job *j, const struct release *r,
                                         struct err *e);
MUST_CHECK enum err_class parcel_refuse(struct writer *w, struct shop_state *s, int64_t order,
                                        struct str parcel, bool cancelled, const char *why,
                                        struct err *e);

#endif
