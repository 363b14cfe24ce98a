/*
 * reconciler: proves that what is here is what Shopify has, and heals what is not.
 *
 *   in   Shopify (searches every minute, bulk operations once a day), the tables of state
 *   out  reconcile_run, drift; hints, by which the publishers read again; exceptions of kind drift
 *
 * It changes no state itself: what differs is read again by the same path as everything else.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/clock.h"
#include "base/log.h"
#include "reconciler_documents.h"
#include "reconciler_sql.h"
#include "shop.h"
#include "shopify/document.h"

enum { IDLE_MS = 1000, BROKEN_MS = 1000 };

static const struct service_spec spec = {
    .name = "reconciler",
    .summary = "compares what is here with what Shopify shows, and has the difference read again",
    .sections = config_sections,
    .n_sections = CONFIG_SECTIONS,
    .conf_size = sizeof(struct config),
    .check = config_check,
};

struct watches {
    struct watch v[SHOPS_MAX];
    size_t n;
};

static void
watches_fini(struct watches *w)
{
    for (size_t i = 0; i < w->n; i++)
        watch_fini(&w->v[i]);
}

DEFINE_CLEANUP(watches_fini, struct watches *);

static enum err_class
open_watches(struct watches *w, struct service *svc, struct pg *db, const struct config *cfg,
             struct err *e)
{
    const struct shop_conf *shops = cfg->shops.v;

    for (size_t i = 0; i < cfg->shops.n; i++) {
        w->n++;
        TRY(watch_open(&w->v[i], svc, db, &cfg->reconciler, &shops[i], e));
    }
    return ERR_NONE;
}

/* Our own failures: the comparison is made again. */
static enum err_class
recover(struct watch *w, struct err *e)
{
    if (e->class == ERR_FATAL)
        return ERR_FATAL;
    LOG_WARN(MSG("turn failed, repeated"), KV("shop", w->shop->key),
             KV("code", (const char *)e->code), KV("error", (const char *)e->text));
    pg_rollback(w->db);
    w->trouble.not_before_ms = w->lease_due_ms = clock_monotonic_ms() + BROKEN_MS;
    w->ready = false;
    return service_pg_restore(w->svc, w->db, e) == ERR_FATAL ? ERR_FATAL : ERR_NONE;
}

static enum err_class
turn(struct watches *watches, struct service *svc, struct err *e)
{
    int64_t wait_ms = IDLE_MS;

    for (size_t i = 0; i < watches->n; i++) {
        service_beat(svc);
        if (watch_turn(&watches->v[i], e) != ERR_NONE)
            TRY(recover(&watches->v[i], e));
        const int64_t due_ms = watch_due_ms(&watches->v[i]) - clock_monotonic_ms();
        wait_ms = due_ms < wait_ms ? due_ms : wait_ms;
    }
    if (wait_ms > 0)
        service_wait_ms(svc, wait_ms);
    return ERR_NONE;
}

static enum err_class
run(int argc, char **argv, struct config *cfg, struct err *e)
{
    static struct watches store;
    CLEANUP(service_free) struct service *svc = NULL;
    CLEANUP(pg_free) struct pg *db = NULL;
    CLEANUP(watches_fini) struct watches *watches = &store;

    TRY(service_start(&svc, &spec, argc, argv, cfg, e));
    TRY(documents_check(reconciler_documents, e));
    TRY(service_pg_open(svc, &db, reconciler_sql, e));
    TRY(open_watches(watches, svc, db, cfg, e));

    service_ready(svc);
    while (!service_stopping(svc))
        TRY(turn(watches, svc, e));
    for (size_t i = 0; i < watches->n; i++)
        watch_release(&watches->v[i]);
    return ERR_NONE;
}

int
main(int argc, char **argv)
{
    struct config cfg = { 0 };
    struct err e = { 0 };

    return run(argc, argv, &cfg, &e) == ERR_NONE ? 0 : service_exit(&e);
}
