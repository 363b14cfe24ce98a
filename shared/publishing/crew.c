/*
 * crew.c: see crew.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "publishing/crew.h"

#include <time.h>

#include "base/clock.h"
#include "base/log.h"

enum { SHOP_WAIT_MS = 500, BROKEN_MS = 1000 };

void
crew_open(struct crew *c, struct service *svc)
{
    pthread_condattr_t attributes;

    *c = (struct crew){ .svc = svc };
    pthread_mutex_init(&c->mutex, NULL);
    pthread_cond_init(&c->turns, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&c->news, &attributes);
    pthread_condattr_destroy(&attributes);
}

void
crew_fini(struct crew *c)
{
    pthread_cond_destroy(&c->news);
    pthread_cond_destroy(&c->turns);
    pthread_mutex_destroy(&c->mutex);
}

void
crew_enter(struct crew *c)
{
    pthread_mutex_lock(&c->mutex);
    const uint64_t ticket = c->next++;
    while (ticket != c->serving)
        pthread_cond_wait(&c->turns, &c->mutex);
    pthread_mutex_unlock(&c->mutex);
}

void
crew_leave(struct crew *c)
{
    pthread_mutex_lock(&c->mutex);
    c->serving++;
    pthread_cond_broadcast(&c->turns);
    pthread_mutex_unlock(&c->mutex);
}

void
crew_tell(struct crew *c)
{
    pthread_mutex_lock(&c->mutex);
    c->told++;
    pthread_cond_broadcast(&c->news);
    pthread_mutex_unlock(&c->mutex);
}

enum err_class
crew_failure(struct crew *c, struct err *e)
{
    crew_enter(c);
    const enum err_class class = c->failure.class;
    if (class != ERR_NONE)
        *e = c->failure;
    crew_leave(c);
    return class;
}

/* A thread waits for its shop: the others may go on. */
static void
on_wait(void *ctx, bool waiting)
{
    if (waiting)
        crew_leave(ctx);
    else
        crew_enter(ctx);
}

void
crew_add(struct crew *c, const struct crew_member *m)
{
    c->seats[c->n++] = (struct crew_seat){ .crew = c, .member = *m };
    shopify_on_wait(m->api, on_wait, c);
}

/* Our own failures: what is not committed is done again. */
static enum err_class
recover(const struct crew *c, const struct crew_member *m, struct err *e)
{
    if (e->class == ERR_FATAL)
        return ERR_FATAL;
    LOG_WARN(MSG("turn failed, repeated"), KV("shop", m->trouble->shop),
             KV("code", (const char *)e->code), KV("error", (const char *)e->text));
    pg_rollback(m->db);
    m->trouble->not_before_ms = clock_monotonic_ms() + BROKEN_MS;
    if (*m->lease_due_ms < m->trouble->not_before_ms)
        *m->lease_due_ms = m->trouble->not_before_ms;
    return service_pg_restore(c->svc, m->db, e) == ERR_FATAL ? ERR_FATAL : ERR_NONE;
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
rest(struct crew *c, const struct crew_member *m)
{
    const int64_t due_ms = m->due_ms(m->self) - clock_monotonic_ms();
    const struct timespec until = after_ms(due_ms < SHOP_WAIT_MS ? due_ms : SHOP_WAIT_MS);
    const uint64_t told = c->told;
    int late = 0;

    crew_leave(c);
    if (due_ms > 0) {
        pthread_mutex_lock(&c->mutex);
        while (late == 0 && told == c->told)
            late = pthread_cond_timedwait(&c->news, &c->mutex, &until);
        pthread_mutex_unlock(&c->mutex);
    }
    crew_enter(c);
}

static void *
serve_shop(void *ctx)
{
    struct crew_seat *seat = ctx;
    struct crew *c = seat->crew;
    const struct crew_member *m = &seat->member;
    struct err e = { 0 };

    crew_enter(c);
    while (!service_stopping(c->svc) && c->failure.class == ERR_NONE) {
        if (m->turn(m->self, &e) != ERR_NONE && recover(c, m, &e) != ERR_NONE)
            c->failure = e;
        rest(c, m);
    }
    m->release(m->self);
    crew_leave(c);
    return NULL;
}

enum err_class
crew_start(struct crew *c, struct err *e)
{
    for (size_t i = 0; i < c->n; i++) {
        if (pthread_create(&c->seats[i].id, NULL, serve_shop, &c->seats[i]) != 0)
            return err_set(e, ERR_FATAL, "thread", "no thread for shop %s",
                           c->seats[i].member.trouble->shop);
        c->n_threads++;
    }
    return ERR_NONE;
}

void
crew_end(struct crew *c, enum err_class class, const struct err *e)
{
    crew_enter(c);
    if (class != ERR_NONE && c->failure.class == ERR_NONE)
        c->failure = *e;
    crew_leave(c);
    crew_tell(c);
    for (size_t i = 0; i < c->n_threads; i++)
        pthread_join(c->seats[i].id, NULL);
    c->n_threads = 0;
}
