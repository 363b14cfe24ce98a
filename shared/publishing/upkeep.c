/*
 * upkeep.c: what has to stay as it was set up in the shop: webhook subscriptions and API version.
 *
 * Both change behind our back and without an error: Shopify deletes subscriptions whose deliveries
 * it could not make, and answers in an older or newer version once ours has retired.  Both are said
 * loudly, because for a while only polls have told what happened.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/clock.h"
#include "base/log.h"
#include "publishing/worker.h"
#include "publishing_sql.h"
#include "shopify/subscriptions.h"

static struct metric remade_total =
    METRIC(METRIC_COUNTER, "millrace_subscriptions_remade_total",
           "Webhook subscriptions that were there and had to be made anew, by shop: Shopify "
           "deletes those whose deliveries fail.");
static struct metric refused_gauge =
    METRIC(METRIC_GAUGE, "millrace_subscriptions_refused",
           "Webhook subscriptions that Shopify does not grant, by shop; polls make up for them.");
static struct metric version_gauge =
    METRIC(METRIC_GAUGE, "millrace_api_version_wrong",
           "1 while Shopify answers in another API version than was asked for, by shop.");

static void
tell_made(struct worker *w, const struct subscriptions_report *r)
{
    if (r->made == 0)
        return;
    if (!w->subscribed) {
        LOG_INFO(MSG("webhook subscriptions made"), KV("shop", w->shop->key),
                 KV("count", (int64_t)r->made));
        return;
    }
    metric_add(&remade_total, w->trouble.labels, (int64_t)r->made);
    LOG_ERROR(MSG("webhook subscriptions were gone and are made anew; Shopify deletes those whose "
                  "deliveries fail: look at the gateway. Polls have read what was not told"),
              KV("shop", w->shop->key), KV("count", (int64_t)r->made),
              KV("topic", (const char *)r->missing));
}

static void
tell_refused(struct worker *w, const struct subscriptions_report *r)
{
    metric_set(&refused_gauge, w->trouble.labels, (int64_t)r->refused);
    if (strcmp(w->refusal, r->refusal) == 0)
        return;
    (void)snprintf(w->refusal, sizeof(w->refusal), "%s", r->refusal);
    if (r->refused > 0)
        LOG_ERROR(MSG("webhooks that Shopify does not grant; polls make up for them, later"),
                  KV("shop", w->shop->key), KV("count", (int64_t)r->refused),
                  KV("error", (const char *)r->refusal));
}

enum err_class
upkeep_subscriptions(struct worker *w, struct err *e)
{
    struct subscriptions_report r = { 0 };
    int64_t wait_ms = 0;

    if (w->shop->webhook_uri == NULL || w->spec->subscriptions == NULL
        || clock_monotonic_ms() < w->subscribe_due_ms)
        return ERR_NONE;
    w->desk->failed = false;
    const enum err_class class = subscriptions_keep(w->api, w->spec->subscriptions,
                                                    w->shop->webhook_uri, &r, &wait_ms, e);
    tell_made(w, &r);
    if (class != ERR_NONE)
        return worker_settle(w, class, wait_ms, e);
    w->subscribe_due_ms = clock_monotonic_ms() + w->shop->subscriptions_ms;
    tell_refused(w, &r);
    if (r.removed > 0)
        LOG_WARN(MSG("webhook subscriptions removed: to an old address, or not of whole bodies"),
                 KV("shop", w->shop->key), KV("count", (int64_t)r.removed));
    if (r.version[0] != '\0' && !w->subscribed)
        LOG_WARN(MSG("webhooks come in another API version; bodies that this release does not know "
                     "are read instead"),
                 KV("shop", w->shop->key), KV("version", (const char *)r.version));
    w->subscribed = true;
    return worker_settle(w, ERR_NONE, 0, e);
}

enum err_class
upkeep_version(struct worker *w, struct err *e)
{
    const struct str subject = str_of(w->shop->key);
    const struct str detail = STR(
        "Shopify answers in another API version than api_version asks for: that one has retired. "
        "The shop is paused; set api_version to one that Shopify supports and this release knows");

    const bool tell = w->version_refused && !w->version_said;
    const bool over = w->version_said && w->version_answered;

    w->version_answered = false;
    if (!tell && !over)
        return ERR_NONE;
    if (tell) {
        metric_set(&version_gauge, w->trouble.labels, 1);
        TRY(pg_send(w->desk->db, e, &sql_open_exception, PG_CSTR("api_version"),
                    PG_TEXTS(&subject, 1), PG_TEXTS(&detail, 1), PG_TIME(clock_now())));
        w->version_said = true;
    } else {
        metric_set(&version_gauge, w->trouble.labels, 0);
        TRY(pg_send(w->desk->db, e, &sql_close_exception, PG_CSTR("api_version"),
                    PG_TEXTS(&subject, 1), PG_TIME(clock_now())));
        w->version_said = w->version_refused = false;
    }
    return pg_flush(w->desk->db, e);
}
