/*
 * poll.c: find what changed, read what is not known, move the cursor when all of it is in Kafka.
 *
 * Each poll begins where the one before ended, which is behind its start by the lags of search and
 * replicas; every now and then one looks further back (the overlap), because bounds can be wrong.
 * Shopify lists no more than 25,000 results: a longer listing is cut, and complete up to its last
 * result, because they come in the order of time; the next poll begins there.
 * What is known (known.h), or lies before the cursor that a restart found, is not read again.  An
 * object that a lagging replica shows older than the search did is read again; if it stays so it
 * becomes a hint, which holds the watermark back.
 *
 * What a person wants read again is a poll of its own, in slices.  It goes on only while the live
 * one rests, and when it waits for the bucket, it waits alone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "domain/gid.h"
#include "metrics/metrics.h"
#include "publishing/hints.h"
#include "publishing/worker.h"
#include "publishing_sql.h"

enum {
    DEEP_EVERY_MS = 15000,
    SAVE_EVERY_MS = 5000,
    ROUNDS_MAX = 10,
    ROUND_MS = 500,
    SLICE_MAX = 1000, /* results of what is read again on request */
    WANTED_MAX = 2 * SEARCH_LISTED_MAX,
};

static struct metric polls_total =
    METRIC(METRIC_COUNTER, "millrace_polls_total", "Polls that are complete, by stream and shop.");
static struct metric poll_reads_total = METRIC(
    METRIC_COUNTER, "millrace_poll_reads_total",
    "Objects that polls found changed and read, by stream and shop: what webhooks did not tell.");
static struct metric cursor_time = METRIC(
    METRIC_GAUGE, "millrace_cursor_timestamp_seconds",
    "Up to when a stream of a shop is read, in seconds since 1970; it should follow the clock.");

static int
by_read_id(const void *a, const void *b)
{
    const struct wanted *x = a, *y = b;

    if (x->read_id != y->read_id)
        return x->read_id < y->read_id ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static bool
want(struct poll *p, const struct wanted *one)
{
    if (p->n == p->max) {
        const size_t max = p->max == 0 ? 256 : p->max * 2;
        struct wanted *v = max > WANTED_MAX ? NULL : realloc(p->v, max * sizeof(*v));
        if (v == NULL)
            return false;
        p->v = v;
        p->max = max;
    }
    p->v[p->n++] = *one;
    return true;
}

struct finding { struct worker *w; struct feed_work *f; struct poll *p; };

/* Before the cursor that was found at the start; its second was over. */
static bool
is_trusted(const struct feed_work *f, const struct wanted *one)
{
    return one->updated_at.v + US_PER_S <= f->trusted.v;
}

/* Known, or not worth a look yet: an inconclusive one is read once its second is over. */
static bool
is_needless(const struct finding *x, const struct wanted *one)
{
    const struct known *k = reading_known(&x->w->reading, x->f->feed);
    const int64_t lag = x->w->shop->replica_lag_ms;

    if (x->p->refetch)
        return false;
    if (x->f->feed->once)
        return known_find(k, one->id) != NULL || is_trusted(x->f, one);
    switch (known_judge(k, one->id, one->updated_at, lag)) {
    case KNOWN_NEW:
        return is_trusted(x->f, one);
    case KNOWN_COVERED:
        return true;
    case KNOWN_AGAIN:
        break;
    }
    return !version_is_conclusive((struct version){ one->updated_at, x->p->run.began }, lag);
}

static enum err_class
take_result(void *ctx, const struct json_value *node, struct err *e)
{
    const struct finding *x = ctx;
    const char *time = x->f->feed->once ? "createdAt" : "updatedAt";
    struct wanted one = { .id = gid_id(json_str(json_get(node, "id"))),
                          .read_id = gid_id(json_str(json_get(node, x->f->feed->read_id))) };

    if (one.id == 0 || one.read_id == 0
        || time_parse(json_str(json_get(node, time)), &one.updated_at, e) != ERR_NONE)
        return err_set(e, ERR_REJECT, "", "%s: a search result without id or %s",
                       x->f->feed->search->doc->name, time);
    x->p->listed++;
    x->p->last = one.updated_at;
    if (is_needless(x, &one) || want(x->p, &one))
        return ERR_NONE;
    return err_set(e, ERR_RETRY, "",
                   "%s: more than %zu changes within two seconds cannot be listed, only told by "
                   "webhooks",
                   x->f->feed->search->doc->name, x->p->n);
}

static void
start(struct feed_work *f, struct poll *p, struct time_us since)
{
    search_start(&p->run, f->feed->search, since);
    p->n = p->next = p->again = 0;
    p->listed = 0;
    p->cut = false;
    p->rounds = 0;
    p->due_ms = 0;
    p->state = POLL_LISTING;
}

static void
start_live(struct worker *w, struct feed_work *f)
{
    const int64_t now_ms = clock_monotonic_ms();
    struct poll *p = &f->poll;
    const bool deep = now_ms >= p->deep_due_ms && !p->cut; /* first of all, get ahead */

    if (deep)
        p->deep_due_ms = now_ms + DEEP_EVERY_MS;
    start(f, p,
          (struct time_us){ f->through.v - (deep ? w->shop->overlap_ms * US_PER_MS : 0) });
}

/* The second of the last result may go on behind the cut. */
static struct time_us
cut_at(const struct poll *p)
{
    return (struct time_us){ p->last.v - US_PER_S };
}

/* A cut that does not get ahead of where the listing began would be made for ever: then it goes on
 * until Shopify refuses, and that is loud. */
static void
cut_listing(struct poll *p)
{
    const size_t most = p->refetch ? SLICE_MAX : SEARCH_LISTED_MAX;

    if (p->run.done || p->listed < most || cut_at(p).v <= p->run.since.v)
        return;
    p->cut = true;
    p->run.done = true;
}

static bool
may_call(struct worker *w, struct poll *p, int64_t cost)
{
    return p->refetch ? worker_may_backfill(w, cost, &p->due_ms)
                      : worker_may_call(w, PACE_POLLING, cost);
}

static enum err_class
list_page(struct worker *w, struct feed_work *f, struct poll *p, struct err *e)
{
    struct finding x = { w, f, p };
    int64_t wait_ms = 0;

    if (!may_call(w, p, p->run.cost))
        return ERR_NONE;
    const enum err_class class = search_page(w->api, &p->run, take_result, &x, &wait_ms, e);
    if (class != ERR_NONE) {
        p->state = POLL_IDLE; /* from the start: it costs little */
        return worker_settle_feed(w, f, class, wait_ms, e);
    }
    cut_listing(p);
    if (p->run.done) {
        p->state = POLL_READING;
        if (p->n > 1)
            qsort(p->v, p->n, sizeof(*p->v), by_read_id);
    }
    return worker_settle(w, ERR_NONE, 0, e);
}

/* Distinct ids from `next` on; *end is where the rest begins. */
static size_t
next_batch(const struct feed_work *f, const struct poll *p, int64_t ids[NODES_BATCH_MAX],
           size_t *end)
{
    const size_t most = f->nodes.batch > 0 ? f->nodes.batch : NODES_BATCH_MAX;
    size_t n = 0, i = p->next;

    for (; i < p->n; i++) {
        if (n > 0 && ids[n - 1] == p->v[i].read_id)
            continue;
        if (n == most)
            break;
        ids[n++] = p->v[i].read_id;
    }
    *end = i;
    return n;
}

static const struct fact_note *
note_of(const struct reading *r, int64_t id)
{
    for (size_t i = 0; i < r->n_notes; i++)
        if (r->notes[i].id == id)
            return &r->notes[i];
    return NULL;
}

/* The read did not show what the search did. */
static bool
is_short(const struct worker *w, const struct feed_work *f, const struct wanted *one)
{
    const struct fact_note *note = note_of(&w->reading, one->read_id);

    if (note->gone || note->bad || f->feed->once)
        return false;
    if (!f->feed->parts)
        return note->updated_at.v < one->updated_at.v;
    const struct known_entry *part = known_find(w->reading.parts, one->id);
    if (part == NULL) /* long past, it was read and not remembered */
        return !reading_is_history(&w->reading, (struct version){ one->updated_at, note->began });
    return part->version.updated_at.v < one->updated_at.v;
}

static enum err_class
read_some(struct worker *w, struct feed_work *f, struct poll *p, struct err *e)
{
    int64_t ids[NODES_BATCH_MAX], wait_ms = 0;
    const char *again[NODES_BATCH_MAX];
    size_t end = 0;

    for (size_t i = 0; i < NODES_BATCH_MAX; i++)
        again[i] = "asked: refetch";
    if (!may_call(w, p, f->nodes.cost))
        return ERR_NONE;
    const size_t n = next_batch(f, p, ids, &end);
    const enum err_class class = reading_nodes(&w->reading, w->api, f->feed, &f->nodes, ids,
                                               p->refetch ? again : NULL, n, &wait_ms, e);
    TRY(worker_settle_feed(w, f, class, wait_ms, e));
    if (class != ERR_NONE)
        return ERR_NONE; /* the same again after the wait */
    metric_add(&poll_reads_total, f->labels, (int64_t)w->reading.n_notes);
    for (; p->next < end && note_of(&w->reading, p->v[p->next].read_id) != NULL; p->next++)
        if (is_short(w, f, &p->v[p->next]))
            p->v[p->again++] = p->v[p->next];
    return worker_note(w, f, feed_hint_type(f->feed), e);
}

/* What no read has shown after many tries holds the watermark as a hint, and the poll goes on. */
static enum err_class
give_to_hints(struct worker *w, struct feed_work *f, const struct poll *p, struct err *e)
{
    const struct time_us now = clock_now();
    struct hints h = { 0 };

    for (size_t i = 0; i < p->again; i++) {
        const struct wanted *one = &p->v[i];
        const struct hint hint = {
            .shop = str_of(w->shop->key),
            .resource = hint_resource(w->reading.mem, feed_hint_type(f->feed), one->read_id),
            .reason = STR(HINT_UNSHOWN),
            .due_at = { now.v + ROUND_MS * US_PER_MS },
            .triggered_at = missing_since(f, one->updated_at),
            .holds_watermark = true,
        };
        hints_add(&h, w->reading.mem, &hint);
    }
    LOG_WARN(MSG("a search shows changes that reads do not"), KV("shop", w->shop->key),
             KV("stream", f->feed->stream), KV("objects", (int64_t)h.n));
    TRY(hints_save(w->desk->db, &h, w->reading.mem, e));
    return pg_flush(w->desk->db, e);
}

/* Returns true in *over when everything found is in Kafka. */
static enum err_class
another_round(struct worker *w, struct feed_work *f, struct poll *p, bool *over, struct err *e)
{
    *over = p->again == 0;
    if (*over)
        return ERR_NONE;
    if (f->feed->resource != NULL && ++p->rounds >= ROUNDS_MAX) {
        *over = true;
        return give_to_hints(w, f, p, e);
    }
    p->n = p->again;
    p->next = p->again = 0;
    p->due_ms = clock_monotonic_ms() + ROUND_MS;
    return ERR_NONE;
}

/* Up to when everything that moves stock is read: returns are polled on their own. */
static struct time_us
stock_through(const struct worker *w, const struct feed_work *f)
{
    struct time_us through = f->through;

    for (size_t i = 0; i < w->n_feeds; i++) {
        const struct feed_work *other = &w->feeds[i];
        if (other->feed->moves_stock && !other->off && other->through.v < through.v)
            through = other->through;
    }
    return through;
}

static enum err_class
save(struct worker *w, struct feed_work *f, struct time_us through, struct err *e)
{
    const int64_t now_ms = clock_monotonic_ms();

    f->through = through.v > f->through.v ? through : f->through;
    metric_set(&cursor_time, f->labels, f->through.v);
    if (!f->feed->watermark && now_ms < f->poll.save_due_ms)
        return ERR_NONE;
    f->poll.save_due_ms = now_ms + SAVE_EVERY_MS;
    FAILPOINT("publishing_before_cursor", e);
    TRY(pg_begin(w->desk->db, e));
    TRY(lease_check(w->desk->db, &w->lease, e));
    TRY(pg_send(w->desk->db, e, &sql_move_cursor, PG_CSTR(w->shop->key), PG_CSTR(f->feed->stream),
                PG_TIME(f->through), PG_TIME(clock_now())));
    if (f->feed->watermark && worker_is_loaded(w, LOAD_DONE))
        TRY(watermark_record(w, stock_through(w, f), e));
    return pg_commit(w->desk->db, e);
}

/* The poll is complete: everything that happened until its start, less the lags, is in Kafka; or up
 * to where it was cut. */
static enum err_class
finish(struct worker *w, struct feed_work *f, struct poll *p, struct err *e)
{
    struct time_us through = complete_until(w->shop, p->run.began);

    p->state = POLL_IDLE;
    if (p->refetch)
        return refetch_slice_done(w, f, p->cut ? cut_at(p) : through, !p->cut, e);
    p->due_ms = clock_monotonic_ms() + w->shop->poll_interval_ms * f->feed->poll_every;
    if (p->cut) {
        through = cut_at(p).v < through.v ? cut_at(p) : through;
        p->due_ms = 0; /* the rest */
    }
    metric_add(&polls_total, f->labels, 1);
    if (save(w, f, through, e) == ERR_NONE)
        return ERR_NONE;
    pg_rollback(w->desk->db);
    return e->class;
}

static enum err_class
go_on(struct worker *w, struct feed_work *f, struct poll *p, struct err *e)
{
    bool over = true;

    if (clock_monotonic_ms() < p->due_ms)
        return ERR_NONE;
    if (p->state == POLL_LISTING)
        TRY(list_page(w, f, p, e));
    if (p->state != POLL_READING)
        return ERR_NONE;
    if (p->next < p->n)
        TRY(read_some(w, f, p, e));
    if (p->next < p->n)
        return ERR_NONE;
    TRY(another_round(w, f, p, &over, e));
    return over ? finish(w, f, p, e) : ERR_NONE;
}

/* What a person wants read again, while there is nothing live to do. */
static enum err_class
go_on_with_past(struct worker *w, struct feed_work *f, struct err *e)
{
    if (f->past.state == POLL_IDLE) {
        TRY(refetch_look(w, f, e));
        if (f->refetch.since.v == 0)
            return ERR_NONE;
        f->past.refetch = true;
        start(f, &f->past, f->refetch.since);
    }
    return go_on(w, f, &f->past, e);
}

enum err_class
poll_turn(struct worker *w, struct feed_work *f, struct err *e)
{
    w->desk->failed = false;
    if (f->through.v == 0)
        return ERR_NONE;
    if (f->poll.state == POLL_IDLE && clock_monotonic_ms() >= f->poll.due_ms)
        start_live(w, f);
    return f->poll.state != POLL_IDLE ? go_on(w, f, &f->poll, e) : go_on_with_past(w, f, e);
}

int64_t
poll_due_ms(const struct feed_work *f)
{
    const bool past = f->past.state != POLL_IDLE || f->refetch.since.v != 0;

    if (f->through.v == 0)
        return INT64_MAX;
    return f->poll.state == POLL_IDLE && past && f->past.due_ms < f->poll.due_ms
               ? f->past.due_ms
               : f->poll.due_ms;
}
