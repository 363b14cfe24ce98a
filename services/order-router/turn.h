/*
 * turn.h: one turn of the router: take, look, decide, write; one transaction.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef ORDER_ROUTER_TURN_H
#define ORDER_ROUTER_TURN_H

#include "base/arena.h"
#include "config.h"
#include "pg/pg.h"

/* *routed: orders looked at; 0 when none is due. After an error nothing of the turn
 * has happened. */
MUST_CHECK enum err_class router_turn(struct pg *db, const struct order_router_conf *conf,
                                      struct arena *mem, size_t *routed, struct err *e);

#endif
