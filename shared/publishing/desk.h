/*
 * desk.h: what all parts of a publisher write with: one producer, one database connection, and the
 * events they put together.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PUBLISHING_DESK_H
#define PUBLISHING_DESK_H

#include "base/arena.h"
#include "domain/fulfillment_orders.h"
#include "domain/order.h"
#include "domain/product.h"
#include "domain/returns.h"
#include "pg/pg.h"
#include "publishing/known.h"
#include "service/publish.h"

enum { ACK_TIMEOUT_MS = 10000 };

struct desk {
    struct service *svc;
    struct pg *db;
    struct publisher *out;
    struct buf text;      /* the body in progress */
    bool failed;     /* the last error was Kafka's or Postgres's, not the shop's */
};

MUST_CHECK enum err_class desk_open(struct desk *d, struct service *s, struct err *e);
void desk_fini(struct desk *d);

/* Queue one fact. topic: `orders`, or `order-updates` with a reason. */
MUST_CHECK enum err_class desk_order(struct desk *d, const char *topic, const struct order *o,
                                     const char *reason, struct err *e);
MUST_CHECK enum err_class
desk_fulfillment_orders(struct desk *d, const struct fulfillment_orders *f, struct err *e);
MUST_CHECK enum err_class desk_returns(struct desk *d, const struct returns *r, struct err *e);
MUST_CHECK enum err_class desk_product(struct desk *d, const struct product *p, struct err *e);
/* Waits until everything queued is acknowledged. */
MUST_CHECK enum err_class desk_settle(struct desk *d, struct err *e);

/* Hashes of bodies without their moment: equal ones say the same. Never 0. */
uint64_t order_sense(struct desk *d, struct order o);
uint64_t fulfillment_orders_sense(struct desk *d, struct fulfillment_orders f);
uint64_t returns_sense(struct desk *d, struct returns r);
uint64_t product_sense(struct desk *d, struct product p);

#endif
