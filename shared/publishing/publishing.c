/*
 * publishing.c: a publisher at work: one thread takes webhooks, the crew serves the shops; see
 * publishing.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "publishing/publishing.h"

#include "publishing/crew.h"
#include "publishing/intake.h"

enum { WEBHOOKS_WAIT_MS = 500 };

struct publishing {
    struct service *svc;
    struct desk desk; /* of webhooks */
    struct worker workers[SHOPS_MAX];
    struct desk desks[SHOPS_MAX]; /* of the shops */
    struct intake intake;
    struct stream *webhooks;
    struct crew crew;
};

static void
publishing_free(struct publishing *p)
{
    if (p == NULL)
        return;
    stream_free(p->webhooks);
    for (size_t i = 0; i < p->intake.n_workers; i++) {
        worker_fini(&p->workers[i]);
        desk_fini(&p->desks[i]);
    }
    desk_fini(&p->desk);
    crew_fini(&p->crew);
    free(p);
}
DEFINE_CLEANUP(publishing_free, struct publishing *);

/* Waiting for webhooks takes no lock; taking them does. */
static enum err_class
take_batch(void *ctx, struct pg *db, struct batch *b, struct err *e)
{
    struct publishing *p = ctx;

    crew_enter(&p->crew);
    const enum err_class class = intake_apply(&p->intake, db, b, e);
    crew_leave(&p->crew);
    return class;
}

static enum err_class
turn(void *self, struct err *e)
{
    return worker_turn(self, e);
}

static int64_t
due_ms(const void *self)
{
    return worker_due_ms(self);
}

static void
release(void *self)
{
    worker_release(self);
}

static enum err_class
open_shop(struct publishing *p, size_t i, const struct publishing_spec *spec,
          const struct shop_conf *shop, struct err *e)
{
    struct worker *w = &p->workers[i];

    TRY(desk_open(&p->desks[i], p->svc, e));
    TRY(worker_open(w, spec, &p->desks[i], &p->desk, shop, e));
    const struct crew_member member = {
        .self = w,
        .turn = turn,
        .due_ms = due_ms,
        .release = release,
        .api = w->api,
        .db = p->desks[i].db,
        .trouble = &w->trouble,
        .lease_due_ms = &w->lease_due_ms,
    };
    crew_add(&p->crew, &member);
    return ERR_NONE;
}

static enum err_class
open_all(struct publishing *p, const struct publishing_spec *spec, const struct conf_list *shops,
         struct err *e)
{
    static const char *const topics[] = { "shopify-webhooks", NULL };
    const struct shop_conf *v = shops->v;

    if (shops->n == 0 || shops->n > SHOPS_MAX)
        return err_set(e, ERR_FATAL, "config", "%zu shops: configure 1 to %d sections [shop.NAME]",
                       shops->n, SHOPS_MAX);
    TRY(shops_check(shops, e));
    TRY(desk_open(&p->desk, p->svc, e));
    p->intake = (struct intake){ .spec = spec, .desk = &p->desk, .workers = p->workers };
    for (size_t i = 0; i < shops->n; i++) {
        p->intake.n_workers++;
        TRY(open_shop(p, i, spec, &v[i], e));
    }
    const struct stream_spec stream = {
        .group = spec->name, .topics = topics, .apply = take_batch, .ctx = p,
    };
    return stream_open(&p->webhooks, p->svc, p->desk.db, &stream, e);
}

static enum err_class
take_webhooks(struct publishing *p, struct err *e)
{
    stream_wait(p->webhooks, WEBHOOKS_WAIT_MS);
    service_beat(p->svc);
    enum err_class class = stream_step(p->webhooks, NULL, e);
    if (class == ERR_NONE)
        class = crew_failure(&p->crew, e);
    if (p->intake.news || class != ERR_NONE)
        crew_tell(&p->crew);
    p->intake.news = false;
    return class;
}

enum err_class
publishing_run(struct service *s, const struct publishing_spec *spec, const struct conf_list *shops,
               struct err *e)
{
    CLEANUP(publishing_free) struct publishing *p = calloc(1, sizeof(*p));
    enum err_class class = ERR_NONE;

    if (p == NULL)
        return err_set(e, ERR_FATAL, "ENOMEM", "no memory for %s", spec->name);
    p->svc = s;
    crew_open(&p->crew, s);
    TRY(open_all(p, spec, shops, e));
    service_ready(s);
    class = crew_start(&p->crew, e);
    while (class == ERR_NONE && !service_stopping(s))
        class = take_webhooks(p, e);
    crew_end(&p->crew, class, e);
    return class;
}
