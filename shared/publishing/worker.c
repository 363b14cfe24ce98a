/*
 * worker.c: the turn of one shop, its lease and its pauses; see worker.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "publishing/worker.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "publishing/hints.h"
#include "publishing_sql.h"

enum {
    LEASE_TTL_MS = 15000,
    LEASE_EVERY_MS = 4000,
    HINTS_BUSY_MS = 150, /* what arrives meanwhile shares a batch */
    HINTS_IDLE_MS = 500,
    SWEEP_EVERY_MS = 60000,
};

static struct metric lease_gauge = METRIC(METRIC_GAUGE, "millrace_shop_leased",
                                          "1 while this process works for the shop, by shop.");

enum err_class
worker_open(struct worker *w, const struct publishing_spec *spec, struct desk *desk,
            struct desk *other, const struct shop_conf *shop, struct err *e)
{
    *w = (struct worker){ .spec = spec, .desk = desk, .other = other, .shop = shop };
    trouble_open(&w->trouble, desk->svc, shop);
    (void)snprintf(w->lease.name, sizeof(w->lease.name), "%s/%s", spec->name, shop->key);
    for (; spec->feeds[w->n_feeds] != NULL; w->n_feeds++) {
        struct feed_work *f = &w->feeds[w->n_feeds];
        f->worker = w;
        f->feed = spec->feeds[w->n_feeds];
        (void)snprintf(f->labels, sizeof(f->labels), "shop=\"%s\",stream=\"%s\"", shop->key,
                       f->feed->stream);
    }
    metric_set(&lease_gauge, w->trouble.labels, 0);
    TRY(reading_open(&w->reading, desk, shop, e));
    TRY(reading_share(&w->told, &w->reading, other, e));
    return shopify_open(&w->api, shop, e);
}

void
worker_fini(struct worker *w)
{
    for (size_t i = 0; i < w->n_feeds; i++) {
        free(w->feeds[i].poll.v);
        free(w->feeds[i].past.v);
        load_reset(&w->feeds[i].load);
    }
    reading_unshare(&w->told);
    reading_fini(&w->reading);
    shopify_free(w->api);
}

void
worker_release(struct worker *w)
{
    lease_give_back(w->desk->db, &w->lease);
}

bool
worker_may_call(struct worker *w, enum pace_class c, int64_t cost)
{
    return trouble_may_call(&w->trouble, w->api, c, cost);
}

bool
worker_may_backfill(struct worker *w, int64_t cost, int64_t *due_ms)
{
    const int64_t wait_ms = shopify_wait_ms(w->api, PACE_BACKFILL, cost);

    if (wait_ms > 0)
        *due_ms = clock_monotonic_ms() + wait_ms;
    return wait_ms == 0;
}

static bool
is_denied(const struct worker *w)
{
    bool denied = false;

    for (size_t i = 0; i < w->n_feeds; i++)
        denied = denied || w->feeds[i].load.denied;
    return denied;
}

enum err_class
worker_settle(struct worker *w, enum err_class class, int64_t wait_ms, struct err *e)
{
    if (class == ERR_NONE && is_denied(w)) {
        w->trouble.failures = 0; /* paused until a load goes through, whatever else works */
        return ERR_NONE;
    }
    if (class == ERR_NONE)
        w->version_answered = w->version_answered || w->trouble.paused;
    else if (class != ERR_RETRY && !w->desk->failed && strcmp(e->code, "VERSION") == 0)
        w->version_refused = true;
    return trouble_settle(&w->trouble, class, wait_ms, w->desk->failed, e);
}

enum err_class
worker_settle_feed(struct worker *w, struct feed_work *f, enum err_class class, int64_t wait_ms,
                   struct err *e)
{
    if (class != ERR_FATAL || w->desk->failed || f->feed->scope == NULL
        || strcmp(e->code, "ACCESS_DENIED") != 0)
        return worker_settle(w, class, wait_ms, e);
    f->off = true;
    LOG_ERROR(MSG("the token may not read this: the shop goes on without; grant the scope, install "
                  "the app anew, and restart"),
              KV("shop", w->shop->key), KV("stream", f->feed->stream), KV("scope", f->feed->scope),
              KV("error", (const char *)e->text));
    return ERR_NONE;
}

/* What was read does not show the order's returns: they are read on their own. */
static void
want_returns(struct worker *w, const struct fact_note *note, struct time_us now, struct hints *h)
{
    const struct hint one = {
        .shop = str_of(w->shop->key),
        .resource = hint_resource(w->reading.mem, RETURNS_HINT, note->id),
        .reason = note->asked ? STR("asked with its order") : STR("webhook or poll of its order"),
        .due_at = now,
        .triggered_at = note->updated_at,
    };
    hints_add(h, w->reading.mem, &one);
}

/* A mapping that fails is our bug or Shopify's novelty: the object is kept, and people are told. */
enum err_class
worker_note(struct worker *w, const struct feed_work *f, const char *type, struct err *e)
{
    const struct time_us now = clock_now();
    struct arena *mem = w->reading.mem;
    struct hints h = { 0 };

    for (size_t i = 0; i < w->reading.n_notes; i++) {
        const struct fact_note *note = &w->reading.notes[i];
        if (note->returns)
            want_returns(w, note, now, &h);
        if (!note->bad)
            continue;
        const struct str resource = hint_resource(mem, type, note->id);
        const struct str subject = arena_printf(mem, "%s/%.*s", w->shop->key, (int)resource.n,
                                                resource.p);
        const struct str why = str_of(note->why);
        const struct hint hint = {
            .shop = str_of(w->shop->key),
            .resource = resource,
            .reason = STR(HINT_UNREADABLE),
            .due_at = { now.v + UNREADABLE_US },
            .triggered_at = missing_since(f, note->began),
            .holds_watermark = true,
        };
        LOG_ERROR(MSG("cannot be understood"), KV("subject", subject), KV("error", why));
        hints_add(&h, mem, &hint);
        TRY(pg_send(w->desk->db, e, &sql_open_exception, PG_CSTR("unreadable"),
                    PG_TEXTS(&subject, 1), PG_TEXTS(&why, 1), PG_TIME(now)));
    }
    if (h.n == 0)
        return ERR_NONE;
    TRY(hints_save(w->desk->db, &h, mem, e));
    return pg_flush(w->desk->db, e);
}

enum err_class
worker_keep(struct worker *w, struct err *e)
{
    if (clock_monotonic_ms() < w->lease_due_ms)
        return ERR_NONE;
    const bool held = w->lease.token != 0;
    w->lease_due_ms = clock_monotonic_ms() + LEASE_EVERY_MS;
    TRY(lease_hold(w->desk->svc, w->desk->db, &w->lease, LEASE_TTL_MS, e));
    if (held == (w->lease.token != 0))
        return ERR_NONE;
    LOG_INFO(MSG(held ? "lease lost" : "lease taken"), KV("lease", (const char *)w->lease.name));
    metric_set(&lease_gauge, w->trouble.labels, w->lease.token != 0);
    w->ready = false;
    return held ? err_set(e, ERR_RETRY, "MR002", "lease %s: another owner took it", w->lease.name)
                : ERR_NONE;
}

/* A stream that was never read begins where the load of orders began, or now.  Now is by our own
 * clock, as long as the shop has not answered: the overlap makes up for what it may be ahead. */
static struct time_us
first_through(struct worker *w, struct err *e, enum err_class *class)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    const struct time_us now = shopify_now(w->api);

    *class = w->spec->needs_load == NULL
                 ? ERR_NONE
                 : pg_exec(w->desk->db, e, &rows, &sql_read_cursor, PG_CSTR(w->shop->key),
                           PG_CSTR(w->spec->needs_load));
    if (rows == NULL || pg_n(rows) == 0 || pg_is_null(rows, 0, 3))
        return settled_before(w->shop,
                              (struct time_us){ now.v - w->shop->overlap_ms * US_PER_MS });
    const struct time_us began = pg_time(rows, 0, 3);
    return settled_before(w->shop, began.v < now.v ? began : now);
}

enum err_class
cursor_read(struct worker *w, struct feed_work *f, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    enum err_class class = ERR_NONE;

    if (f->feed->search == NULL)
        return ERR_NONE;
    f->poll.state = f->past.state = POLL_IDLE;
    f->poll.deep_due_ms = 0;
    load_reset(&f->load);
    f->refetch = (struct refetch){ 0 };
    TRY(pg_exec(w->desk->db, e, &rows, &sql_read_cursor, PG_CSTR(w->shop->key),
                PG_CSTR(f->feed->stream)));
    f->through = pg_n(rows) > 0 ? pg_time(rows, 0, 0) : (struct time_us){ 0 };
    if (pg_n(rows) > 0 && str_is(pg_text(rows, 0, 1), "done"))
        f->load.state = LOAD_DONE;
    if (pg_n(rows) > 0 && str_is(pg_text(rows, 0, 1), "running")) {
        const struct str id = pg_text(rows, 0, 2);
        (void)snprintf(f->load.operation, sizeof(f->load.operation), "%.*s", (int)id.n, id.p);
        f->load.began = pg_time(rows, 0, 3);
        f->load.state = LOAD_RUNNING;
    }
    if (f->through.v == 0 && f->feed->bulk == NULL)
        f->through = first_through(w, e, &class);
    f->trusted = f->through;
    return class;
}

/* True in *mine when the shop is ours; a new owner reads where it stands. */
static enum err_class
own(struct worker *w, bool *mine, struct err *e)
{
    TRY(worker_keep(w, e));
    *mine = lease_is_held(&w->lease);
    if (!*mine || w->ready)
        return ERR_NONE;
    w->base_known = false; /* the former owner published, and moved the cursors */
    reading_forget(&w->reading, (struct time_us){ INT64_MAX }); /* and may have said otherwise */
    for (size_t i = 0; i < w->n_feeds; i++)
        TRY(cursor_read(w, &w->feeds[i], e));
    w->ready = true;
    return ERR_NONE;
}

/* What was published long before any poll looks again. */
static void
sweep(struct worker *w)
{
    const int64_t keep_us = (w->shop->overlap_ms + w->shop->search_lag_ms + w->shop->replica_lag_ms
                             + SWEEP_EVERY_MS) * US_PER_MS;
    struct time_us oldest = shopify_now(w->api);

    if (clock_monotonic_ms() < w->sweep_due_ms)
        return;
    w->sweep_due_ms = clock_monotonic_ms() + SWEEP_EVERY_MS;
    for (size_t i = 0; i < w->n_feeds; i++)
        if (w->feeds[i].feed->search != NULL && w->feeds[i].through.v < oldest.v)
            oldest = w->feeds[i].through;
    const struct time_us before = { oldest.v - keep_us };
    reading_forget(&w->reading, before);
}

static bool
may_go_on(const struct worker *w)
{
    return clock_monotonic_ms() >= w->trouble.not_before_ms && lease_is_held(&w->lease)
           && !service_stopping(w->desk->svc);
}

static int64_t
least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

bool
worker_is_loaded(const struct worker *w, enum load_state least)
{
    bool loaded = true;

    for (size_t i = 0; i < w->n_feeds; i++)
        loaded = loaded && (w->feeds[i].feed->bulk == NULL || w->feeds[i].off
                            || w->feeds[i].load.state >= least);
    return loaded;
}

/* Polls wait for bulk operations: they would read one by one what those bring at once.  They do not
 * wait for what is read one by one behind an operation. */
static bool
may_poll(const struct worker *w)
{
    return worker_is_loaded(w, LOAD_REREADING);
}

enum err_class
worker_turn(struct worker *w, struct err *e)
{
    bool mine = false;

    TRY(own(w, &mine, e));
    if (mine)
        TRY(upkeep_version(w, e));
    if (!mine || !may_go_on(w))
        return ERR_NONE;
    TRY(upkeep_subscriptions(w, e));
    const bool hints = clock_monotonic_ms() >= w->hints_due_ms;
    if (hints)
        w->hints_due_ms = clock_monotonic_ms() + HINTS_IDLE_MS;
    const bool polls = may_poll(w);
    for (size_t i = 0; i < w->n_feeds; i++) {
        struct feed_work *f = &w->feeds[i];
        if (hints && may_go_on(w))
            TRY(hint_turn(w, f, e));
        if (polls && !f->off && may_go_on(w))
            TRY(poll_turn(w, f, e));
        if (!f->off && may_go_on(w))
            TRY(load_turn(w, f, e));
    }
    if (w->hints_due_ms == 0)
        w->hints_due_ms = clock_monotonic_ms() + HINTS_BUSY_MS;
    sweep(w);
    return ERR_NONE;
}

int64_t
worker_due_ms(const struct worker *w)
{
    const bool polls = may_poll(w);
    int64_t due = w->hints_due_ms;

    if (!w->ready)
        return w->lease_due_ms;
    for (size_t i = 0; i < w->n_feeds; i++) {
        const struct feed_work *f = &w->feeds[i];
        if (f->off)
            continue;
        if (f->feed->bulk != NULL && f->load.state != LOAD_DONE)
            due = least(due, f->load.due_ms);
        if (polls)
            due = least(due, poll_due_ms(f));
    }
    due = due > w->trouble.not_before_ms ? due : w->trouble.not_before_ms;
    return least(due, w->lease_due_ms);
}
