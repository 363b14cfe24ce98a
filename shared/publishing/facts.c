/*
 * facts.c: what each kind of object becomes, and what need not be said again.
 *
 * A read that shows what is known already is published only if the earlier observation might have
 * missed something: consumers get versions, not noise.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/clock.h"
#include "publishing/reading.h"
#include "publishing_sql.h"

/* A read that shows what was deleted so long before has met no replica that lags. */
#define BACK_AFTER_US (INT64_C(60) * US_PER_S)
/* Fulfilment orders come a moment after their order; later than this they do not. */
#define ROUTING_LIMIT_US (INT64_C(300) * US_PER_S)

static struct seen
seen_at(const struct reading *r, struct time_us began)
{
    return (struct seen){ .shop = str_of(r->shop->key),
                          .at = began,
                          .mem = r->mem,
                          .metafields = r->shop->metafield_namespaces,
                          .variant_metafields = r->shop->variant_metafield_namespaces,
                          .order_metafields = r->shop->order_metafield_namespaces };
}

/* True when `v` with this body is in Kafka already, and nothing of its second can be missing there.
 */
static bool
is_said(const struct reading *r, const struct known *k, int64_t id, struct version v, uint64_t hash)
{
    const struct known_entry *old = known_find(k, id);

    return !r->asked && old != NULL && old->hash == hash
           && old->version.updated_at.v == v.updated_at.v
           && version_is_conclusive(old->version, r->shop->replica_lag_ms);
}

/* Older than what was published (a replica lags, an initial load takes its time): not worth a word.
 */
static bool
is_behind(const struct known *k, int64_t id, struct version v)
{
    const struct known_entry *old = known_find(k, id);

    return old != NULL && version_cmp(v, old->version) <= 0;
}

enum err_class
fact_new_order(struct reading *r, const struct json_value *node, const struct pages *more,
               struct time_us began, struct fact_note *note, struct err *e)
{
    const struct seen seen = seen_at(r, began);
    struct order o;

    TRY(order_from_graphql(node, more, &seen, &o, e));
    note->updated_at = o.version.updated_at;
    if (known_find(r->main, o.id.v) != NULL && !r->asked)
        return ERR_NONE; /* poll and initial load meet */
    reading_stage(r, r->main, o.id.v, o.version, 0);
    return desk_order(r->desk, "orders", &o, NULL, e);
}

enum err_class
fact_bulk_order(struct reading *r, const struct json_value *node, const struct pages *more,
                struct time_us began, struct fact_note *note, struct err *e)
{
    note->reread = order_is_cut(node);
    return note->reread ? ERR_NONE : fact_new_order(r, node, more, began, note, e);
}

static bool
awaits_routing(const struct order *o, const struct fulfillment_orders *f)
{
    bool left = false;

    EACH(struct order_line, l, &o->lines)
        left = left || l->unfulfilled_quantity > 0;
    return left && f->fulfillment_orders.n == 0 && o->cancelled_at.v == 0
           && o->version.observed_at.v < o->created_at.v + ROUTING_LIMIT_US;
}

enum err_class
fact_routes(struct reading *r, const struct json_value *node, const struct pages *more,
            struct time_us began, struct fact_note *note, struct err *e)
{
    const struct seen seen = seen_at(r, began);
    struct fulfillment_orders f;

    TRY(fulfillment_orders_from_graphql(node, more, &seen, &f, e));
    note->updated_at = f.version.updated_at;
    if (is_behind(r->routes, f.order_id.v, f.version))
        return ERR_NONE;
    const uint64_t hash = fulfillment_orders_sense(r->desk, f);
    const struct known_entry *old = known_find(r->routes, f.order_id.v);
    if (old == NULL || old->hash != hash || r->asked)
        TRY(desk_fulfillment_orders(r->desk, &f, e));
    reading_stage(r, r->routes, f.order_id.v, f.version, hash);
    EACH(struct fulfillment_order, one, &f.fulfillment_orders)
        reading_stage(r, r->parts, one->id.v, (struct version){ one->updated_at, began }, 0);
    return ERR_NONE;
}

/*
 * Whether an order has returns is all that its read tells of them; those that were declined or
 * cancelled do not count as such, so who asks for the order is told of its returns in any case.
 */
static bool
awaits_returns(const struct reading *r, const struct json_value *node, const struct order *o)
{
    const struct str status = json_str(json_get(node, "returnStatus"));
    const struct known_entry *old = known_find(r->returns, o->id.v);

    if (r->asked)
        return true;
    if (status.n == 0 || (old == NULL && str_is(status, "NO_RETURN")))
        return false;
    return old == NULL || old->version.updated_at.v < o->version.updated_at.v;
}

enum err_class
fact_whole_order(struct reading *r, const struct json_value *node, const struct pages *more,
                 struct time_us began, struct fact_note *note, struct err *e)
{
    const struct seen seen = seen_at(r, began);
    struct fulfillment_orders f;
    struct order o;

    TRY(order_from_graphql(node, more, &seen, &o, e));
    TRY(fulfillment_orders_from_graphql(node, more, &seen, &f, e));
    note->updated_at = o.version.updated_at;
    note->waiting = awaits_routing(&o, &f);
    note->returns = awaits_returns(r, node, &o);
    if (is_behind(r->main, o.id.v, o.version))
        return ERR_NONE;
    const uint64_t hash = order_sense(r->desk, o);
    if (!is_said(r, r->main, o.id.v, o.version, hash))
        TRY(desk_order(r->desk, "order-updates", &o, r->reason, e));
    reading_stage(r, r->main, o.id.v, o.version, hash);
    if (note->waiting)
        return ERR_NONE; /* nothing to say about them yet */
    return fact_routes(r, node, more, began, note, e);
}

enum err_class
fact_bulk_routes(struct reading *r, const struct json_value *node, const struct pages *more,
                 struct time_us began, struct fact_note *note, struct err *e)
{
    note->reread = beside_is_cut(node);
    return note->reread ? ERR_NONE : fact_routes(r, node, more, began, note, e);
}

/* An order that never had one has nothing to say. */
enum err_class
fact_returns(struct reading *r, const struct json_value *node, const struct pages *more,
             struct time_us began, struct fact_note *note, struct err *e)
{
    const struct seen seen = seen_at(r, began);
    struct returns x;

    TRY(returns_from_graphql(node, more, &seen, &x, e));
    const int64_t id = x.order_id.v;
    note->updated_at = x.version.updated_at;
    if (is_behind(r->returns, id, x.version))
        return ERR_NONE;
    const uint64_t hash = returns_sense(r->desk, x);
    const bool none = x.returns.n == 0 && known_find(r->returns, id) == NULL && !r->asked;
    if (!none && !is_said(r, r->returns, id, x.version, hash))
        TRY(desk_returns(r->desk, &x, e));
    reading_stage(r, r->returns, id, x.version, hash);
    return ERR_NONE;
}

enum err_class
fact_bulk_returns(struct reading *r, const struct json_value *node, const struct pages *more,
                  struct time_us began, struct fact_note *note, struct err *e)
{
    note->reread = returns_are_cut(node);
    return note->reread ? ERR_NONE : fact_returns(r, node, more, began, note, e);
}

/* What was said to be deleted and is shown all the same was never gone. Its deletion carries the
 * time at which it was told, so what is said now has to be as late, or nobody would believe it. */
static enum err_class
contradict_deletion(struct reading *r, struct product *p, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    struct product last;

    const enum err_class class = pg_exec(r->desk->db, e, &rows, &sql_last_product,
                                         PG_CSTR(r->shop->key), PG_I64(p->id.v));
    r->desk->failed = r->desk->failed || class != ERR_NONE;
    TRY(class);
    if (pg_n(rows) == 0 || !pg_bool(rows, 0, 1))
        return ERR_NONE;
    TRY(product_decode(pg_text(rows, 0, 0), r->mem, &last, e));
    if (p->version.observed_at.v - last.version.observed_at.v >= BACK_AFTER_US
        && p->version.updated_at.v < last.version.updated_at.v)
        p->version.updated_at = last.version.updated_at;
    return ERR_NONE;
}

enum err_class
fact_product(struct reading *r, const struct json_value *node, const struct pages *more,
             struct time_us began, struct fact_note *note, struct err *e)
{
    const struct seen seen = seen_at(r, began);
    struct product p;

    TRY(product_from_graphql(node, more, &seen, &p, e));
    note->updated_at = p.version.updated_at;
    if (r->asked)
        TRY(contradict_deletion(r, &p, e));
    if (is_behind(r->main, p.id.v, p.version))
        return ERR_NONE;
    const uint64_t hash = product_sense(r->desk, p);
    if (!is_said(r, r->main, p.id.v, p.version, hash))
        TRY(desk_product(r->desk, &p, e));
    reading_stage(r, r->main, p.id.v, p.version, hash);
    return ERR_NONE;
}

/* A bulk operation may have five connections: kits' parts and variants' metafields are not among
 * ours. */
enum err_class
fact_bulk_product(struct reading *r, const struct json_value *node, const struct pages *more,
                  struct time_us began, struct fact_note *note, struct err *e)
{
    note->reread = r->shop->variant_metafield_namespaces != NULL
                   || json_bool(json_get(node, "hasVariantsThatRequiresComponents"));
    return note->reread ? ERR_NONE : fact_product(r, node, more, began, note, e);
}
