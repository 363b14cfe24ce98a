/*
 * intake.c: a batch of webhooks: bodies of orders are mapped at once, everything else is a hint.
 *
 * Facts are acknowledged by Kafka before the transaction that moves the offsets commits; a kill in
 * between makes the same facts again, with the same ids.  A body that is old is a hint, because a
 * retry may come hours after newer facts; one older than any retry comes from a replay of the
 * topic, and polls have passed it long ago, unless it tells a deletion, which no poll shows.
 * Webhooks of other topics are another publisher's and count as applied.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "publishing/intake.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "domain/gid.h"
#include "metrics/metrics.h"
#include "publishing/hints.h"

#define FRESH_US (INT64_C(60) * US_PER_S)
#define RETRIES_END_US (INT64_C(6) * 3600 * US_PER_S)
/* When to look for the fulfilment orders of a new order, if no webhook has said that they are
 * there. */
#define ROUTING_US (INT64_C(1500) * US_PER_MS)

enum { GATHER_MS = 50 }; /* hints that come together are read together */

static struct metric webhooks_total = METRIC(
    METRIC_COUNTER, "millrace_webhooks_total",
    "Webhooks of this publisher by shop and outcome: fact (mapped at once), hint (to be read), "
    "strange (in another API version, to be read), "
    "known (nothing new), old (from a replay), bad (dead letter).");
static struct metric webhook_age =
    METRIC(METRIC_HISTOGRAM_US, "millrace_webhook_age_seconds",
           "From the moment that a webhook names to its intake, by shop.");

struct incoming {
    struct worker *w;
    const struct webhook_rule *rule;
    struct str topic;
    struct time_us triggered;
    struct time_us now; /* Shopify's */
    bool strange;       /* in an API version whose bodies this release does not know */
};
struct taking { struct intake *in; struct batch *b; struct hints hints; };

static const struct webhook_rule *
find_rule(const struct publishing_spec *spec, struct str topic)
{
    for (const struct webhook_rule *r = spec->rules; r->topic != NULL; r++) {
        const struct str t = str_of(r->topic);
        if (str_eq(t, topic)
            || (t.p[t.n - 1] == '/' && topic.n > t.n && memcmp(t.p, topic.p, t.n) == 0))
            return r;
    }
    return NULL;
}

/* Bodies of these have the shape that is mapped; those of others are read instead. */
static bool
is_strange(struct str version)
{
    static const char *const known[] = { "2026-01", "2026-04", "2026-07", "2026-10" };
    bool found = version.n == 0;

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        found = found || str_is(version, known[i]);
    return !found;
}

static struct worker *
find_worker(const struct intake *in, struct str key)
{
    const char *slash = key.n > 0 ? memchr(key.p, '/', key.n) : NULL;
    const struct str shop = { key.p, slash != NULL ? (size_t)(slash - key.p) : key.n };

    for (size_t i = 0; i < in->n_workers; i++)
        if (str_is(shop, in->workers[i].shop->key))
            return &in->workers[i];
    return NULL;
}

/* What the envelope says. *ours is false for another publisher's topics. */
static enum err_class
read_envelope(const struct intake *in, const struct kafka_record *r, struct incoming *ret,
              bool *ours, struct err *e)
{
    const struct str at = kafka_record_header(r, "x-shopify-triggered-at");

    ret->topic = kafka_record_header(r, "x-shopify-topic");
    if (ret->topic.n == 0)
        return err_set(e, ERR_REJECT, "TOPIC", "no header x-shopify-topic: this is no webhook");
    ret->rule = find_rule(in->spec, ret->topic);
    *ours = ret->rule != NULL;
    if (!*ours)
        return ERR_NONE;
    ret->w = find_worker(in, r->key);
    if (ret->w == NULL)
        return err_set(e, ERR_REJECT, "SHOP",
                       "key \"%.*s\": no [shop.*] of this name is configured",
                       (int)(r->key.n < 64 ? r->key.n : 64), r->key.n > 0 ? r->key.p : "");
    ret->strange = is_strange(kafka_record_header(r, "x-shopify-api-version"));
    ret->triggered = r->timestamp;
    if (at.n > 0 && time_parse(at, &ret->triggered, e) != ERR_NONE)
        return err_wrap(e, "x-shopify-triggered-at: ");
    ret->now = shopify_now(ret->w->api);
    return ERR_NONE;
}

static void
count(const struct incoming *in, const char *outcome)
{
    char labels[METRIC_LABELS_MAX];

    (void)snprintf(labels, sizeof(labels), "shop=\"%s\",outcome=\"%s\"", in->w->shop->key, outcome);
    metric_add(&webhooks_total, labels, 1);
}

static void
add_hint(struct taking *t, const struct incoming *in, const char *type, int64_t id)
{
    struct arena *mem = t->b->mem;
    const bool route = in->rule->act == WEBHOOK_ROUTE;
    const struct hint one = {
        .shop = str_of(in->w->shop->key),
        .resource = hint_resource(mem, type, id),
        .reason = arena_printf(mem, "webhook %.*s", (int)in->topic.n, in->topic.p),
        .due_at = { t->b->now.v + (route ? ROUTING_US : 0) },
        .triggered_at = in->triggered,
        .holds_watermark = !route,
    };
    const int64_t due_ms =
        clock_monotonic_ms() + (route ? ROUTING_US / US_PER_MS : GATHER_MS);

    hints_add(&t->hints, mem, &one);
    t->in->news = true;
    if (in->w->hints_due_ms > due_ms)
        in->w->hints_due_ms = due_ms;
}

static int64_t
id_at(const struct json_value *body, const char *path)
{
    const struct json_value *v = json_path(body, path);
    int64_t id = 0;

    return json_i64(v, &id) ? id : gid_id(json_str(v));
}

static enum err_class
hint_by_id(struct taking *t, const struct incoming *in, const struct json_value *body,
           struct err *e)
{
    const struct webhook_rule *rule = in->rule;
    const int64_t id = id_at(body, rule->id);
    const int64_t part = id <= 0 && rule->part != NULL ? id_at(body, "admin_graphql_api_id") : 0;

    if (part > 0) {
        add_hint(t, in, rule->part, part);
        return ERR_NONE;
    }
    if (id <= 0)
        return err_set(e, ERR_REJECT, "ID", "%.*s: the body has no %s", (int)in->topic.n,
                       in->topic.p, in->rule->id);
    add_hint(t, in, t->in->spec->feeds[0]->resource, id);
    if (rule->also != NULL)
        add_hint(t, in, rule->also, id);
    return ERR_NONE;
}

/* Every object on the first level that is a fulfilment order. */
static enum err_class
hint_owners(struct taking *t, const struct incoming *in, const struct json_value *body,
            struct err *e)
{
    const struct json_value *member;
    struct str key;
    void *iter = NULL;
    size_t n = 0;

    while (json_next(body, &iter, &key, &member)) {
        const struct str gid = json_str(json_get(member, "id"));
        if (!str_is(gid_type(gid), "FulfillmentOrder"))
            continue;
        add_hint(t, in, "FulfillmentOrder", gid_id(gid));
        n++;
    }
    if (n == 0)
        return err_set(e, ERR_REJECT, "ID", "%.*s: the body names no fulfilment order",
                       (int)in->topic.n, in->topic.p);
    return ERR_NONE;
}

/* True when Kafka has this version or a newer one already. */
static bool
is_old_news(const struct incoming *in, const struct order *o)
{
    const struct known_entry *old = known_find(in->w->reading.main, o->id.v);

    return old != NULL
           && (in->w->spec->feeds[0]->once || version_cmp(old->version, o->version) >= 0);
}

static enum err_class
publish_body(struct taking *t, const struct incoming *in, const struct order *o, struct err *e)
{
    const struct publishing_spec *spec = t->in->spec;
    const bool update = strcmp(spec->body_topic, "orders") != 0;
    const struct str reason =
        arena_printf(t->b->mem, "webhook %.*s", (int)in->topic.n, in->topic.p);

    TRY(desk_order(t->in->desk, spec->body_topic, o, update ? reason.p : NULL, e));
    reading_stage(&in->w->told, in->w->told.main, o->id.v, o->version,
                  update ? order_sense(t->in->desk, *o) : 0);
    return ERR_NONE;
}

/* What is not mapped at once is looked at only for the ids of what to read. */
static enum err_class
take_hint(struct taking *t, const struct incoming *in, struct str body, struct err *e)
{
    const struct json_value *v = NULL;

    if (json_read(&v, body, t->b->mem, e) != ERR_NONE)
        return err_wrap(e, "%.*s: the body is not JSON: ", (int)in->topic.n, in->topic.p);
    count(in, in->strange ? "strange" : "hint");
    if (in->rule->act == WEBHOOK_BULK) {
        t->in->news = true;
        load_finished(in->w, json_str(json_get(v, in->rule->id)));
        return ERR_NONE;
    }
    return in->rule->act == WEBHOOK_OWNER ? hint_owners(t, in, v, e) : hint_by_id(t, in, v, e);
}

static enum err_class
take_body(struct taking *t, const struct incoming *in, struct str body, enum outcome *outcome,
          struct err *e)
{
    const struct seen seen = { .shop = str_of(in->w->shop->key),
                               .at = in->triggered,
                               .mem = t->b->mem };
    struct order o;

    if (in->strange || in->now.v - in->triggered.v > FRESH_US
        || order_from_webhook(body, &seen, &o, e) != ERR_NONE)
        return take_hint(t, in, body, e); /* a read is whole, whatever this body lacks */
    if (is_old_news(in, &o)) {
        count(in, "known");
        *outcome = OUTCOME_DUPLICATE;
        return ERR_NONE;
    }
    count(in, "fact");
    return publish_body(t, in, &o, e);
}

static enum err_class
take(struct taking *t, const struct kafka_record *r, enum outcome *outcome, struct err *e)
{
    struct incoming in = { 0 };
    bool ours = false;

    TRY(read_envelope(t->in, r, &in, &ours, e));
    if (!ours)
        return ERR_NONE;
    metric_observe_us(&webhook_age, in.w->trouble.labels, in.now.v - in.triggered.v);
    if (in.now.v - in.triggered.v > RETRIES_END_US && !hint_is_deletion(in.topic)) {
        count(&in, "old");
        *outcome = OUTCOME_STALE;
        return ERR_NONE;
    }
    return in.rule->act == WEBHOOK_BODY ? take_body(t, &in, r->value, outcome, e)
                                        : take_hint(t, &in, r->value, e);
}

static void
remember(struct intake *in, bool acknowledged)
{
    for (size_t i = 0; i < in->n_workers; i++)
        reading_remember(&in->workers[i].told, acknowledged);
}

enum err_class
intake_apply(void *ctx, struct pg *db, struct batch *b, struct err *e)
{
    struct taking t = { .in = ctx, .b = b };
    enum err_class class = ERR_NONE;

    remember(t.in, false);
    for (size_t i = 0; i < b->n; i++) {
        class = take(&t, &b->records[i], &b->outcome[i], e);
        if (class == ERR_REJECT)
            batch_reject(b, i, e);
        else
            TRY(class);
    }
    TRY(hints_save(db, &t.hints, b->mem, e));
    class = desk_settle(t.in->desk, e);
    remember(t.in, class == ERR_NONE);
    TRY(class);
    FAILPOINT("publishing_webhooks_published", e);
    return ERR_NONE;
}
