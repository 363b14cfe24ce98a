/*
 * broken.c: one mistake at a time; see broken.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "broken.h"

/* ">=" instead of ">": of two bodies with one version the last to come stays. */
static enum version_verdict
judge_ties_by_arrival(struct version stored, struct str stored_hash, struct version incoming,
                      struct str incoming_hash)
{
    const enum version_verdict v = version_judge(stored, stored_hash, incoming, incoming_hash);

    return v == VERSION_STALE && version_cmp(incoming, stored) == 0 ? VERSION_RIVAL : v;
}

/* Only updated_at, which has ties of one second. */
static enum version_verdict
judge_by_half(struct version stored, struct str stored_hash, struct version incoming,
              struct str incoming_hash)
{
    stored.observed_at = incoming.observed_at = (struct time_us){ 0 };
    return judge_ties_by_arrival(stored, stored_hash, incoming, incoming_hash);
}

static enum version_verdict
judge_by_arrival(struct version stored, struct str stored_hash, struct version incoming,
                 struct str incoming_hash)
{
    (void)stored, (void)stored_hash, (void)incoming, (void)incoming_hash;
    return VERSION_NEWER;
}

#define WHOLE                                                                             \
    .sent_once = true, .parcels_once = true, .parcels_wait = true, .archive_stays = true, \
    .owner_by_newest = true

const struct broken_rules broken_rules[] = {
    { "ties",
      "of two bodies with one version the last to come stays",
      { .judge = judge_ties_by_arrival, WHOLE } },
    { "half-version",
      "when the observation began is not looked at",
      { .judge = judge_by_half, WHOLE } },
    { "arrival", "the last snapshot to come is the newest", { .judge = judge_by_arrival, WHOLE } },
    { "sent-twice",
      "a fulfilment counts each time it is seen",
      { .judge = version_judge,
        .parcels_once = true,
        .parcels_wait = true,
        .archive_stays = true,
        .owner_by_newest = true } },
    { "parcels-twice",
      "a parcel counts each time it is told",
      { .judge = version_judge,
        .sent_once = true,
        .parcels_wait = true,
        .archive_stays = true,
        .owner_by_newest = true } },
    { "parcels-lost",
      "a parcel of an unknown line is dropped",
      { .judge = version_judge,
        .sent_once = true,
        .parcels_once = true,
        .archive_stays = true,
        .owner_by_newest = true } },
    { "resurrection",
      "a late fact brings a deleted order back",
      { .judge = version_judge,
        .sent_once = true,
        .parcels_once = true,
        .parcels_wait = true,
        .owner_by_newest = true } },
    { "first-number",
      "whose a fulfilment is, is judged by the number it had when first seen",
      { .judge = version_judge,
        .sent_once = true,
        .parcels_once = true,
        .parcels_wait = true,
        .archive_stays = true } },
};
const size_t n_broken_rules = sizeof broken_rules / sizeof broken_rules[0];
