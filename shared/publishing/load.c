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
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "domain/gid.h"
#include "metrics/metrics.h"
#include "publishing/history.h"
#include "publishing/worker.h"
#include "publishing_sql.h"
#include "shopify/bulk.h"
#include "shopify/bulk_cut.h"

enum {
    RUN_COST = 10,
    LOOK_FIRST_MS = 100,
    LOOK_LAST_MS = 5000,
    EXPIRED_MAX = 3,     /* times that a fresh address is asked for */
    DENIED_MS = 300000, /* a person has to act, and five operations at a time are all a shop has */
    BUSY_MS = 5000,
    OBJECTS_A_TURN = 200,
    SAVE_EVERY_MS = 1000,
};

static struct metric loaded_total =
    METRIC(METRIC_COUNTER, "millrace_loaded_total",
           "Objects that the initial load brought into Kafka, by stream and shop.");

void
load_reset(struct load *l)
{
    bulk_file_free(l->file);
    if (l->reread != NULL)
        (void)fclose(l->reread);
    *l = (struct load){ .lean = l->lean, .denied = l->denied };
}

/* On disk: there may be as many as objects. */
static enum err_class
want_reread(struct load *l, int64_t id, struct err *e)
{
    if (l->reread == NULL)
        l->reread = tmpfile();
    if (l->reread == NULL || fwrite(&id, sizeof(id), 1, l->reread) != 1)
        return err_set(e, ERR_RETRY, "tmpfile",
                       "no file for the ids of what is to be read again: make room in /tmp");
    l->wanted++;
    return ERR_NONE;
}

static enum err_class
take_root(void *ctx, const struct json_value *node, struct err *e)
{
    struct feed_work *f = ctx;
    struct load *l = &f->load;
    struct reading *r = f->reading;
    struct fact_note note = { .id = gid_id(json_str(json_get(node, "id"))), .began = l->began };

    r->reason = "bulk";
    l->objects++;
    const struct json_value *cut = json_get(node, BULK_CUT);
    if (cut != NULL) {
        TRY(left_out_keep(f->worker, f, note.id, cut, e));
        return want_reread(l, note.id, e);
    }
    const enum err_class class = f->feed->bulk_fact(r, node, NULL, l->began, &note, e);
    if (class == ERR_REJECT || note.reread)
        return want_reread(l, note.id, e); /* a normal read shows whether it is really bad */
    l->produced += class == ERR_NONE;
    return class;
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
    CLEANUP_VALUE(buf_fini) struct buf whole;
    const struct text_file *doc = document(w, f->feed);

    buf_init(&text, DOCUMENT_TEXT_MAX);
    document_without(&text, doc, f->load.lean ? f->feed->bulk_optional : NULL);
    TRY(buf_check(&text, doc->name, e));
    buf_init(&whole, DOCUMENT_TEXT_MAX);
    history_query(&whole, buf_cstr(&text), w->shop);
    TRY(buf_check(&whole, doc->name, e));
    const struct text_file query = { doc->name, buf_cstr(&whole) };
    return bulk_run(w->api, &query, f->load.operation, &f->load.began, e);
}

/* As many operations run as the shop allows, ours or those of other apps: only the load waits. */
static enum err_class
wait_for_others(struct worker *w, struct feed_work *f, const struct err *why)
{
    struct load *l = &f->load;

    l->due_ms = clock_monotonic_ms() + BUSY_MS;
    if (l->looks++ % 12 == 0)
        LOG_WARN(MSG("the initial load waits: the shop runs as many bulk operations as it may"),
                 KV("shop", w->shop->key), KV("stream", f->feed->stream),
                 KV("error", (const char *)why->text));
    return ERR_NONE;
}

/* Shown by `millrace status`. */
static enum err_class
save_progress(struct worker *w, struct feed_work *f, struct err *e)
{
    struct load *l = &f->load;

    if (clock_monotonic_ms() < l->save_due_ms)
        return ERR_NONE;
    l->save_due_ms = clock_monotonic_ms() + SAVE_EVERY_MS;
    TRY(pg_send(w->desk->db, e, &sql_progress_bulk, PG_CSTR(w->shop->key),
                PG_CSTR(f->feed->stream), PG_I64(l->objects), PG_I64(l->produced),
                PG_TIME(clock_now())));
    return pg_flush(w->desk->db, e);
}

static enum err_class
submit(struct worker *w, struct feed_work *f, struct err *e)
{
    struct load *l = &f->load;

    if (!worker_may_backfill(w, RUN_COST, &l->due_ms))
        return ERR_NONE;
    TRY(history_check(w, f, e));
    const enum err_class class = run(w, f, e);
    if (class == ERR_FATAL && strcmp(e->code, BULK_ACCESS_DENIED) == 0)
        return deny(w, f, e);
    if (class == ERR_RETRY && strcmp(e->code, BULK_BUSY) == 0)
        return wait_for_others(w, f, e);
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

/* From the start, with another operation; polls wait and no cursor moves until one is whole. */
static enum err_class
run_again(struct worker *w, struct feed_work *f, const char *why, struct err *e)
{
    LOG_ERROR(MSG("initial load failed; it is run again"), KV("shop", w->shop->key),
              KV("stream", f->feed->stream), KV("error", why));
    load_reset(&f->load);
    return worker_settle(w, err_set(e, ERR_RETRY, "bulk", "initial load of %s: %s", f->feed->stream,
                                    why),
                         LOOK_LAST_MS, e);
}

/* A file may take long. */
static enum err_class
keep_going(void *ctx, struct err *e)
{
    struct worker *w = ctx;

    service_beat(w->desk->svc);
    w->desk->failed = true; /* until this is through, errors are ours */
    TRY(worker_keep(w, e));
    w->desk->failed = false;
    return service_stopping(w->desk->svc) ? err_set(e, ERR_RETRY, "stop", "the service stops")
                                          : ERR_NONE;
}

/* Neither too short, nor lost for good. */
static bool
is_worth_fetching_again(struct load *l, enum err_class class, const struct err *e)
{
    const bool expired = class == ERR_RETRY && strcmp(e->code, BULK_EXPIRED) == 0;

    l->expired = expired ? l->expired + 1 : 0;
    return class != ERR_RETRY || (strcmp(e->code, BULK_SHORT) != 0 && l->expired < EXPIRED_MAX);
}

/* The result, or what a failed operation left of it, is brought here and looked over. */
static enum err_class
fetch(struct worker *w, struct feed_work *f, const struct bulk_status *status, struct err *e)
{
    struct load *l = &f->load;

    bulk_file_free(l->file);
    l->file = NULL;
    f->reading = &w->reading;
    w->desk->failed = false;
    enum err_class class = bulk_file_open(&l->file, take_root, f, e);
    if (class == ERR_NONE)
        class = bulk_fetch(w->api, status, l->file, keep_going, w, e);
    l->partial = status->partial;
    if (!is_worth_fetching_again(l, class, e)) {
        const struct err why = *e;
        return run_again(w, f, why.text, e);
    }
    TRY(worker_settle_feed(w, f, class, 1000, e));
    if (class != ERR_NONE)
        return ERR_NONE;
    if (l->partial && !bulk_file_is_grouped(l->file))
        return run_again(w, f, status->error, e); /* any of its objects may lack children */
    if (!bulk_file_is_grouped(l->file))
        LOG_WARN(MSG("rows of a bulk result do not follow their parents; they are put in order"),
                 KV("shop", w->shop->key), KV("stream", f->feed->stream));
    l->wanted = l->read = l->objects = l->produced = 0;
    w->reading.n_staged = 0;
    l->state = LOAD_PUBLISHING;
    l->due_ms = 0;
    return ERR_NONE;
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
        status = (struct bulk_status){ .state = BULK_FAILED, .error = "it is gone" };
    else if (class != ERR_NONE)
        return worker_settle_feed(w, f, class, 1000, e);
    l->objects = status.objects > 0 ? status.objects : 0;
    TRY(save_progress(w, f, e));
    if (status.state == BULK_RUNNING)
        return worker_settle(w, ERR_NONE, 0, e);
    if (status.state == BULK_DENIED)
        return deny(w, f, e);
    l->denied = false;
    if (status.state == BULK_FAILED && !status.partial)
        return run_again(w, f, status.error, e);
    if (status.partial)
        LOG_ERROR(MSG("initial load failed; what it had read is published, then it is run again"),
                  KV("shop", w->shop->key), KV("stream", f->feed->stream),
                  KV("error", (const char *)status.error));
    return fetch(w, f, &status, e);
}

/* What the file gave since the last acknowledgement may not be in Kafka, and it does not give it
 * again: the result is fetched anew.  What is in Kafka already comes with the same ids. */
static enum err_class
publish_anew(struct worker *w, struct feed_work *f, enum err_class class, struct err *e)
{
    struct load *l = &f->load;
    const struct load broken = *l;
    const struct err why = *e;

    if (!w->desk->failed && class != ERR_FATAL)
        return run_again(w, f, why.text, e);
    load_reset(l);
    memcpy(l->operation, broken.operation, sizeof(l->operation));
    l->began = broken.began;
    l->state = LOAD_RUNNING;
    return worker_settle_feed(w, f, class, 0, e);
}

/* A bounded number of objects, acknowledged, so that neither the queue nor the staging grows with
 * the shop and everything else gets its turn. */
static enum err_class
publish_some(struct worker *w, struct feed_work *f, struct err *e)
{
    struct load *l = &f->load;
    bool over = false;

    arena_reset(w->reading.mem);
    w->reading.asked = false;
    enum err_class class = bulk_file_step(l->file, OBJECTS_A_TURN, &over, e);
    if (class == ERR_NONE) {
        w->desk->failed = true; /* from here on, errors are ours */
        class = reading_settle(&w->reading, e);
    }
    if (class != ERR_NONE)
        return publish_anew(w, f, class, e);
    FAILPOINT("publishing_mid_load", e);
    TRY(save_progress(w, f, e));
    w->desk->failed = false;
    if (!over)
        return ERR_NONE;
    if (l->partial)
        return run_again(w, f, "the operation had failed", e);
    bulk_file_free(l->file);
    l->file = NULL;
    if (l->reread != NULL)
        rewind(l->reread);
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
    if (l->reread != NULL)
        (void)fclose(l->reread);
    l->reread = NULL;
    return ERR_NONE;
}

/* Ids from where the last batch ended. */
static enum err_class
next_ids(struct load *l, int64_t ids[NODES_BATCH_MAX], size_t *n, struct err *e)
{
    const int64_t left = l->wanted - l->read;

    *n = left < NODES_BATCH_MAX ? (size_t)left : NODES_BATCH_MAX;
    if (fseeko(l->reread, (off_t)(l->read * (int64_t)sizeof(*ids)), SEEK_SET) != 0
        || fread(ids, sizeof(*ids), *n, l->reread) != *n)
        return err_set(e, ERR_RETRY, "disk", "the ids of what is to be read again are gone");
    return ERR_NONE;
}

/* Orders with fulfilments or refunds: a bulk row cannot show their lines. */
static enum err_class
reread(struct worker *w, struct feed_work *f, struct err *e)
{
    int64_t ids[NODES_BATCH_MAX], wait_ms = 0;
    struct load *l = &f->load;
    size_t n = 0;

    if (l->read == l->wanted)
        return end(w, f, e);
    if (!worker_may_backfill(w, f->nodes.cost, &l->due_ms))
        return ERR_NONE;
    enum err_class class = next_ids(l, ids, &n, e);
    if (class == ERR_NONE)
        class = reading_nodes(&w->reading, w->api, f->feed, &f->nodes, ids, NULL, n, &wait_ms, e);
    TRY(worker_settle_feed(w, f, class, wait_ms, e));
    if (class != ERR_NONE)
        return ERR_NONE;
    l->read += (int64_t)w->reading.n_notes;
    l->produced += (int64_t)w->reading.n_notes;
    TRY(save_progress(w, f, e));
    return worker_note(w, f, feed_hint_type(f->feed), e);
}

void
load_finished(struct worker *w, struct str operation)
{
    for (size_t i = 0; i < w->n_feeds; i++)
        if (str_is(operation, w->feeds[i].load.operation))
            w->feeds[i].load.due_ms = 0;
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
    case LOAD_PUBLISHING:
        return publish_some(w, f, e);
    case LOAD_REREADING:
        return reread(w, f, e);
    case LOAD_DONE:
        break;
    }
    return ERR_NONE;
}
