/*
 * lease.h: who does a thing that only one may do: rows (name, owner, token, expires_at).
 *
 * The token grows with every new owner; each write that depends on the lease checks it
 * (`lease_check.sql`: raises). Every call is a transaction of its own.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SERVICE_LEASE_H
#define SERVICE_LEASE_H

#include "pg/pg.h"
#include "service/service.h"

struct lease {
    char name[128];
    int64_t token;        /* 0: not held */
    int64_t until_ms;     /* monotonic; act only before it */
};
/* Takes, keeps or fails to take the lease for ttl_ms; l->token tells. Errors only for the database's. */
MUST_CHECK enum err_class lease_hold(struct service *s, struct pg *db, struct lease *l, int64_t ttl_ms,
                                     struct err *e);
bool lease_is_held(const struct lease *l);
/* Inside a transaction: raises (FATAL class RETRY) unless the token is still the row's. */
MUST_CHECK enum err_class lease_check(struct pg *db, const struct lease *l, struct err *e);
MUST_CHECK enum err_class lease_release(struct pg *db, struct lease *l, struct err *e);

#endif
