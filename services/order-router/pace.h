/*
 * pace.h: how long to wait between two looks at the queue: hardly while orders come, and so long
 * that an idle router costs nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef ORDER_ROUTER_PACE_H
#define ORDER_ROUTER_PACE_H

#include "config.h"
#include "pg/pg.h"

struct pace {
    const struct order_router_conf *conf;
    int64_t wait_ms, busy_until_ms; /* monotonic */
    int attempt;                    /* turns in a row that failed */
};
struct pace pace_new(const struct order_router_conf *conf);
/* After a turn that ended with class and routed some orders. RETRY: backs off and heals
 * the connection. */
MUST_CHECK enum err_class pace_wait(struct pace *p, struct service *svc, struct pg *db,
                                    enum err_class class, size_t routed, struct err *e);

#endif
