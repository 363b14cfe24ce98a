/*
 * entries.c: decode, check, append; see entries.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "entries.h"

#include <assert.h>

#include "base/clock.h"
#include "domain/movement.h"

#define FUTURE_MAX_US (24 * 3600 * US_PER_S)

struct entries
entries_new(struct arena *mem, size_t max)
{
    return (struct entries){
        .max = max,
        .record = ARENA_NEW(mem, size_t, max),
        .items = ARENA_NEW(mem, struct str, max),
        .facilities = ARENA_NEW(mem, struct str, max),
        .sources = ARENA_NEW(mem, struct str, max),
        .events = ARENA_NEW(mem, struct str, max),
        .kinds = ARENA_NEW(mem, struct str, max),
        .quantities = ARENA_NEW(mem, int64_t, max),
        .as_of = ARENA_NEW(mem, struct time_us, max),
    };
}

static enum err_class
decode(struct str value, struct time_us produced, struct arena *mem, struct movement *ret,
       struct err *e)
{
    if (value.p == NULL)
        return err_set(e, ERR_REJECT, "", "a tombstone: the ledger only grows, book the opposite");
    TRY(movement_decode(value, mem, ret, e));
    if (produced.v > 0 && ret->as_of.v > produced.v + FUTURE_MAX_US)
        return err_set(e, ERR_REJECT, "",
                       "as_of: more than a day after the record itself was produced");
    return ERR_NONE;
}

enum err_class
entries_add(struct entries *to, size_t record, struct str value, struct time_us produced,
            struct arena *mem, struct err *e)
{
    struct movement m = { 0 };
    const size_t k = to->n;

    assert(k < to->max);
    TRY(decode(value, produced, mem, &m, e));
    to->record[k] = record;
    to->items[k] = m.item;
    to->facilities[k] = m.facility;
    to->sources[k] = m.source;
    to->events[k] = m.event_id;
    to->kinds[k] = m.count ? STR("count") : STR("movement");
    to->quantities[k] = m.quantity;
    to->as_of[k] = m.as_of;
    to->n++;
    return ERR_NONE;
}
