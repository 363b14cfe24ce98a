/*
 * loop.c: lease, look, compute, publish, sleep; see loop.h.
 *
 * Two processes that publish at once could leave the older version of a key as its last record.  So
 * the lease is renewed when a quarter of it is gone, directly before values are sent as well;
 * nothing is sent when less than half of it is left; and what Kafka has not got half a lease later
 * is never sent: before the lease ends, all of it is there or given up.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "loop.h"

#include <stdio.h>

#include "announce.h"
#include "base/clock.h"
#include "base/log.h"
#include "compute.h"

#define LEASE_LOST "MR002" /* lease_check()'s: what memory says of the lease is wrong */
enum { STANDBY_MS = 500 };

struct loop {
    struct service *svc;
    struct pg *db;
    struct publisher *out;
    const struct producer_conf *cfg;
    struct lease lease;
    struct told told;
    struct arena *mem;
    int64_t sleep_ms;      /* the next idle turn's */
    int64_t judge_at_ms;   /* monotonic */
    int attempt;           /* failures in a row */
};

int64_t
loop_delivery_ms(const struct producer_conf *cfg)
{
    return cfg->lease_ms / 2;
}

enum err_class
loop_open(struct loop **ret, struct service *svc, struct pg *db, struct publisher *out,
          const struct producer_conf *cfg, struct err *e)
{
    struct loop *l = calloc(1, sizeof *l);

    if (l == NULL)
        return err_set(e, ERR_FATAL, "", "no memory for the loop");
    *l = (struct loop){ .svc = svc, .db = db, .out = out, .cfg = cfg, .mem = arena_new(),
                        .sleep_ms = cfg->poll_min_ms };
    (void)snprintf(l->lease.name, sizeof l->lease.name, "outbound-producer");
    *ret = l;
    return ERR_NONE;
}

void
loop_free(struct loop *l)
{
    if (l == NULL)
        return;
    told_fini(&l->told);
    arena_free(l->mem);
    free(l);
}

/* Without it the process stands by. */
static enum err_class
hold_lease(struct loop *l, struct err *e)
{
    const bool held = lease_is_held(&l->lease);

    if (held && l->lease.until_ms - clock_monotonic_ms() > l->cfg->lease_ms / 4 * 3)
        return ERR_NONE;
    TRY(lease_hold(l->svc, l->db, &l->lease, l->cfg->lease_ms, e));
    if (lease_is_held(&l->lease) && !held)
        LOG_INFO(MSG("publishing"), KV("lease", (const char *)l->lease.name),
                 KV("token", l->lease.token));
    if (!lease_is_held(&l->lease) && held)
        LOG_WARN(MSG("another process publishes now; standing by"));
    return ERR_NONE;
}

/* What there is to do. */
struct found {
    bool dirty, reads; /* items to compute; reads of Shopify that may wait to be judged */
    bool pending[FEED_SOURCES];
};

static enum err_class
look(struct loop *l, struct found *ret, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;

    TRY(pg_exec(l->db, e, &rows, &sql_look));
    ret->dirty = pg_bool(rows, 0, 0);
    ret->pending[FEED_ATP] = pg_bool(rows, 0, 1);
    ret->pending[FEED_OUTBOX] = pg_bool(rows, 0, 2);
    ret->pending[FEED_REQUESTS] = pg_bool(rows, 0, 3);
    ret->reads = pg_bool(rows, 0, 4);
    return ERR_NONE;
}

/* To find which reads can be judged is planned anew each time: not worth it while there is none. */
static enum err_class
judge(struct loop *l, struct found *f, struct err *e)
{
    if (!f->reads || clock_monotonic_ms() < l->judge_at_ms)
        return ERR_NONE;
    TRY(wake_judgements(l->db, l->cfg->batch, e));
    l->judge_at_ms = clock_monotonic_ms() + l->cfg->judge_interval_ms;
    f->dirty = true;
    return ERR_NONE;
}

/* *worked: there was something to do, so there may be more. */
static enum err_class
work(struct loop *l, bool *worked, struct err *e)
{
    const struct announcer announcer = { l->db, l->out, &l->lease, &l->told, l->cfg->batch,
                                         l->cfg->ack_timeout_ms, loop_delivery_ms(l->cfg) };
    struct found f = { 0 };
    size_t items = 0, sent = 0;
    int64_t changed = 0;

    TRY(look(l, &f, e));
    TRY(judge(l, &f, e));
    if (f.dirty)
        TRY(compute_dirty(l->db, l->mem, l->cfg->batch, &items, &changed, e));
    f.pending[FEED_ATP] = f.pending[FEED_ATP] || changed > 0;
    TRY(hold_lease(l, e)); /* computing may have taken long */
    if (lease_is_held(&l->lease))
        TRY(announce(&announcer, f.pending, &sent, e));
    *worked = items > 0 || sent > 0;
    return ERR_NONE;
}

/* Whatever was sent or computed is safe to do again: nothing of it was marked. */
static enum err_class
back_off(struct loop *l, struct err *e)
{
    struct err again = { 0 };

    pg_rollback(l->db);
    if (strcmp(e->code, LEASE_LOST) == 0)
        l->lease.token = 0;
    service_component(l->svc, "outbound", e->text);
    service_back_off(l->svc, &l->attempt, e);
    const enum err_class class = service_pg_restore(l->svc, l->db, &again);
    if (class == ERR_FATAL)
        *e = again;
    return class == ERR_FATAL ? class : ERR_NONE;
}

enum err_class
loop_turn(struct loop *l, struct err *e)
{
    bool worked = false;

    service_beat(l->svc);
    arena_reset(l->mem);
    enum err_class class = hold_lease(l, e);
    if (class == ERR_NONE && !lease_is_held(&l->lease)) {
        l->attempt = 0; /* standing by is as it should be */
        service_component(l->svc, "outbound", NULL);
        service_wait_ms(l->svc, STANDBY_MS);
        return ERR_NONE;
    }
    if (class == ERR_NONE)
        class = work(l, &worked, e);
    if (class == ERR_RETRY)
        return back_off(l, e);
    if (class != ERR_NONE)
        return class;
    l->attempt = 0;
    service_component(l->svc, "outbound", NULL);
    if (worked) {
        l->sleep_ms = l->cfg->poll_min_ms;
        return ERR_NONE;
    }
    service_wait_ms(l->svc, l->sleep_ms);
    l->sleep_ms = l->sleep_ms * 2 < l->cfg->poll_max_ms ? l->sleep_ms * 2 : l->cfg->poll_max_ms;
    return ERR_NONE;
}

enum err_class
loop_drain(struct loop *l, struct err *e)
{
    if (!lease_is_held(&l->lease))
        return ERR_NONE;
    return lease_release(l->db, &l->lease, e);
}
