/*
 * feeds.c: the table; see feeds.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "feeds.h"

#include "domain/allocations.h"
#include "domain/atp.h"
#include "domain/fulfillment_request.h"
#include "domain/fulfillments.h"
#include "domain/stock.h"
#include "outbound_producer_sql.h"

/* name_canonical(): decode into the domain's struct, emit. */
#define CANONICAL(name, type)                                                                   \
    static enum err_class name##_canonical(struct str json, struct arena *mem, struct buf *ret, \
                                           struct err *e)                                       \
    {                                                                                           \
        type v;                                                                                 \
        TRY(name##_decode(json, mem, &v, e));                                                   \
        name##_emit(ret, &v);                                                                   \
        return buf_check(ret, #name, e);                                                        \
    }                                                                                           \
    struct name##_swallow_semicolon_

CANONICAL(atp, struct atp);
CANONICAL(allocations, struct allocations);
CANONICAL(fulfillments, struct fulfillments);
CANONICAL(fulfillment_request, struct fulfillment_request);
CANONICAL(stock, struct stock);

const struct feed feeds[FEEDS] = {
    { ATP_TOPIC, ATP_TYPE, FEED_ATP, &sql_pending_atp, atp_canonical },
    { FULFILLMENTS_TOPIC, FULFILLMENTS_TYPE, FEED_OUTBOX, &sql_pending_fulfillments,
      fulfillments_canonical },
    { FULFILLMENT_REQUEST_TOPIC, FULFILLMENT_REQUEST_TYPE, FEED_REQUESTS, &sql_pending_requests,
      fulfillment_request_canonical },
    { ALLOCATIONS_TOPIC, ALLOCATIONS_TYPE, FEED_OUTBOX, &sql_pending_allocations,
      allocations_canonical },
    { STOCK_TOPIC, STOCK_TYPE, FEED_OUTBOX, &sql_pending_stock, stock_canonical },
};

enum err_class
feed_mark(struct pg *db, const struct feed *f, const struct sent *s, struct time_us at,
          struct err *e)
{
    const size_t n = s->n;

    switch (f->source) {
    case FEED_ATP:
        return pg_send(db, e, &sql_mark_atp, PG_TEXTS(s->ids, n), PG_I64S(s->versions, n));
    case FEED_REQUESTS:
        return pg_send(db, e, &sql_mark_requests, PG_TEXTS(s->ids, n), PG_I64S(s->versions, n),
                       PG_I64S(s->partitions, n), PG_I64S(s->offsets, n), PG_TIME(at));
    case FEED_OUTBOX:
        break;
    }
    return pg_send(db, e, &sql_mark_outbox, PG_CSTR(f->topic), PG_TEXTS(s->ids, n),
                   PG_I64S(s->versions, n), PG_I64S(s->partitions, n), PG_I64S(s->offsets, n),
                   PG_TIME(at));
}
