/*
 * hints.h: what must be read: rows, so that a kill cannot lose them.
 *
 * A hint is read at once, and again 10 to 30 seconds later, because a first read may hit a replica
 * that lags; a read that began late enough after the change ends it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PUBLISHING_HINTS_H
#define PUBLISHING_HINTS_H

#include "base/arena.h"
#include "pg/pg.h"

/* Reasons that stand for more than one change: nothing that was read before serves such a hint. */
#define HINT_UNREADABLE "unreadable"
#define HINT_UNSHOWN "a search shows a change that reads do not"
/* What the reason of a fact begins with when a hint made it. */
#define HINT_SAYS "hint: "
/* True for what is told by a webhook and by nothing else: the reason, or the topic, of a deletion.
 * No search shows one, so it is never too old, and no earlier read makes up for it. */
bool hint_is_deletion(struct str reason);
/* True when a consumer, the reconciler or a person asks: they want the fact again, even one that
 * Kafka has, because it does not stand where they need it. `reason` is the fact's or the hint's. */
bool hint_is_asked(struct str reason);
enum { HINTS_MAX = 1000, HINT_RESOURCE_MAX = 96 };

struct hint {
    struct str shop, resource, reason;
    struct time_us due_at, triggered_at;
    bool holds_watermark;
    int64_t attempts;
};
struct hints {
    struct hint *v;
    size_t n, max;
}; /* in an arena */

/* Adds one to the list; the strings must live as long. */
void hints_add(struct hints *h, struct arena *mem, const struct hint *one);
/* "Order/5123" in the arena. */
struct str hint_resource(struct arena *mem, const char *type, int64_t id);
/* Queues the rows; they are there when the caller's transaction, or pg_flush(), is through. */
MUST_CHECK enum err_class hints_save(struct pg *db, const struct hints *h, struct arena *mem,
                                     struct err *e);

/* Claims at most n due hints of one kind for the shop. */
MUST_CHECK enum err_class hints_take(struct pg *db, struct str shop, const char *type,
                                     struct time_us now, size_t n, struct arena *mem,
                                     struct hints *ret, struct err *e);
/* Ends those with due_at 0, and moves the others to theirs, unless something new came meanwhile. */
MUST_CHECK enum err_class hints_finish(struct pg *db, struct str shop, const struct hints *taken,
                                       struct time_us claim, struct arena *mem, struct err *e);
/* The claim that hints_take() made at `now`. */
struct time_us hints_claim(struct time_us now);

#endif
