/*
 * load.c: the initial load of a feed: one bulk operation, streamed into Kafka.
 *
 * Its state is a row, so a restart goes on: an operation that runs is polled by its id, one that is
 * done is read again from the start (facts have deterministic ids).  Its query is a search, which
 * may miss what happened just before; so polls begin as much before the submission as searches and
 * replicas lag, and what changes meanwhile is not missed either.  Rows that cannot show everything
 * are read by their ids.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "domain/gid.h"
#include "metrics/metrics.h"
#include "publishing/worker.h"
#include "publishing_sql.h"
#include "shopify/bulk.h"

enum {
    RUN_COST = 10,
    LOOK_FIRST_MS = 100,
    LOOK_LAST_MS = 5000,
    DENIED_MS = 300000, /* a person has to act, and five operations at a time are all a shop has */
    SETTLE_EVERY = 200, /* roots */
};

static struct metric loaded_total =
    METRIC(METRIC_COUNTER, "millrace_loaded_total",
           "Objects that the initial load brought into Kafka, by stream and shop.");

struct streaming { struct worker *w; struct feed_work *f; };

static enum err_class
want_reread(struct load *l, int64_t id, struct err *e)
{
    if (l->n == l->max) {
        const size_t max = l->max == 0 ? 256 : l->max * 2;
        int64_t *v = realloc(l->reread, max * sizeof(*v));
        if (v == NULL)
            return err_set(e, ERR_FATAL, "ENOMEM", "no memory for %zu orders to read again", max);
        l->reread = v;
        l->max = max;
    }
    l->reread[l->n++] = id;
    return ERR_NONE;
}

/* Acknowledged in between, so that neither the queue nor the staging grows with the shop. */
static enum err_class
breathe(struct streaming *x, struct err *e)
{
    TRY(reading_settle(&x->w->reading, e));
    FAILPOINT("publishing_mid_load", e);
    arena_reset(x->w->reading.mem);
    service_beat(x->w->desk->svc);
    x->w->desk->failed = true; /* until this is through, errors are ours */
    TRY(worker_keep(x->w, e));
    x->w->desk->failed = false;
    return ERR_NONE;
}

static enum err_class
take_root(void *ctx, const struct json_value *node, struct err *e)
{
    struct streaming *x = ctx;
    struct load *l = &x->f->load;
    struct fact_note note = { .id = gid_id(json_str(json_get(node, "id"))), .began = l->began };

    x->w->reading.reason = "bulk";
    const enum err_class class =
        x->f->feed->bulk_fact(&x->w->reading, node, NULL, l->began, &note, e);
    if (class == ERR_REJECT || note.reread)
        TRY(want_reread(l, note.id, e)); /* a normal read shows whether it is really bad */
    else if (class != ERR_NONE)
        return class;
    l->produced += class == ERR_NONE && !note.reread;
    return ++l->objects % SETTLE_EVERY == 0 ? breathe(x, e) : ERR_NONE;
}

static const struct text_file *
document(const struct worker *w, const struct feed *f)
{
    const bool metafields = w->shop->metafield_namespaces != NULL && f->bulk_metafields != NULL;

    return metafields ? f->bulk_metafields : f->bulk;
}

/* The operation is denied for one field, perhaps: it is run once more without. */
static enum err_class
do_without(struct worker *w, struct feed_work *f)
{
    f->load.lean = true;
    f->load.state = LOAD_IDLE;
    f->load.due_ms = 0;
    LOG_WARN(MSG("initial load denied; it is run without a field, which is null in facts if it is "
                 "not ours to see"),
             KV("shop", w->shop->key), KV("field", f->feed->bulk_optional));
    return ERR_NONE;
}

static enum err_class
deny(struct worker *w, struct feed_work *f, struct err *e)
{
    if (f->feed->bulk_optional != NULL && !f->load.lean)
        return do_without(w, f);
    f->load.state = LOAD_IDLE;
    f->load.due_ms = clock_monotonic_ms() + DENIED_MS;
    f->load.denied = f->feed->scope == NULL;
    return worker_settle_feed(
        w, f, err_set(e, ERR_FATAL, BULK_ACCESS_DENIED,
                   "shop %s: the initial load of %s is denied: grant the token the scopes that it "
                   "lacks, install the app anew, and restart; tried again in 5 minutes",
                   w->shop->key, f->feed->stream),
        0, e);
}

static enum err_class
run(struct worker *w, struct feed_work *f, struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf text;
    const struct text_file *doc = document(w, f->feed);

    buf_init(&text, DOCUMENT_TEXT_MAX);
    document_without(&text, doc, f->load.lean ? f->feed->bulk_optional : NULL);
    TRY(buf_check(&text, doc->name, e));
    const struct text_file query = { doc->name, buf_cstr(&text) };
    return bulk_run(w->api, &query, f->load.operation, &f->load.began, e);
}

static enum err_class
submit(struct worker *w, struct feed_work *f, struct err *e)
{
    struct load *l = &f->load;

    if (!worker_may_call(w, PACE_BACKFILL, RUN_COST))
        return ERR_NONE;
    const enum err_class class = run(w, f, e);
    if (class == ERR_FATAL && strcmp(e->code, BULK_ACCESS_DENIED) == 0)
        return deny(w, f, e);
    TRY(worker_settle_feed(w, f, class, 2000, e));
    if (class != ERR_NONE)
        return ERR_NONE;
    FAILPOINT("publishing_bulk_submitted", e);
    const struct time_us from = settled_before(w->shop, l->began);
    TRY(pg_send(w->desk->db, e, &sql_begin_bulk, PG_CSTR(w->shop->key), PG_CSTR(f->feed->stream),
                PG_CSTR(l->operation), PG_TIME(from), PG_TIME(l->began), PG_TIME(clock_now())));
    TRY(pg_flush(w->desk->db, e));
    LOG_INFO(MSG("initial load submitted"), KV("shop", w->shop->key), KV("stream", f->feed->stream),
             KV("operation", (const char *)l->operation));
    f->through = f->trusted = from;
    l->state = LOAD_RUNNING;
    l->looks = 0;
    l->due_ms = clock_monotonic_ms() + LOOK_FIRST_MS;
    return ERR_NONE;
}

static enum err_class
stream(struct worker *w, struct feed_work *f, const struct bulk_status *status, struct err *e)
{
    struct streaming x = { w, f };
    struct load *l = &f->load;

    l->n = l->next = 0;
    l->objects = l->produced = 0;
    w->reading.n_staged = 0;
    w->desk->failed = false;
    TRY(bulk_read(w->api, status, take_root, &x, e));
    return reading_settle(&w->reading, e);
}

/* From the start, with another operation; polls wait and no cursor moves until one is whole. */
static enum err_class
run_again(struct worker *w, struct feed_work *f, const char *why, struct err *e)
{
    LOG_ERROR(MSG("initial load failed; it is run again"), KV("shop", w->shop->key),
              KV("stream", f->feed->stream), KV("error", why));
    f->load.state = LOAD_IDLE;
    return worker_settle(w, err_set(e, ERR_RETRY, "bulk", "initial load of %s: %s", f->feed->stream,
                                    why),
                         LOOK_LAST_MS, e);
}

static enum err_class
look(struct worker *w, struct feed_work *f, struct err *e)
{
    struct load *l = &f->load;
    struct bulk_status status;
    const int64_t ms = INT64_C(1) * LOOK_FIRST_MS << (l->looks < 6 ? l->looks : 6);

    l->looks++;
    l->due_ms = clock_monotonic_ms() + (ms < LOOK_LAST_MS ? ms : LOOK_LAST_MS);
    enum err_class class = bulk_poll(w->api, l->operation, &status, e);
    if (class == ERR_REJECT) /* the shop does not know the operation (any more) */
        status.state = BULK_FAILED;
    else if (class != ERR_NONE || status.state == BULK_RUNNING)
        return worker_settle(w, class, 1000, e);
    if (status.state == BULK_DENIED)
        return deny(w, f, e);
    if (status.state == BULK_FAILED)
        return run_again(w, f, status.error, e);
    l->denied = false;
    class = stream(w, f, &status, e);
    if (class == ERR_RETRY && !w->desk->failed && strcmp(e->code, BULK_SHORT) == 0) {
        const struct err why = *e;
        return run_again(w, f, why.text, e);
    }
    TRY(worker_settle_feed(w, f, class, 1000, e));
    if (class == ERR_NONE)
        l->state = LOAD_REREADING;
    return ERR_NONE;
}

static enum err_class
end(struct worker *w, struct feed_work *f, struct err *e)
{
    struct load *l = &f->load;

    TRY(pg_send(w->desk->db, e, &sql_end_bulk, PG_CSTR(w->shop->key), PG_CSTR(f->feed->stream),
                PG_I64(l->objects), PG_I64(l->produced), PG_TIME(clock_now())));
    TRY(pg_flush(w->desk->db, e));
    l->state = LOAD_DONE;
    l->done_ms = clock_monotonic_ms();
    metric_add(&loaded_total, f->labels, l->produced);
    LOG_INFO(MSG("initial load done"), KV("shop", w->shop->key), KV("stream", f->feed->stream),
             KV("objects", l->objects), KV("published", l->produced));
    free(l->reread);
    l->reread = NULL;
    l->n = l->max = l->next = 0;
    return ERR_NONE;
}

/* Orders with fulfilments or refunds: a bulk row cannot show their lines. */
static enum err_class
reread(struct worker *w, struct feed_work *f, struct err *e)
{
    struct load *l = &f->load;
    int64_t wait_ms = 0;

    if (l->next == l->n)
        return end(w, f, e);
    if (!worker_may_call(w, PACE_BACKFILL, f->nodes.cost))
        return ERR_NONE;
    const enum err_class class = reading_nodes(&w->reading, w->api, f->feed, &f->nodes,
                                               l->reread + l->next, NULL, l->n - l->next, &wait_ms,
                                               e);
    TRY(worker_settle_feed(w, f, class, wait_ms, e));
    if (class != ERR_NONE)
        return ERR_NONE;
    l->next += w->reading.n_notes;
    l->produced += (int64_t)w->reading.n_notes;
    return worker_note(w, f, feed_hint_type(f->feed), e);
}

enum err_class
load_turn(struct worker *w, struct feed_work *f, struct err *e)
{
    if (f->feed->bulk == NULL || clock_monotonic_ms() < f->load.due_ms)
        return ERR_NONE;
    w->desk->failed = false;
    switch (f->load.state) {
    case LOAD_IDLE:
        return submit(w, f, e);
    case LOAD_RUNNING:
        return look(w, f, e);
    case LOAD_REREADING:
        return reread(w, f, e);
    case LOAD_DONE:
        break;
    }
    return ERR_NONE;
}
