/*
 * deadletters.h: which dead letters a command means, and why they are there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MILLRACE_DEADLETTERS_H
#define MILLRACE_DEADLETTERS_H

#include "cli.h"

/* --group, --topic, --code, --text, --all and --max. */
struct letters_filter {
    struct pg_arg group, topic, code, text, all;
    int64_t limit;
};

extern const struct form letters_reasons;

MUST_CHECK enum err_class letters_filter(const struct cli *c, int64_t limit,
                                         struct letters_filter *ret, struct err *e);
/* Some of it was given, so that it does not mean all there are. */
bool letters_filter_says(const struct letters_filter *f);
MUST_CHECK enum err_class letters_read_reasons(struct pg *db, const struct letters_filter *f,
                                               struct pg_rows **ret, struct err *e);
MUST_CHECK enum err_class letters_read_list(struct pg *db, const struct letters_filter *f,
                                            struct pg_rows **ret, struct err *e);
/* "UNKNOWN" when there is none of this id. */
MUST_CHECK enum err_class letters_read_one(struct pg *db, struct str id, struct pg_rows **ret,
                                           struct err *e);

/* Columns of deadletter_one. */
enum {
    ONE_ID,
    ONE_CODE,
    ONE_REASON,
    ONE_AT,
    ONE_RETRIES,
    ONE_RETRIED_AT,
    ONE_DROPPED_AT,
    ONE_DROPPED_WHY,
    ONE_OUTLOOK,
    ONE_KEY,
    ONE_HEADERS,
    ONE_PAYLOAD,
    ONE_CAME_BACK,
    ONE_TOPIC,
};

#endif
