/*
 * worker.h: one shop's share of a publisher: it holds the lease, reads hints, polls, loads, and
 * pauses when the shop does not answer as it should.
 *
 * A turn does a bounded amount (at most one call of each kind), so that webhooks and other shops
 * get theirs.  Errors of the shop end here (trouble.h); only our own failures (Kafka, Postgres)
 * come out.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PUBLISHING_WORKER_H
#define PUBLISHING_WORKER_H

#include <stdio.h>

#include "base/clock.h"
#include "domain/gid.h"
#include "metrics/metrics.h"
#include "publishing/publishing.h"
#include "publishing/reading.h"
#include "publishing/trouble.h"
#include "service/lease.h"

enum { FEEDS_MAX = 6 };
/* When an object that could not be read or mapped is read again. */
#define UNREADABLE_US (INT64_C(300) * INT64_C(1000000))

/* A change that a poll has found. */
struct wanted { int64_t id, read_id; struct time_us updated_at; };

enum poll_state { POLL_IDLE, POLL_LISTING, POLL_READING };
struct poll {
    enum poll_state state;
    struct search_run run;
    struct wanted *v;
    size_t n, max, next, again; /* [next, n) still to read; [0, again) to be read once more */
    size_t listed;       /* results so far, needless ones too */
    struct time_us last; /* the time of the latest: they ascend */
    bool cut;            /* there was more than one listing can hold */
    bool refetch;        /* a slice of what a person wants read again */
    int rounds;
    int64_t due_ms, deep_due_ms, save_due_ms;
};

/* What a person wants read again (refetch.c). */
struct refetch {
    struct time_us asked, since; /* the row; since when, less what is done. 0: nothing */
    int64_t due_ms, read;
};

enum load_state { LOAD_IDLE, LOAD_RUNNING, LOAD_PUBLISHING, LOAD_REREADING, LOAD_DONE };
struct bulk_file;
struct load {
    enum load_state state;
    char operation[GID_TEXT_SIZE];
    struct time_us began;
    struct bulk_file *file; /* the result */
    FILE *reread;           /* ids of what it does not show whole, on disk */
    int64_t wanted, read;   /* of these: how many, and how many are done */
    int64_t due_ms, done_ms, save_due_ms, objects, produced;
    int looks;
    int expired;  /* times in a row that the result was not at its address */
    bool partial; /* the operation failed: what it left is published, then it is run again */
    bool lean;   /* without feed->bulk_optional */
    bool denied; /* the shop stays paused until a load goes through, whatever else works */
};

struct feed_work {
    struct worker *worker;
    const struct feed *feed;
    struct reading *reading; /* the worker's */
    struct nodes nodes, owners; /* owners: whose the parts are */
    struct poll poll, past; /* past: what a person wants read again */
    struct load load;
    struct refetch refetch;
    bool off;               /* the token lacks its scope: the shop does without */
    struct time_us through; /* the cursor; 0: none yet */
    struct time_us trusted; /* the cursor as it was found: who moved it read what lies before */
    char labels[METRIC_LABELS_MAX];
};

struct worker {
    const struct publishing_spec *spec;
    struct desk *desk;
    const struct shop_conf *shop;
    struct shopify *api;
    struct reading reading;
    struct reading told;     /* what webhooks tell, acknowledged on its own; it knows the same */
    struct desk *other;      /* the desk that webhooks are written with */
    struct lease lease;
    struct feed_work feeds[FEEDS_MAX];
    size_t n_feeds;
    bool ready; /* the lease is ours and the cursors are read */
    int64_t lease_due_ms, hints_due_ms, sweep_due_ms, subscribe_due_ms;
    struct trouble trouble;
    bool base_known;
    bool subscribed;       /* all subscriptions were there once */
    bool version_refused;  /* Shopify answers in another version; said, until it does not */
    bool version_answered, version_said;
    char refusal[256];     /* why a subscription cannot be had; said once */
    struct publish_mark
        base[PUBLISH_MARKS_MAX]; /* of what others published: the load, former owners */
    size_t n_base;
};

/* Up to when a poll that began then is complete.  What changed within the second before it began is
 * not read yet, however fast searches are: an inconclusive look is worth nothing. */
static inline struct time_us
complete_until(const struct shop_conf *shop, struct time_us began)
{
    const int64_t search_us = shop->search_lag_ms * US_PER_MS;

    return (struct time_us){ began.v - (search_us > US_PER_S ? search_us : US_PER_S)
                             - shop->replica_lag_ms * US_PER_MS };
}

/* Since when something may be missing of an object that was seen changed `at`: its earlier changes
 * may be missing, too, but none that lies before the cursor. */
static inline struct time_us
missing_since(const struct feed_work *f, struct time_us at)
{
    return f->through.v != 0 && f->through.v < at.v ? f->through : at;
}

MUST_CHECK enum err_class worker_open(struct worker *w, const struct publishing_spec *spec,
                                      struct desk *desk, struct desk *other,
                                      const struct shop_conf *shop, struct err *e);
void worker_fini(struct worker *w);
/* One turn. RETRY and FATAL are ours, not the shop's. */
MUST_CHECK enum err_class worker_turn(struct worker *w, struct err *e);
/* When the next turn has something to do (monotonic). */
int64_t worker_due_ms(const struct worker *w);
/* Keeps the lease while something long goes on. */
MUST_CHECK enum err_class worker_keep(struct worker *w, struct err *e);
void worker_release(struct worker *w);

/* True when a call of this class may go now; else the worker waits for the bucket. */
bool worker_may_call(struct worker *w, enum pace_class c, int64_t cost);
/* The same for a backfill, which waits alone, until *due_ms: nothing live waits for what it may not
 * spend. */
bool worker_may_backfill(struct worker *w, int64_t cost, int64_t *due_ms);
/* True when all loads are at least so far. */
bool worker_is_loaded(const struct worker *w, enum load_state least);
/* What an error of a call means for the shop. Passes on what is ours. */
MUST_CHECK enum err_class worker_settle(struct worker *w, enum err_class class, int64_t wait_ms,
                                        struct err *e);
/* The same for a call of one feed: without its scope the feed is off, and the shop goes on. */
MUST_CHECK enum err_class worker_settle_feed(struct worker *w, struct feed_work *f,
                                             enum err_class class, int64_t wait_ms, struct err *e);
/* Of what could not be read or mapped: an exception for people, and a hint of this type that holds
 * the watermark. */
MUST_CHECK enum err_class worker_note(struct worker *w, const struct feed_work *f, const char *type,
                                      struct err *e);

/* The parts of a turn (poll.c, hint_turn.c, load.c, watermark.c). */
MUST_CHECK enum err_class poll_turn(struct worker *w, struct feed_work *f, struct err *e);
int64_t poll_due_ms(const struct feed_work *f);
MUST_CHECK enum err_class hint_turn(struct worker *w, struct feed_work *f, struct err *e);
/* A row of a bulk result was cut (bulk_cut.h): a dead letter of the object that it belongs to. */
MUST_CHECK enum err_class left_out_keep(struct worker *w, const struct feed_work *f, int64_t id,
                                        const struct json_value *row, struct err *e);
/* Shopify says that this operation has ended. */
void load_finished(struct worker *w, struct str operation);
/* Forgets what it was about; a new owner goes on from the row. */
void load_reset(struct load *l);
MUST_CHECK enum err_class load_turn(struct worker *w, struct feed_work *f, struct err *e);
MUST_CHECK enum err_class refetch_look(struct worker *w, struct feed_work *f, struct err *e);
/* What the poll has listed is acknowledged, up to `through` or all of it. */
MUST_CHECK enum err_class refetch_slice_done(struct worker *w, struct feed_work *f,
                                             struct time_us through, bool done, struct err *e);
MUST_CHECK enum err_class watermark_record(struct worker *w, struct time_us through, struct err *e);
/* Compares the webhook subscriptions with what is declared (upkeep.c). */
MUST_CHECK enum err_class upkeep_subscriptions(struct worker *w, struct err *e);
/* Tells people that Shopify answers in another API version than was asked for. */
MUST_CHECK enum err_class upkeep_version(struct worker *w, struct err *e);
/* Reads where a feed stands. */
MUST_CHECK enum err_class cursor_read(struct worker *w, struct feed_work *f, struct err *e);

#endif
