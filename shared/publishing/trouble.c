/*
 * trouble.c: see trouble.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "publishing/trouble.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"

enum { BACKOFF_BASE_MS = 100, BACKOFF_CAP_MS = 10000, SAY_EVERY = 10 };

static struct metric paused_gauge = METRIC(
    METRIC_GAUGE, "millrace_shop_paused",
    "1 while a shop cannot be worked with until a person acts; the log says what to do, by shop.");
static struct metric errors_total =
    METRIC(METRIC_COUNTER, "millrace_shop_errors_total",
           "Failed calls of a shop, by shop; a few are normal, a steady stream is not.");

void
trouble_open(struct trouble *t, struct service *svc, const struct shop_conf *shop)
{
    *t = (struct trouble){ .svc = svc, .shop = shop->key, .pause_ms = shop->pause_ms };
    (void)snprintf(t->component, sizeof(t->component), "shop %s", t->shop);
    (void)snprintf(t->labels, sizeof(t->labels), "shop=\"%s\"", t->shop);
    metric_set(&paused_gauge, t->labels, 0);
}

bool
trouble_may_call(struct trouble *t, const struct shopify *api, enum pace_class c, int64_t cost)
{
    const int64_t wait_ms = shopify_wait_ms(api, c, cost);
    const int64_t until_ms = clock_monotonic_ms() + wait_ms;

    if (wait_ms > 0 && until_ms > t->not_before_ms)
        t->not_before_ms = until_ms;
    return wait_ms == 0;
}

void
trouble_over(struct trouble *t)
{
    t->failures = 0;
    if (!t->paused)
        return;
    t->paused = false;
    metric_set(&paused_gauge, t->labels, 0);
    service_component(t->svc, t->component, NULL);
    LOG_INFO(MSG("shop works again"), KV("shop", t->shop));
}

static void
pause_shop(struct trouble *t, const struct err *e)
{
    t->not_before_ms = clock_monotonic_ms() + t->pause_ms;
    t->paused = true;
    metric_set(&paused_gauge, t->labels, 1);
    service_component(t->svc, t->component, e->text);
    LOG_ERROR(MSG("shop paused; tried again"), KV("shop", t->shop), KV("in_ms", t->pause_ms),
              KV("code", (const char *)e->code), KV("error", (const char *)e->text));
}

static void
back_off(struct trouble *t, int64_t wait_ms, const struct err *e)
{
    const int64_t jitter = rand_backoff_ms(BACKOFF_BASE_MS, BACKOFF_CAP_MS, t->failures);

    t->not_before_ms = clock_monotonic_ms() + (wait_ms > 0 ? wait_ms : 0) + jitter;
    if (t->failures++ % SAY_EVERY == 0)
        LOG_WARN(MSG("shop does not answer as it should; tried again"), KV("shop", t->shop),
                 KV("code", (const char *)e->code), KV("error", (const char *)e->text));
}

enum err_class
trouble_settle(struct trouble *t, enum err_class class, int64_t wait_ms, bool ours,
               const struct err *e)
{
    if (class == ERR_NONE) {
        trouble_over(t);
        return ERR_NONE;
    }
    if (ours)
        return class == ERR_REJECT ? ERR_FATAL : class;
    metric_add(&errors_total, t->labels, 1);
    if (class == ERR_RETRY)
        back_off(t, wait_ms, e);
    else
        pause_shop(t, e);
    return ERR_NONE;
}
