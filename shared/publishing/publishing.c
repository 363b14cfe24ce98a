/*
 * publishing.c: the threads of a publisher: one for webhooks, one for each shop; see publishing.h.
 *
 * A shop that answers slowly, or not at all, must not delay another.  So each has a thread, and all
 * threads share one lock, which a thread gives up while it waits, for its shop or for webhooks.
 * What they share is therefore as safe as in one thread: nothing is in the middle of anything
 * whenever another one runs.  Each has its own database connection and producer, because what was
 * queued and what was begun belong together.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "publishing/publishing.h"

#include <pthread.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "publishing/intake.h"

enum { WEBHOOKS_WAIT_MS = 500, SHOP_WAIT_MS = 500, BROKEN_MS = 1000 };

struct shop_thread { struct publishing *p; struct worker *w; struct desk desk; pthread_t id; };
struct publishing {
    struct service *svc;
    struct desk desk; /* of webhooks */
    struct worker workers[SHOPS_MAX];
    struct shop_thread threads[SHOPS_MAX];
    size_t n_threads; /* that run */
    struct intake intake;
    struct stream *webhooks;
    pthread_mutex_t mutex;     /* of the following */
    pthread_cond_t turns, news;
    uint64_t next, serving;    /* the lock: first come, first served, so that nobody starves */
    uint64_t told;             /* how often there were news: hints, or the end */
    struct err failure;  /* of a thread: the process ends with it */
};

static void
publishing_free(struct publishing *p)
{
    if (p == NULL)
        return;
    stream_free(p->webhooks);
    for (size_t i = 0; i < p->intake.n_workers; i++) {
        worker_fini(&p->workers[i]);
        desk_fini(&p->threads[i].desk);
    }
    desk_fini(&p->desk);
    pthread_cond_destroy(&p->news);
    pthread_cond_destroy(&p->turns);
    pthread_mutex_destroy(&p->mutex);
    free(p);
}
DEFINE_CLEANUP(publishing_free, struct publishing *);

static void
enter(struct publishing *p)
{
    pthread_mutex_lock(&p->mutex);
    const uint64_t ticket = p->next++;
    while (ticket != p->serving)
        pthread_cond_wait(&p->turns, &p->mutex);
    pthread_mutex_unlock(&p->mutex);
}

static void
leave(struct publishing *p)
{
    pthread_mutex_lock(&p->mutex);
    p->serving++;
    pthread_cond_broadcast(&p->turns);
    pthread_mutex_unlock(&p->mutex);
}

static void
tell_news(struct publishing *p)
{
    pthread_mutex_lock(&p->mutex);
    p->told++;
    pthread_cond_broadcast(&p->news);
    pthread_mutex_unlock(&p->mutex);
}

/* A thread waits for its shop: the others may go on. */
static void
on_wait(void *ctx, bool waiting)
{
    struct publishing *p = ctx;

    if (waiting)
        leave(p);
    else
        enter(p);
}

/* Waiting for webhooks takes no lock; taking them does. */
static enum err_class
take_batch(void *ctx, struct pg *db, struct batch *b, struct err *e)
{
    struct publishing *p = ctx;

    enter(p);
    const enum err_class class = intake_apply(&p->intake, db, b, e);
    leave(p);
    return class;
}

static enum err_class
open_shop(struct publishing *p, size_t i, const struct publishing_spec *spec,
          const struct shop_conf *shop, struct err *e)
{
    struct shop_thread *t = &p->threads[i];

    t->p = p;
    t->w = &p->workers[i];
    TRY(desk_open(&t->desk, p->svc, e));
    TRY(worker_open(t->w, spec, &t->desk, &p->desk, shop, e));
    shopify_on_wait(t->w->api, on_wait, p);
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

/* Our own failures: what is not committed is done again. */
static enum err_class
recover(struct publishing *p, struct worker *w, struct err *e)
{
    if (e->class == ERR_FATAL)
        return ERR_FATAL;
    LOG_WARN(MSG("turn failed, repeated"), KV("shop", w->shop->key),
             KV("code", (const char *)e->code), KV("error", (const char *)e->text));
    pg_rollback(w->desk->db);
    w->trouble.not_before_ms = clock_monotonic_ms() + BROKEN_MS;
    if (w->lease_due_ms < w->trouble.not_before_ms)
        w->lease_due_ms = w->trouble.not_before_ms;
    return service_pg_restore(p->svc, w->desk->db, e) == ERR_FATAL ? ERR_FATAL : ERR_NONE;
}

static struct timespec
after_ms(int64_t ms)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    const int64_t ns = at.tv_nsec + ms % 1000 * INT64_C(1000000);
    at.tv_sec += ms / 1000 + ns / INT64_C(1000000000);
    at.tv_nsec = ns % INT64_C(1000000000);
    return at;
}

/* Sleeps until the shop has something to do, or news come; others go on meanwhile. */
static void
rest(struct publishing *p, const struct worker *w)
{
    const int64_t due_ms = worker_due_ms(w) - clock_monotonic_ms();
    const struct timespec until = after_ms(due_ms < SHOP_WAIT_MS ? due_ms : SHOP_WAIT_MS);
    const uint64_t told = p->told;
    int late = 0;

    leave(p);
    if (due_ms > 0) {
        pthread_mutex_lock(&p->mutex);
        while (late == 0 && told == p->told)
            late = pthread_cond_timedwait(&p->news, &p->mutex, &until);
        pthread_mutex_unlock(&p->mutex);
    }
    enter(p);
}

static void *
serve_shop(void *ctx)
{
    struct shop_thread *t = ctx;
    struct publishing *p = t->p;
    struct err e = { 0 };

    enter(p);
    while (!service_stopping(p->svc) && p->failure.class == ERR_NONE) {
        if (worker_turn(t->w, &e) != ERR_NONE && recover(p, t->w, &e) != ERR_NONE)
            p->failure = e;
        rest(p, t->w);
    }
    worker_release(t->w);
    leave(p);
    return NULL;
}

static enum err_class
start_shops(struct publishing *p, struct err *e)
{
    for (size_t i = 0; i < p->intake.n_workers; i++) {
        if (pthread_create(&p->threads[i].id, NULL, serve_shop, &p->threads[i]) != 0)
            return err_set(e, ERR_FATAL, "thread", "no thread for shop %s",
                           p->workers[i].shop->key);
        p->n_threads++;
    }
    return ERR_NONE;
}

static enum err_class
take_webhooks(struct publishing *p, struct err *e)
{
    stream_wait(p->webhooks, WEBHOOKS_WAIT_MS);
    service_beat(p->svc);
    enum err_class class = stream_step(p->webhooks, NULL, e);
    enter(p);
    if (class == ERR_NONE && p->failure.class != ERR_NONE) {
        *e = p->failure;
        class = e->class;
    }
    if (p->intake.news || class != ERR_NONE)
        tell_news(p);
    p->intake.news = false;
    leave(p);
    return class;
}

/* All threads have ended when this returns. */
static void
end_shops(struct publishing *p, enum err_class class, const struct err *e)
{
    enter(p);
    if (class != ERR_NONE && p->failure.class == ERR_NONE)
        p->failure = *e;
    tell_news(p);
    leave(p);
    for (size_t i = 0; i < p->n_threads; i++)
        pthread_join(p->threads[i].id, NULL);
    p->n_threads = 0;
}

static void
init_lock(struct publishing *p)
{
    pthread_condattr_t attributes;

    pthread_mutex_init(&p->mutex, NULL);
    pthread_cond_init(&p->turns, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&p->news, &attributes);
    pthread_condattr_destroy(&attributes);
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
    init_lock(p);
    TRY(open_all(p, spec, shops, e));
    service_ready(s);
    class = start_shops(p, e);
    while (class == ERR_NONE && !service_stopping(s))
        class = take_webhooks(p, e);
    end_shops(p, class, e);
    return class;
}
