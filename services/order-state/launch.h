/*
 * launch.h: tells the database when each shop went over to us, and brings known orders in line.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef ORDER_STATE_LAUNCH_H
#define ORDER_STATE_LAUNCH_H

#include "config.h"
#include "pg/pg.h"

/* Takes the first "shop time" off *list: false at its end; FATAL when it is not that. */
MUST_CHECK enum err_class launch_next(struct str *list, bool *found, struct str *shop,
                                      struct time_us *at, struct err *e);
/* FATAL: the option cannot be read, or the database has said no. */
MUST_CHECK enum err_class launch_shops(const struct order_state_conf *conf, struct service *s,
                                       struct pg *db, struct err *e);

#endif
