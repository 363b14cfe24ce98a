/*
 * version.c: the order of snapshots; see version.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "domain/version.h"

#include <stdio.h>

#include "base/clock.h"

static int
time_cmp(struct time_us a, struct time_us b)
{
    return (a.v > b.v) - (a.v < b.v);
}

int
version_cmp(struct version a, struct version b)
{
    const int c = time_cmp(a.updated_at, b.updated_at);

    return c != 0 ? c : time_cmp(a.observed_at, b.observed_at);
}

enum version_verdict
version_judge(struct version stored, struct str stored_hash, struct version incoming,
              struct str incoming_hash)
{
    if (stored.updated_at.v == 0)
        return VERSION_NEWER;
    const int c = version_cmp(incoming, stored);
    if (c != 0)
        return c > 0 ? VERSION_NEWER : VERSION_STALE;
    const int h = str_cmp(incoming_hash, stored_hash);
    if (h == 0)
        return VERSION_DUPLICATE;
    return h > 0 ? VERSION_RIVAL : VERSION_STALE;
}

const char *
version_format(struct version v, char text[VERSION_TEXT_SIZE])
{
    char updated[TIME_TEXT_SIZE], observed[TIME_TEXT_SIZE];

    (void)snprintf(text, VERSION_TEXT_SIZE, "%s/%s", time_format(v.updated_at, updated),
                   time_format(v.observed_at, observed));
    return text;
}
