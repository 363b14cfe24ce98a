/*
 * publishing.c: the loop of a publisher: webhooks, then each shop's turn; see publishing.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "publishing/publishing.h"

#include "base/clock.h"
#include "base/log.h"
#include "publishing/intake.h"

enum { IDLE_WAIT_MS = 500, BROKEN_MS = 1000 };

struct publishing {
    struct service *svc;
    struct desk desk;
    struct worker workers[SHOPS_MAX];
    struct intake intake;
    struct stream *webhooks;
};

static void
publishing_free(struct publishing *p)
{
    if (p == NULL)
        return;
    stream_free(p->webhooks);
    for (size_t i = 0; i < p->intake.n_workers; i++)
        worker_fini(&p->workers[i]);
    desk_fini(&p->desk);
    free(p);
}
DEFINE_CLEANUP(publishing_free, struct publishing *);

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
    p->intake = (struct intake){ spec, &p->desk, p->workers, 0 };
    for (size_t i = 0; i < shops->n; i++) {
        p->intake.n_workers++;
        TRY(worker_open(&p->workers[i], spec, &p->desk, &v[i], e));
    }
    const struct stream_spec stream = {
        .group = spec->name, .topics = topics, .apply = intake_apply, .ctx = &p->intake,
    };
    return stream_open(&p->webhooks, p->svc, p->desk.db, &stream, e);
}

/* Our own failures: what is not committed is done again. */
static enum err_class
recover(struct publishing *p, struct worker *w, struct err *e)
{
    if (e->class == ERR_FATAL)
        return ERR_FATAL;
    LOG_WARN(MSG("turn failed, repeated"), KV("shop", w->shop->key),
             KV("code", (const char *)e->code), KV("error", (const char *)e->text));
    pg_rollback(p->desk.db);
    w->not_before_ms = clock_monotonic_ms() + BROKEN_MS;
    w->lease_due_ms = w->lease_due_ms > w->not_before_ms ? w->lease_due_ms : w->not_before_ms;
    return service_pg_restore(p->svc, p->desk.db, e) == ERR_FATAL ? ERR_FATAL : ERR_NONE;
}

static enum err_class
turn(struct publishing *p, struct err *e)
{
    const int64_t now_ms = clock_monotonic_ms();
    int64_t wait_ms = IDLE_WAIT_MS;

    for (size_t i = 0; i < p->intake.n_workers; i++) {
        const int64_t due_ms = worker_due_ms(&p->workers[i]) - now_ms;
        wait_ms = due_ms < wait_ms ? due_ms : wait_ms;
    }
    stream_wait(p->webhooks, wait_ms > 0 ? wait_ms : 0);
    TRY(stream_step(p->webhooks, NULL, e));
    for (size_t i = 0; i < p->intake.n_workers; i++) {
        service_beat(p->svc);
        if (worker_turn(&p->workers[i], e) != ERR_NONE)
            TRY(recover(p, &p->workers[i], e));
    }
    return ERR_NONE;
}

enum err_class
publishing_run(struct service *s, const struct publishing_spec *spec, const struct conf_list *shops,
               struct err *e)
{
    CLEANUP(publishing_free) struct publishing *p = calloc(1, sizeof(*p));

    if (p == NULL)
        return err_set(e, ERR_FATAL, "ENOMEM", "no memory for %s", spec->name);
    p->svc = s;
    TRY(open_all(p, spec, shops, e));
    service_ready(s);
    while (!service_stopping(s))
        TRY(turn(p, e));
    for (size_t i = 0; i < p->intake.n_workers; i++)
        worker_release(&p->workers[i]);
    return ERR_NONE;
}
