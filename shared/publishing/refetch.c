/*
 * refetch.c: what people want read again since a moment (`millrace refetch --since`).
 *
 * A request is a row.  It is served in slices while the live poll rests, by the backfill's share of
 * the bucket, so that nothing live waits for it, and leaves cursor and watermark alone: they say
 * what is known of now.  The row remembers how far it came; a restart goes on from there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "publishing/worker.h"
#include "publishing_sql.h"

enum { LOOK_EVERY_MS = 2000 };

enum err_class
refetch_look(struct worker *w, struct feed_work *f, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    char since[TIME_TEXT_SIZE];

    if (clock_monotonic_ms() < f->refetch.due_ms)
        return ERR_NONE;
    f->refetch.due_ms = clock_monotonic_ms() + LOOK_EVERY_MS;
    TRY(pg_exec(w->desk->db, e, &rows, &sql_read_refetch, PG_CSTR(w->shop->key),
                PG_CSTR(f->feed->stream)));
    const struct time_us asked = pg_n(rows) > 0 ? pg_time(rows, 0, 1) : (struct time_us){ 0 };
    if (asked.v == f->refetch.asked.v)
        return ERR_NONE;
    f->refetch.asked = asked;
    f->refetch.since = pg_n(rows) > 0 ? pg_time(rows, 0, 0) : (struct time_us){ 0 };
    if (asked.v != 0)
        LOG_WARN(MSG("a person asks: read again"), KV("shop", w->shop->key),
                 KV("stream", f->feed->stream),
                 KV("since", (const char *)time_format(f->refetch.since, since)));
    return ERR_NONE;
}

static enum err_class
move(struct worker *w, const struct feed_work *f, struct time_us through, bool done, struct err *e)
{
    TRY(pg_begin(w->desk->db, e));
    TRY(lease_check(w->desk->db, &w->lease, e));
    TRY(pg_send(w->desk->db, e, &sql_move_refetch, PG_CSTR(w->shop->key),
                PG_CSTR(f->feed->stream), PG_TIME(f->refetch.asked), PG_TIME(through),
                done ? PG_TIME(clock_now()) : PG_NULL()));
    return pg_commit(w->desk->db, e);
}

enum err_class
refetch_slice_done(struct worker *w, struct feed_work *f, struct time_us through, bool done,
                   struct err *e)
{
    f->refetch.read += (int64_t)f->past.listed;
    FAILPOINT("publishing_refetch_slice", e);
    if (move(w, f, through, done, e) != ERR_NONE) {
        pg_rollback(w->desk->db);
        return e->class;
    }
    f->refetch.since = done ? (struct time_us){ 0 } : through;
    if (!done)
        return ERR_NONE;
    LOG_WARN(MSG("read again, as a person asked"), KV("shop", w->shop->key),
             KV("stream", f->feed->stream), KV("objects", f->refetch.read));
    f->refetch = (struct refetch){ .due_ms = f->refetch.due_ms };
    return ERR_NONE;
}
