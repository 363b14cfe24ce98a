/*
 * crew.h: a thread for each shop, so that one that answers slowly, or not at all, delays no other.
 *
 * All threads share one lock, which a thread gives up only while it waits: for its shop, or for its
 * next turn.  What they share is therefore as safe as in one thread: nothing is in the middle of
 * anything whenever another one runs.  Each shop has its own database connection, because what was
 * begun there belongs together.
 *
 * Errors   of a turn are ours, not the shop's: RETRY is done again after a second, FATAL ends all.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PUBLISHING_CREW_H
#define PUBLISHING_CREW_H

#include <pthread.h>

#include "pg/pg.h"
#include "publishing/trouble.h"

/* One shop, and who works for it. */
struct crew_member {
    void *self;
    enum err_class (*turn)(void *self, struct err *e); /* does a bounded amount */
    int64_t (*due_ms)(const void *self);               /* of the next turn (monotonic) */
    void (*release)(void *self);                       /* the end: others may take the shop */
    struct shopify *api;
    struct pg *db;
    struct trouble *trouble;
    int64_t *lease_due_ms;
};

struct crew;
struct crew_seat { struct crew *crew; struct crew_member member; pthread_t id; };
struct crew {
    struct service *svc;
    struct crew_seat seats[SHOPS_MAX];
    size_t n, n_threads;       /* of which run */
    pthread_mutex_t mutex;     /* of the following */
    pthread_cond_t turns, news;
    uint64_t next, serving;    /* the lock: first come, first served, so that nobody starves */
    uint64_t told;             /* how often there were news: hints, or the end */
    struct err failure;        /* of a thread: the process ends with it */
};

void crew_open(struct crew *c, struct service *svc);
void crew_fini(struct crew *c);
void crew_add(struct crew *c, const struct crew_member *m);
MUST_CHECK enum err_class crew_start(struct crew *c, struct err *e);
/* All threads have ended when this returns; class and e: why, ERR_NONE when we are told to. */
void crew_end(struct crew *c, enum err_class class, const struct err *e);

/* For threads beside the crew: what it shares is touched only between the two. */
void crew_enter(struct crew *c);
void crew_leave(struct crew *c);
/* There is something to do before it was due. */
void crew_tell(struct crew *c);
/* The error with which a thread has ended, if one has. */
MUST_CHECK enum err_class crew_failure(struct crew *c, struct err *e);

#endif
