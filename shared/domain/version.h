/*
 * version.h: which of two snapshots of the same thing is the newer one.
 *
 * A fact is a snapshot with a version: Shopify's updated_at, then the moment the observation began.
 * The first half has one-second ties and child objects change without moving it, which is why the
 * second exists.  Equal versions with equal bodies are duplicates; with different bodies the higher
 * hash of the canonical JSON wins, so that every consumer, in whatever order, ends with the same
 * one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DOMAIN_VERSION_H
#define DOMAIN_VERSION_H

#include "base/hash.h"
#include "base/types.h"

enum { VERSION_TEXT_SIZE = 64 };
struct version { struct time_us updated_at, observed_at; };

/* Negative, zero or positive, as a is older than, as old as, or newer than b. */
int version_cmp(struct version a, struct version b);

enum version_verdict {
    VERSION_NEWER,     /* apply it */
    VERSION_DUPLICATE, /* the same version, the same body */
    VERSION_STALE,     /* older than what is stored */
    VERSION_RIVAL,     /* the same version, another body that wins: apply it, read again */
};
/* What to do with an incoming snapshot when `stored` is held (updated_at 0: nothing is). Hashes
 * are hex SHA-256. */
enum version_verdict version_judge(struct version stored, struct str stored_hash,
                                   struct version incoming, struct str incoming_hash);
/* "<updated_at>/<observed_at>": the version part of ce_id. Returns text. */
const char *version_format(struct version v, char text[VERSION_TEXT_SIZE]);

#endif
