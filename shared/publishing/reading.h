/*
 * reading.h: one act of reading from a shop: objects in, facts acknowledged by Kafka out.
 *
 * What was published is remembered only after the acknowledgement, so that a failure repeats the
 * read and never loses it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PUBLISHING_READING_H
#define PUBLISHING_READING_H

#include "publishing/desk.h"
#include "publishing/feed.h"

/* What became of one object. */
struct fact_note {
    int64_t id;
    struct time_us updated_at, began;
    bool gone;    /* not visible: deleted, or beyond our scopes */
    bool again;   /* gone, but what it was is not known yet */
    bool bad;     /* it cannot be read or mapped: `why` */
    bool waiting; /* its fulfilment orders are not there yet */
    bool reread;  /* a bulk row that does not show everything */
    bool asked;   /* somebody wants the fact again, whatever Kafka has */
    bool returns; /* an order that has returns which this read does not show */
    char why[ERR_TEXT_SIZE];
};

struct staged { struct known *known; struct known_entry entry; };

struct reading {
    struct desk *desk;
    const struct shop_conf *shop;
    struct arena *mem;
    struct known *main;   /* what the feed reads, by id */
    struct known *routes; /* fulfilment orders, by order */
    struct known *parts;  /* fulfilment orders, by their own id */
    struct known *returns; /* returns, by order */
    const char *reason;   /* of the object at hand */
    bool asked;           /* for it: it is published even if Kafka has it */
    char denied[64];      /* a field that the token may not see; said once */
    struct fact_note notes[NODES_BATCH_MAX];
    size_t n_notes;
    struct staged *staged;
    size_t n_staged, max_staged;
};

MUST_CHECK enum err_class reading_open(struct reading *r, struct desk *desk,
                                       const struct shop_conf *shop, struct err *e);
void reading_fini(struct reading *r);
/* Another act of reading that knows, and lets know, the same; ended before the first. */
MUST_CHECK enum err_class reading_share(struct reading *ret, const struct reading *r,
                                        struct desk *desk, struct err *e);
void reading_unshare(struct reading *r);

/* Reads a batch of the feed's objects, at most nodes->batch of the ids, and publishes them.
 * r->notes say what became of each; one that cannot be read is noted as bad. */
MUST_CHECK enum err_class reading_nodes(struct reading *r, struct shopify *s,
                                        const struct feed *feed, struct nodes *nodes,
                                        const int64_t *ids,
                                        const char *const *reasons, size_t n, int64_t *wait_ms,
                                        struct err *e);
/* The one note is now that this object cannot be read. */
void reading_blame(struct reading *r, int64_t id, struct time_us now, const struct err *why);
/* Remember this once everything queued is acknowledged. */
void reading_stage(struct reading *r, struct known *k, int64_t id, struct version v, uint64_t hash);
/* What is known of the objects that a search of the feed shows. */
struct known *reading_known(const struct reading *r, const struct feed *feed);
/* What no poll will look at again need not be remembered, and is not. */
bool reading_is_history(const struct reading *r, struct version v);
/* Forgets what was published before. */
void reading_forget(struct reading *r, struct time_us before);
/* Remembers what was staged, or forgets it. */
void reading_remember(struct reading *r, bool acknowledged);
/* Waits for the acknowledgements and remembers what was staged. */
MUST_CHECK enum err_class reading_settle(struct reading *r, struct err *e);

/* The facts (fact_fn of feed.h). */
enum err_class fact_new_order(struct reading *r, const struct json_value *node,
                              const struct pages *more, struct time_us began,
                              struct fact_note *note, struct err *e);
enum err_class fact_bulk_order(struct reading *r, const struct json_value *node,
                               const struct pages *more, struct time_us began,
                               struct fact_note *note, struct err *e);
enum err_class fact_whole_order(struct reading *r, const struct json_value *node,
                                const struct pages *more, struct time_us began,
                                struct fact_note *note, struct err *e);
enum err_class fact_routes(struct reading *r, const struct json_value *node,
                           const struct pages *more, struct time_us began, struct fact_note *note,
                           struct err *e);
/* A bulk row shows nothing of what was agreed after the order was placed. */
enum err_class fact_bulk_routes(struct reading *r, const struct json_value *node,
                                const struct pages *more, struct time_us began,
                                struct fact_note *note, struct err *e);
enum err_class fact_returns(struct reading *r, const struct json_value *node,
                            const struct pages *more, struct time_us began, struct fact_note *note,
                            struct err *e);
/* A bulk row shows no parcels that come back. */
enum err_class fact_bulk_returns(struct reading *r, const struct json_value *node,
                                 const struct pages *more, struct time_us began,
                                 struct fact_note *note, struct err *e);
enum err_class fact_product(struct reading *r, const struct json_value *node,
                            const struct pages *more, struct time_us began, struct fact_note *note,
                            struct err *e);
enum err_class fact_bulk_product(struct reading *r, const struct json_value *node,
                                 const struct pages *more, struct time_us began,
                                 struct fact_note *note, struct err *e);

#endif
