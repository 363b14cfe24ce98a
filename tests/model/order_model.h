/*
 * order_model.h: what facts about one order come to, as pure rules: no I/O, no clock, no database.
 *
 * The rules of services/order-state stand in SQL, because they hold for batches of orders at once.
 * Here they stand a second time, one record after the other, as plainly as they can be said.  That
 * makes two questions cheap to ask: does the end depend on the order in which records arrive (a
 * million histories in a minute), and does the SQL do the same (play the same history into both)?
 *
 * Which snapshot is the newer one is decided by domain/version.h, as everywhere else.
 *
 * Said here: sections and their versions, the versions that were seen, lines (ordered, current,
 * fulfilled, cancelled, returned), fulfilments counted once by their id and whose they are, parcels
 * counted once by their name, tombstones, blocks, the state that follows.  Not said: allocations and
 * the router (decisions), money, fulfilments that are under way or failed.
 *
 * A record's fact and texts must outlive the model.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_ORDER_MODEL_H
#define TESTS_ORDER_MODEL_H

#include "domain/order.h"
#include "domain/shipment.h"
#include "domain/version.h"

enum { MODEL_LINES_MAX = 32, MODEL_SENT_MAX = 64, MODEL_PARCELS_MAX = 64, MODEL_VERSIONS_MAX = 64 };

enum model_kind {
    MODEL_ORDER,   /* a snapshot of the order: `order` */
    MODEL_ROUTES,  /* of its fulfilment orders; what they say is not looked at */
    MODEL_RETURNS, /* of its returns; likewise */
    MODEL_PARCEL,  /* a parcel left: `parcel` */
    MODEL_GONE,    /* a tombstone: the order was no more when that was observed */
    MODEL_BLOCK,   /* a snapshot that nobody could read */
};

struct model_record {
    enum model_kind kind;
    struct version version; /* of snapshots and blocks */
    struct str hash;        /* of snapshots */
    const struct order *order;
    const struct shipment *parcel;
};

/* The rules that decide whether arrival matters; a test breaks them one by one. */
struct model_rules {
    enum version_verdict (*judge)(struct version stored, struct str stored_hash,
                                  struct version incoming, struct str incoming_hash);
    bool sent_once;       /* a fulfilment counts once, by its id and line */
    bool parcels_once;    /* a parcel counts once, by its name */
    bool parcels_wait;    /* a parcel of an unknown line waits for it */
    bool archive_stays;   /* what was observed before a tombstone does not bring its order back */
    bool owner_by_newest; /* whose a fulfilment is, is asked of the newest snapshot */
};
extern const struct model_rules model_rules;

struct model_section {
    struct version version;
    struct str hash;
}; /* updated_at 0: not known */
struct model_line {
    struct line_id id;
    bool stocked;
    struct str sku;
    int64_t quantity, current;              /* as the newest snapshot shows them */
    int64_t fulfilled, cancelled, returned; /* what was done to it in Shopify */
    int64_t shipped, issued;                /* left by parcel; taken by staff without one */
};
/* One line of a fulfilment, counted once. */
struct model_sent {
    struct fulfillment_id id;
    struct line_id line;
    int64_t units;
    bool undone;
    struct jarray tracking; /* struct str, when it was first seen */
};
struct model_version {
    struct version version;
    struct str hash;
    const struct order *order;
};

struct model {
    const struct model_rules *rules;
    struct model_section section[MODEL_RETURNS + 1]; /* by kind */
    const struct order *order;                       /* the newest snapshot; NULL: a placeholder */
    struct version blocked;                          /* updated_at 0: it is not */
    struct time_us gone_at;                          /* of the latest tombstone; 0: there is none */
    size_t n_lines, n_sent, n_parcels, n_versions;
    struct model_line lines[MODEL_LINES_MAX]; /* by id */
    struct model_sent sent[MODEL_SENT_MAX];
    const struct shipment *parcels[MODEL_PARCELS_MAX];
    struct model_version versions[MODEL_VERSIONS_MAX]; /* by version */
};

void model_init(struct model *m, const struct model_rules *rules);
void model_apply(struct model *m, const struct model_record *r);

/* Its latest tombstone is as new as the newest snapshot, or newer. */
bool model_is_archived(const struct model *m);
/* Everything that must not depend on arrival, as named numbers in one fixed order. */
typedef void model_sink(void *ctx, const char *name, int64_t of, int64_t value);
void model_tell(const struct model *m, model_sink *sink, void *ctx);
/* The same as one number. */
uint64_t model_fingerprint(const struct model *m);

#endif
