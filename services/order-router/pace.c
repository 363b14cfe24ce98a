/*
 * pace.c: doubling waits; see pace.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "pace.h"

#include "base/clock.h"
#include "metrics/metrics.h"

static struct metric retries_total = METRIC(
    METRIC_COUNTER, "millrace_route_retries_total",
    "Turns that were rolled back and tried again: the database was away, or somebody else held a "
    "lock for too long.");

struct pace
pace_new(const struct order_router_conf *conf)
{
    return (struct pace){ .conf = conf, .wait_ms = conf->poll_ms };
}

static enum err_class
back_off(struct pace *p, struct service *svc, struct pg *db, struct err *e)
{
    metric_add(&retries_total, "", 1);
    service_back_off(svc, &p->attempt, e);
    const enum err_class class = service_pg_restore(svc, db, e);
    return class == ERR_RETRY ? ERR_NONE : class;
}

enum err_class
pace_wait(struct pace *p, struct service *svc, struct pg *db, enum err_class class, size_t routed,
          struct err *e)
{
    const int64_t now_ms = clock_monotonic_ms();

    if (class == ERR_RETRY)
        return back_off(p, svc, db, e);
    p->attempt = 0;
    if (routed == (size_t)p->conf->batch_max)
        return ERR_NONE; /* there is more */
    if (routed > 0)
        p->busy_until_ms = now_ms + p->conf->busy_ms;
    if (now_ms < p->busy_until_ms)
        p->wait_ms = p->conf->poll_ms;
    else if (p->wait_ms * 2 < p->conf->poll_idle_ms)
        p->wait_ms *= 2;
    else
        p->wait_ms = p->conf->poll_idle_ms;
    service_wait_ms(svc, p->wait_ms);
    return ERR_NONE;
}
