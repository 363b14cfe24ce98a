/*
 * known.h: what was published lately, so that the overlap of polls costs no reads.
 *
 * A poll sees the same changes again and again, because it looks behind its cursor.  An entry says
 * which version of an object is already in Kafka, and whether that observation is conclusive:
 * Shopify's updated_at has one-second ties and replicas lag, so only a look that began after the
 * second was over (and the replica caught up) shows everything of it.
 *
 * Bounded: beyond KNOWN_MAX entries everything is forgotten, which costs reads and nothing else.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PUBLISHING_KNOWN_H
#define PUBLISHING_KNOWN_H

#include "base/cleanup.h"
#include "domain/version.h"

enum { KNOWN_MAX = 1 << 16 };

struct known;
struct known_entry {
    int64_t id; /* 0: free */
    struct version version;
    uint64_t hash; /* of the body without its moment; 0: unknown */
};

enum known_verdict {
    KNOWN_NEW,     /* read it */
    KNOWN_AGAIN,   /* seen, but too close to the change: read it once more, when that is worth it */
    KNOWN_COVERED, /* nothing can have been missed */
};

struct known *known_new(void);
void known_free(struct known *k);
/* Remembers the newer of what is known and this. */
void known_put(struct known *k, const struct known_entry *entry);
const struct known_entry *known_find(const struct known *k, int64_t id);
/* Is the change of `id` at updated_at in what was published? */
enum known_verdict known_judge(const struct known *k, int64_t id, struct time_us updated_at,
                               int64_t replica_lag_ms);
/* True when an observation began late enough to show everything that updated_at stands for. */
bool version_is_conclusive(struct version v, int64_t replica_lag_ms);
/* Drops entries whose change and observation are older. */
void known_forget(struct known *k, struct time_us before);
size_t known_count(const struct known *k);
DEFINE_CLEANUP(known_free, struct known *);

#endif
