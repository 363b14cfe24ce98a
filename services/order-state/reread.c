/*
 * reread.c: which records leave a topic with the wrong last word; see reread.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "reread.h"

#include "domain/version.h"
#include "order_state_sql.h"

struct rereads
rereads_new(struct arena *mem, size_t max)
{
    return (struct rereads){
        .shops = ARENA_NEW(mem, struct str, max),
        .topics = ARENA_NEW(mem, struct str, max),
        .plain = ARENA_NEW(mem, struct str, max),
        .orders = ARENA_NEW(mem, int64_t, max),
        .partitions = ARENA_NEW(mem, int32_t, max),
        .updated = ARENA_NEW(mem, struct time_us, max),
        .observed = ARENA_NEW(mem, struct time_us, max),
        .ties = ARENA_NEW(mem, bool, max),
    };
}

/* Is there a later record of the same key and topic in the batch that is at least as new? */
static bool
is_followed(const struct facts *x, size_t k, const struct batch *b)
{
    const char *topic = b->records[x->record[k]].topic;
    const struct version mine = { x->updated[k], x->observed[k] };

    for (size_t j = k + 1; j < x->n; j++) {
        const struct version other = { x->updated[j], x->observed[j] };
        if (x->orders[j] == x->orders[k] && strcmp(b->records[x->record[j]].topic, topic) == 0
            && str_eq(x->shops[j], x->shops[k]) && version_cmp(other, mine) > 0)
            return true;
    }
    return false;
}

void
rereads_judge(struct rereads *to, const struct facts *x, size_t k, const struct batch *b,
              const char *topic, bool tie)
{
    const struct kafka_record *r = &b->records[x->record[k]];
    const bool stale = b->outcome[x->record[k]] == OUTCOME_STALE;
    const size_t n = to->n;

    if ((!stale && !tie) || is_followed(x, k, b))
        return;
    to->shops[n] = x->shops[k];
    to->orders[n] = x->orders[k];
    to->updated[n] = x->updated[k];
    to->observed[n] = x->observed[k];
    to->ties[n] = tie;
    to->topics[n] = str_of(r->topic);
    to->plain[n] = str_of(topic);
    to->partitions[n] = r->partition;
    to->n++;
}

enum err_class
rereads_send(const struct rereads *r, const char *group, struct pg *db, struct time_us now,
             struct err *e)
{
    if (r->n == 0)
        return ERR_NONE;
    return pg_send(db, e, &sql_hint_rereads, PG_CSTR(group), PG_TEXTS(r->shops, r->n),
                   PG_I64S(r->orders, r->n), PG_TIMES(r->updated, r->n),
                   PG_TIMES(r->observed, r->n), PG_TEXTS(r->topics, r->n),
                   PG_I32S(r->partitions, r->n), PG_TEXTS(r->plain, r->n),
                   PG_BOOLS(r->ties, r->n), PG_TIME(now));
}
