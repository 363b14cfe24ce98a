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
#include "publishing/crew.h"
#include "reconciler_documents.h"
#include "shop.h"
#include "shopify/document.h"

enum { BEAT_MS = 500 };

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
    struct crew crew;
};

static void
watches_fini(struct watches *w)
{
    for (size_t i = 0; i < w->n; i++)
        watch_fini(&w->v[i]);
    crew_fini(&w->crew);
}

DEFINE_CLEANUP(watches_fini, struct watches *);

/* After a failure of our own the comparison is made anew. */
static enum err_class
turn(void *self, struct err *e)
{
    struct watch *w = self;
    const enum err_class class = watch_turn(w, e);

    if (class != ERR_NONE)
        w->ready = false;
    return class;
}

static int64_t
due_ms(const void *self)
{
    return watch_due_ms(self);
}

static void
release(void *self)
{
    watch_release(self);
}

static enum err_class
open_watches(struct watches *w, struct service *svc, const struct config *cfg, struct err *e)
{
    const struct shop_conf *shops = cfg->shops.v;

    for (size_t i = 0; i < cfg->shops.n; i++) {
        struct watch *one = &w->v[w->n++];
        TRY(watch_open(one, svc, &cfg->reconciler, &shops[i], e));
        const struct crew_member member = {
            .self = one,
            .turn = turn,
            .due_ms = due_ms,
            .release = release,
            .api = one->api,
            .db = one->db,
            .trouble = &one->trouble,
            .lease_due_ms = &one->lease_due_ms,
        };
        crew_add(&w->crew, &member);
    }
    return ERR_NONE;
}

static enum err_class
run(int argc, char **argv, struct config *cfg, struct err *e)
{
    static struct watches store;
    CLEANUP(service_free) struct service *svc = NULL;
    enum err_class class = ERR_NONE;

    TRY(service_start(&svc, &spec, argc, argv, cfg, e));
    TRY(documents_check(reconciler_documents, e));
    crew_open(&store.crew, svc);
    CLEANUP(watches_fini) struct watches *watches = &store;
    TRY(open_watches(watches, svc, cfg, e));

    service_ready(svc);
    class = crew_start(&watches->crew, e);
    while (class == ERR_NONE && !service_stopping(svc)) {
        service_beat(svc);
        service_wait_ms(svc, BEAT_MS);
        class = crew_failure(&watches->crew, e);
    }
    crew_end(&watches->crew, class, e);
    return class;
}

int
main(int argc, char **argv)
{
    struct config cfg = { 0 };
    struct err e = { 0 };

    return run(argc, argv, &cfg, &e) == ERR_NONE ? 0 : service_exit(&e);
}
