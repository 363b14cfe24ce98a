/*
 * feed.h: what a publisher brings in, described by constants: which objects, how they are found,
 * read and loaded, and what they become.
 *
 * The publishers are one program with different descriptions; everything that acts is in this
 * layer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PUBLISHING_FEED_H
#define PUBLISHING_FEED_H

#include "shopify/nodes.h"
#include "shopify/search.h"

struct reading;
struct fact_note;

/* Maps a node and queues what became of it; says in `note` what the reader has to know. */
typedef enum err_class fact_fn(struct reading *r, const struct json_value *node,
                               const struct pages *more, struct time_us began,
                               struct fact_note *note, struct err *e);

struct feed {
    const char *stream;         /* its row in shop_cursor */
    const char *resource;       /* its hints: "Order" for Order/5123; NULL: none */
    const struct search *search; /* NULL: nothing is searched for, read or loaded, only owners */
    const char *read_id;        /* the member of a search result that is read: "id", "orderId" */
    bool once;  /* an object once published is done: later changes are another feed's */
    bool parts; /* what is searched for are parts of what is read (fulfilment orders) */
    bool watermark;             /* its polls carry the shop's watermark */
    bool moves_stock;           /* the watermark waits for its polls, too */
    const struct text_file *owners_doc; /* its hints name parts of objects: this tells of which */
    const char *owner_path;     /* where the owner's gid is in the answer: "orderId" */
    const char *const *owners;  /* the hints that come of it; NULL-terminated */
    const char *scope;          /* a shop whose token lacks this does without the feed; or NULL */
    int64_t poll_every;         /* times the shop's poll interval */
    const struct text_file *nodes_doc;
    const char *type;           /* "Order" */
    fact_fn *fact;
    const struct text_file *bulk; /* the initial load; NULL: none */
    const struct text_file *bulk_metafields; /* the same for shops that want metafields; or NULL */
    bool history; /* its load needs to see what is older than 60 days, if history_since does */
    const char *bulk_optional; /* a field that it does without when the token may not see it */
    fact_fn *bulk_fact;
};

/* Hints of this kind ask for the returns of an order: Returns/5123. */
#define RETURNS_HINT "Returns"

/* Of which kind the hints are that a feed makes of what it has read: parts are read by their owner.
 */
static inline const char *
feed_hint_type(const struct feed *f)
{
    return f->parts ? f->type : f->resource;
}

/* What a webhook becomes. */
enum webhook_act {
    WEBHOOK_BODY,  /* the body is the whole order: a fact at once, if it is fresh */
    WEBHOOK_HINT,  /* something changed: read it now, and again a little later */
    WEBHOOK_ROUTE, /* a new order: its fulfilment orders come in a moment */
    WEBHOOK_BULK,  /* a bulk operation has ended: look now */
    WEBHOOK_OWNER, /* names fulfilment orders only: find out whose they are */
};
struct webhook_rule {
    const char *topic;    /* "orders/create"; a trailing slash matches all below */
    enum webhook_act act;
    const char *id;       /* where the id is in the body */
    const char *also;     /* a hint of this kind, too */
    const char *part;     /* a body without that id names an object of this kind, by its gid */
};
#define ON(TOPIC, ACT, ID) { .topic = (TOPIC), .act = (ACT), .id = (ID) }
#define ON_PART(TOPIC, ID, ALSO, PART) \
    { .topic = (TOPIC), .act = WEBHOOK_HINT, .id = (ID), .also = (ALSO), .part = (PART) }

#endif
