/*
 * hint_turn.c: read what hints ask for.
 *
 *   a first read may hit a lagging replica    so one that began early is repeated 10 to 30 s later,
 *                                             unless a poll has read the object meanwhile
 *   fulfilment orders come a moment after     so a new order without any is read again soon
 *   a deletion may overtake the product       so one that is not known yet is looked at again, and
 *                                             people are told when it stays so
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "base/rand.h"
#include "domain/gid.h"
#include "metrics/metrics.h"
#include "publishing/hints.h"
#include "publishing/worker.h"
#include "publishing_sql.h"

enum {
    WAITING_TRIES_MAX = 8,
    WAITING_FIRST_MS = 500,
    SHOWN_TRIES_MAX = 8, /* of what was deleted and is shown by replicas that lag for long */
    SUSPECT_TRIES_MAX = 1, /* of what the reconciler misses: it asks again as long as it does */
    UNKNOWN_TRIES_MAX = 60,
    UNKNOWN_FIRST_MS = 1000,
    UNKNOWN_AFTER_LOAD_MS = 600000,
    LATER_MAX_MS = 60000,
};
#define SECOND_LOOK_US (INT64_C(10) * US_PER_S)
#define SECOND_LOOK_SPREAD_US (INT64_C(20) * US_PER_S)

static struct metric hint_reads_total = METRIC(
    METRIC_COUNTER, "millrace_hint_reads_total",
    "Objects read because of a hint, by stream and shop.");
static struct metric gone_total = METRIC(
    METRIC_COUNTER, "millrace_gone_total",
    "Objects that hints named and Shopify does not show (deleted, or older than the token may "
    "see), by stream and shop.");

/* Hints of one batch and what is read for them. */
struct errand {
    struct hints hints;
    struct time_us now;
    int64_t ids[NODES_BATCH_MAX];
    const char *reasons[NODES_BATCH_MAX];
    struct hint *of[NODES_BATCH_MAX];
    size_t n;
};

static int64_t
id_of(struct str resource)
{
    int64_t id = 0;

    for (size_t i = 0; i < resource.n; i++)
        id = resource.p[i] >= '0' && resource.p[i] <= '9' && id < INT64_MAX / 10 - 9
                 ? id * 10 + (resource.p[i] - '0')
                 : 0;
    return id;
}

/* From when on a read shows what the hint stands for, whatever replica answers. */
static struct time_us
settled_at(const struct worker *w, const struct hint *h)
{
    return (struct time_us){ h->triggered_at.v + US_PER_S + w->shop->replica_lag_ms * US_PER_MS };
}

/* What was read, as opposed to known from a body, which shows no fulfilment orders. */
static const struct known *
reads_of(const struct reading *r, const struct feed *feed)
{
    if (feed->parts || feed->fact == fact_returns)
        return reading_known(r, feed);
    return feed->fact == fact_whole_order ? r->routes : r->main;
}

/* Read already, late enough; or it asked for fulfilment orders, and they are there. A read that
 * showed what is deleted has seen a replica of before, however late it began. */
static bool
is_served(const struct worker *w, const struct feed *feed, const struct hint *h, int64_t id)
{
    const struct known *k = reads_of(&w->reading, feed);
    const struct known_entry *old = known_find(k, id);

    if (str_is(h->reason, HINT_UNREADABLE) || str_is(h->reason, HINT_UNSHOWN)
        || hint_is_deletion(h->reason) || hint_is_asked(h->reason))
        return false;
    if (!h->holds_watermark && feed->fact == fact_whole_order
        && known_find(w->reading.routes, id) != NULL)
        return true;
    return old != NULL && old->version.observed_at.v >= settled_at(w, h).v;
}

static void
choose(struct worker *w, const struct feed *feed, struct errand *x, struct arena *mem)
{
    for (size_t i = 0; i < x->hints.n; i++) {
        struct hint *h = &x->hints.v[i];
        const int64_t id = id_of(h->resource);
        if (id == 0 || x->n == NODES_BATCH_MAX || is_served(w, feed, h, id))
            continue;
        x->of[x->n] = h;
        x->reasons[x->n] = arena_printf(mem, HINT_SAYS "%.*s", (int)h->reason.n, h->reason.p).p;
        x->ids[x->n++] = id;
    }
}

/* True as long as the last fact of a product may still be on its way to its table: the load brings
 * it, or product-state runs behind. */
static bool
may_become_known(const struct feed_work *f, const struct hint *h)
{
    const struct load *l = &f->load;

    return l->state != LOAD_DONE || clock_monotonic_ms() - l->done_ms < UNKNOWN_AFTER_LOAD_MS
           || h->attempts < UNKNOWN_TRIES_MAX;
}

/* Somebody may sell it, and nothing can be said of it. */
static enum err_class
note_unknown(struct worker *w, const struct feed_work *f, const struct hint *h,
             struct fact_note *note, struct err *e)
{
    const struct str detail = STR(
        "Shopify says that the product was deleted, and no fact of it has ever reached "
        "product-state; see that it is not sold anywhere");
    const struct str subject = arena_printf(w->reading.mem, "%s/%" PRId64, w->shop->key, note->id);

    note->again = may_become_known(f, h);
    if (note->again)
        return ERR_NONE;
    LOG_ERROR(MSG("deleted, and never heard of"), KV("subject", subject));
    TRY(pg_send(w->desk->db, e, &sql_open_exception, PG_CSTR("product_deleted"),
                PG_TEXTS(&subject, 1), PG_TEXTS(&detail, 1), PG_TIME(clock_now())));
    return pg_flush(w->desk->db, e);
}

/* The fact once more, as of now. What the load or a poll saw before is not published after it. */
static enum err_class
say_deleted(struct worker *w, struct product *p, struct time_us began, struct err *e)
{
    p->version.observed_at = began;
    TRY(desk_product(w->desk, p, e));
    reading_stage(&w->reading, w->reading.main, p->id.v, p->version, 0);
    return reading_settle(&w->reading, e);
}

/* The last fact of the product once more, now deleted. When that was said already, the topic may
 * end with an older fact: product-state asks about it by such a hint, so it is said again. */
static enum err_class
note_product(struct worker *w, const struct feed_work *f, const struct hint *h,
             struct fact_note *note, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    struct product p;

    TRY(pg_exec(w->desk->db, e, &rows, &sql_last_product, PG_CSTR(w->shop->key), PG_I64(note->id)));
    if (pg_n(rows) == 0)
        return hint_is_deletion(h->reason) ? note_unknown(w, f, h, note, e) : ERR_NONE;
    const bool said = pg_bool(rows, 0, 1);
    if (!said && !hint_is_deletion(h->reason))
        return ERR_NONE; /* not visible, for whatever reason */
    TRY(product_decode(pg_text(rows, 0, 0), w->reading.mem, &p, e));
    if (!said) {
        p.deleted_at = h->triggered_at;
        if (p.version.updated_at.v < h->triggered_at.v)
            p.version.updated_at = h->triggered_at;
    }
    return say_deleted(w, &p, note->began, e);
}

static enum err_class
note_order(struct worker *w, const struct hint *h, const struct fact_note *note, struct err *e)
{
    const struct str detail = STR(
        "Shopify says that the order was deleted; see whether work on it has "
        "to stop");
    const struct str subject = arena_printf(w->reading.mem, "%s/%" PRId64, w->shop->key, note->id);

    if (!hint_is_deletion(h->reason))
        return ERR_NONE;
    TRY(pg_send(w->desk->db, e, &sql_open_exception, PG_CSTR("order_deleted"),
                PG_TEXTS(&subject, 1), PG_TEXTS(&detail, 1), PG_TIME(clock_now())));
    return pg_flush(w->desk->db, e);
}

static enum err_class
note_gone(struct worker *w, const struct feed_work *f, const struct hint *h,
          struct fact_note *note, struct err *e)
{
    metric_add(&gone_total, f->labels, h->attempts == 0);
    LOG_INFO(MSG("not visible"), KV("shop", w->shop->key), KV("resource", h->resource),
             KV("reason", h->reason));
    if (strcmp(f->feed->type, "Product") != 0)
        return note_order(w, h, note, e);
    const enum err_class class = note_product(w, f, h, note, e);
    if (class != ERR_REJECT)
        return class;
    note->bad = true; /* our own row cannot be understood */
    (void)snprintf(note->why, sizeof(note->why), "%s", e->text);
    return ERR_NONE;
}

/* Twice as long after each try, at most a minute. */
static struct time_us
later(struct time_us now, int64_t first_ms, int64_t attempts)
{
    const int64_t ms = first_ms << (attempts < 10 ? attempts : 10);

    return (struct time_us){ now.v + (ms < LATER_MAX_MS ? ms : LATER_MAX_MS) * US_PER_MS };
}

static struct time_us
second_look(struct time_us now)
{
    const int64_t spread = (int64_t)(rand_u64() % (uint64_t)SECOND_LOOK_SPREAD_US);

    return (struct time_us){ now.v + SECOND_LOOK_US + spread };
}

/* How often what is said to be deleted is looked at again while Shopify shows it. */
static int64_t
shown_tries_max(const struct hint *h)
{
    return hint_is_asked(h->reason) ? SUSPECT_TRIES_MAX : SHOWN_TRIES_MAX;
}

/* When to look again; 0: done. */
static struct time_us
next_look(const struct worker *w, const struct hint *h, const struct fact_note *note,
          struct time_us now)
{
    if (note->bad)
        return (struct time_us){ now.v + UNREADABLE_US }; /* and worker_note() says why */
    if (note->again)
        return later(now, UNKNOWN_FIRST_MS, h->attempts);
    if (note->waiting && h->attempts < WAITING_TRIES_MAX)
        return later(now, WAITING_FIRST_MS, h->attempts);
    if (hint_is_deletion(h->reason) && (note->gone || h->attempts < shown_tries_max(h)))
        return note->gone ? (struct time_us){ 0 } : second_look(now);
    if (!h->holds_watermark || note->began.v >= settled_at(w, h).v)
        return (struct time_us){ 0 };
    return second_look(now);
}

static enum err_class
close_unreadable(struct worker *w, const struct hint *h, struct err *e)
{
    const struct str subject =
        arena_printf(w->reading.mem, "%s/%.*s", w->shop->key, (int)h->resource.n, h->resource.p);

    if (!str_is(h->reason, HINT_UNREADABLE))
        return ERR_NONE;
    return pg_send(w->desk->db, e, &sql_close_exception, PG_CSTR("unreadable"),
                   PG_TEXTS(&subject, 1), PG_TIME(clock_now()));
}

static enum err_class
conclude(struct worker *w, struct feed_work *f, struct errand *x, struct err *e)
{
    for (size_t i = 0; i < w->reading.n_notes; i++) {
        struct fact_note *note = &w->reading.notes[i];
        if (note->gone)
            TRY(note_gone(w, f, x->of[i], note, e));
        if (!note->bad)
            TRY(close_unreadable(w, x->of[i], e));
        x->of[i]->due_at = next_look(w, x->of[i], note, x->now);
    }
    for (size_t i = w->reading.n_notes; i < x->n; i++)
        x->of[i]->due_at = x->now; /* the batch has shrunk meanwhile */
    FAILPOINT("publishing_before_hints_end", e);
    /* in one transaction: a kill between the two would lose what the read asks for */
    TRY(pg_begin(w->desk->db, e));
    TRY(hints_finish(w->desk->db, str_of(w->shop->key), &x->hints, hints_claim(x->now),
                     w->reading.mem, e));
    TRY(worker_note(w, f, feed_hint_type(f->feed), e));
    return pg_commit(w->desk->db, e);
}

/* The shop did not answer: the hints are due again when it may. */
static enum err_class
put_back(struct worker *w, const struct errand *x, int64_t wait_ms, struct err *e)
{
    const struct time_us due = { clock_now().v + (wait_ms + 500) * US_PER_MS };

    for (size_t i = 0; i < x->hints.n; i++)
        x->hints.v[i].due_at = due;
    return hints_finish(w->desk->db, str_of(w->shop->key), &x->hints, hints_claim(x->now),
                        w->reading.mem, e);
}

static enum err_class
read_hinted(struct worker *w, struct feed_work *f, struct errand *x, struct err *e)
{
    int64_t wait_ms = 0;
    struct err why = { 0 };

    w->reading.n_notes = 0;
    if (x->n > 0) {
        const enum err_class class = reading_nodes(&w->reading, w->api, f->feed, &f->nodes, x->ids,
                                                   x->reasons, x->n, &wait_ms, &why);
        if (class != ERR_NONE && !w->desk->failed)
            TRY(put_back(w, x, wait_ms, e));
        *e = why;
        TRY(worker_settle_feed(w, f, class, wait_ms, e));
        if (class != ERR_NONE)
            return ERR_NONE;
        metric_add(&hint_reads_total, f->labels, (int64_t)w->reading.n_notes);
    }
    return conclude(w, f, x, e);
}

struct owners {
    struct worker *w;
    const struct feed *feed;
    struct errand *x;
    struct hints found;
};

static enum err_class
take_owner(void *ctx, int64_t id, const struct json_value *node, const struct pages *more,
           struct time_us began, struct err *e)
{
    struct owners *o = ctx;
    const int64_t order = gid_id(json_str(json_path(node, o->feed->owner_path)));
    const struct hint *h = NULL;

    (void)more, (void)began, (void)e;
    for (size_t i = 0; i < o->x->n && h == NULL; i++)
        h = o->x->ids[i] == id ? o->x->of[i] : NULL;
    if (order == 0 || h == NULL)
        return ERR_NONE; /* gone: merged into another, whose own hint tells */
    for (size_t i = 0; o->feed->owners[i] != NULL; i++) {
        struct hint one = *h;
        one.resource = hint_resource(o->w->reading.mem, o->feed->owners[i], order);
        one.due_at = o->x->now;
        one.holds_watermark = true;
        hints_add(&o->found, o->w->reading.mem, &one);
    }
    return ERR_NONE;
}

/* An error of the shop in *why; its class. One that cannot be read counts as done, and is noted. */
static enum err_class
ask_owners(struct worker *w, struct feed_work *f, struct errand *x, struct owners *o, size_t *done,
           int64_t *wait_ms, struct err *why)
{
    f->owners.doc = f->feed->owners_doc;
    f->owners.type = f->feed->resource;
    const enum err_class class =
        nodes_read(w->api, &f->owners, x->ids, x->n, take_owner, o, done, wait_ms, why);
    if (class == ERR_NONE || f->owners.blamed == 0)
        return class;
    reading_blame(&w->reading, f->owners.blamed, shopify_now(w->api), why);
    *done = 1;
    return ERR_NONE;
}

/* Whose fulfilment orders, or returns, are these? Their orders become hints. */
static enum err_class
find_owners(struct worker *w, struct feed_work *f, struct errand *x, struct err *e)
{
    struct owners o = { w, f->feed, x, { 0 } };
    struct err why = { 0 };
    int64_t wait_ms = 0;
    size_t done = 0;

    w->reading.n_notes = 0;
    if (x->n > 0) {
        const enum err_class class = ask_owners(w, f, x, &o, &done, &wait_ms, &why);
        if (class != ERR_NONE)
            TRY(put_back(w, x, wait_ms, e));
        *e = why;
        TRY(worker_settle_feed(w, f, class, wait_ms, e));
        if (class != ERR_NONE)
            return ERR_NONE;
    }
    for (size_t i = 0; i < x->n; i++)
        if (i >= done)
            x->of[i]->due_at = x->now;
        else if (w->reading.n_notes > 0)
            x->of[i]->due_at.v = x->now.v + UNREADABLE_US;
        else
            TRY(close_unreadable(w, x->of[i], e));
    TRY(hints_save(w->desk->db, &o.found, w->reading.mem, e));
    TRY(hints_finish(w->desk->db, str_of(w->shop->key), &x->hints, hints_claim(x->now),
                     w->reading.mem, e));
    return worker_note(w, f, f->feed->resource, e);
}

enum err_class
hint_turn(struct worker *w, struct feed_work *f, struct err *e)
{
    CLEANUP(arena_free) struct arena *mem = arena_new();
    struct errand x = { .now = clock_now() };
    const size_t batch = f->feed->owners != NULL ? f->owners.batch : f->nodes.batch;
    const size_t most = batch > 0 ? batch : NODES_BATCH_MAX;

    w->desk->failed = false;
    if (f->feed->resource == NULL || !worker_may_call(w, PACE_POLLING, f->nodes.cost))
        return ERR_NONE;
    TRY(hints_take(w->desk->db, str_of(w->shop->key), f->feed->resource, x.now, most, mem, &x.hints,
                   e));
    if (x.hints.n == 0)
        return ERR_NONE;
    w->hints_due_ms = 0; /* there may be more */
    if (!f->off) /* else they end: nobody can read what they ask for */
        choose(w, f->feed, &x, mem);
    return f->feed->owners != NULL ? find_owners(w, f, &x, e) : read_hinted(w, f, &x, e);
}
