/*
 * lease.h: who does a thing that only one may do: rows (name, owner, token, expires_at).
 *
 * The token grows with every new owner; each write that depends on the lease checks it in its own
 * transaction.  lease_hold() and lease_release() are transactions of their own.
 *
 * An owner is a slot and a number drawn at its start: a restarted process takes a lease at once
 * from its former self, but one that was replaced does not take it back from its successor.
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
/* Takes, keeps or fails to take it for ttl_ms; l->token tells. Errors are the database's only. */
MUST_CHECK enum err_class lease_hold(struct service *s, struct pg *db, struct lease *l,
                                     int64_t ttl_ms, struct err *e);
bool lease_is_held(const struct lease *l);
/* Inside a transaction, before its writes: RETRY unless the token is still ours; locks the row. */
MUST_CHECK enum err_class lease_check(struct pg *db, const struct lease *l, struct err *e);
/* For those who stop: released if that can be done, else it ends by itself, and is said. */
void lease_give_back(struct pg *db, struct lease *l);
MUST_CHECK enum err_class lease_release(struct pg *db, struct lease *l, struct err *e);

#endif
