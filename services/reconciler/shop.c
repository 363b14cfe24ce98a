/*
 * shop.c: whose turn it is in a shop, its lease and its pauses; see shop.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shop.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "reconciler_documents.h"
#include "reconciler_sql.h"
#include "shopify/document.h"

enum { LEASE_TTL_MS = 15000, LEASE_EVERY_MS = 4000 };

static const struct search orders = {
    .doc = &text_orders_lean,
    .root = "orders",
    .field = "updated_at",
    .filter = "",
};
static const struct search fulfillment_orders = {
    .doc = &text_fulfillment_orders_lean,
    .root = "fulfillmentOrders",
    .field = "updated_at",
    .filter = "",
};
static const struct search products = {
    .doc = &text_products_lean,
    .root = "products",
    .field = "updated_at",
    .filter = "status:active,draft,archived,unlisted",
};
const struct kind kinds[KINDS] = {
    { "order", &orders, order_words },
    { "fulfillment_order", &fulfillment_orders, fulfillment_order_words },
    { "product", &products, product_words },
};

static const char *const sweeps[SWEEPS] = { "light", "full" };

static struct metric open_gauge =
    METRIC(METRIC_GAUGE, "millrace_drift_objects",
           "Objects that differ from Shopify now, by shop and kind; 0 is what it should be.");
static struct metric runs_total =
    METRIC(METRIC_COUNTER, "millrace_reconcile_runs_total",
           "Comparisons that were completed, by shop, kind and sweep.");

/* The documents of a token that may not see returns. */
static enum err_class
write_lean(struct watch *w, struct err *e)
{
    buf_init(&w->lean_text, DOCUMENT_TEXT_MAX);
    buf_init(&w->lean_sweep_text, DOCUMENT_TEXT_MAX);
    document_without(&w->lean_text, &text_orders_lean, "returns");
    document_without(&w->lean_sweep_text, &text_sweep_orders, "returns {");
    TRY(buf_check(&w->lean_text, text_orders_lean.name, e));
    TRY(buf_check(&w->lean_sweep_text, text_sweep_orders.name, e));
    w->lean_doc = (struct text_file){ text_orders_lean.name, buf_cstr(&w->lean_text) };
    w->lean_sweep = (struct text_file){ text_sweep_orders.name, buf_cstr(&w->lean_sweep_text) };
    w->lean_search = orders;
    w->lean_search.doc = &w->lean_doc;
    return ERR_NONE;
}

const struct search *
watch_search(const struct watch *w, size_t kind)
{
    return kind == ORDERS && w->no_returns ? &w->lean_search : kinds[kind].search;
}

enum err_class
watch_open(struct watch *w, struct service *svc, const struct reconciler_conf *cfg,
           const struct shop_conf *shop, struct err *e)
{
    *w = (struct watch){ .svc = svc, .cfg = cfg, .shop = shop, .mem = arena_new() };
    trouble_open(&w->trouble, svc, shop);
    (void)snprintf(w->lease.name, sizeof(w->lease.name), "reconciler/%s", shop->key);
    for (size_t i = 0; i < SWEEPS; i++)
        for (size_t k = 0; k < KINDS; k++)
            (void)snprintf(w->labels_of[i][k], METRIC_LABELS_MAX,
                           "shop=\"%s\",kind=\"%s\",sweep=\"%s\"", shop->key, kinds[k].name,
                           sweeps[i]);
    TRY(write_lean(w, e));
    TRY(service_pg_open(svc, &w->db, reconciler_sql, e));
    return shopify_open(&w->api, shop, e);
}

void
watch_fini(struct watch *w)
{
    shopify_free(w->api);
    pg_free(w->db);
    buf_fini(&w->lean_text);
    buf_fini(&w->lean_sweep_text);
    arena_free(w->mem);
}

void
watch_release(struct watch *w)
{
    lease_give_back(w->db, &w->lease);
}

enum err_class
watch_settle(struct watch *w, enum err_class class, int64_t wait_ms, struct err *e)
{
    return trouble_settle(&w->trouble, class, wait_ms, w->ours_failed, e);
}

struct time_us
watch_horizon(const struct watch *w, struct time_us t)
{
    return settled_before(w->shop, (struct time_us){ t.v - w->cfg->grace_ms * US_PER_MS });
}

struct comparison
watch_comparison(const struct watch *w, enum sweep sweep, size_t kind, struct time_us began)
{
    return (struct comparison){ .db = w->db,
                                .shop = w->shop->key,
                                .sweep = sweeps[sweep],
                                .kind = kinds[kind].name,
                                .labels = w->labels_of[sweep][kind],
                                .horizon = watch_horizon(w, began) };
}

enum err_class
watch_record(struct watch *w, struct comparison *c, struct time_us began, struct err *e)
{
    TRY(compare_flush(c, e));
    TRY(pg_send(w->db, e, &sql_record_run, PG_CSTR(c->shop), PG_CSTR(c->sweep), PG_CSTR(c->kind),
                PG_TIME(began), PG_TIME(c->horizon), PG_TIME(clock_now()), PG_I64(c->compared),
                PG_I64(c->different)));
    TRY(pg_flush(w->db, e));
    metric_add(&runs_total, c->labels, 1);
    if (c->different > 0)
        LOG_WARN(MSG("differs from Shopify; read again"), KV("shop", w->shop->key),
                 KV("kind", c->kind), KV("sweep", c->sweep), KV("compared", c->compared),
                 KV("different", c->different));
    return ERR_NONE;
}

/* When each kind was swept last tells when the next full sweep is due, whoever made it. */
static enum err_class
take_over(struct watch *w, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    const int64_t now_ms = clock_monotonic_ms();

    TRY(pg_exec(w->db, e, &rows, &sql_last_run, PG_CSTR(w->shop->key), PG_CSTR("full")));
    w->sweep_due_ms = now_ms + w->cfg->sweep_ms;
    for (size_t i = 0; i < pg_n(rows); i++) {
        const int64_t ago_ms = pg_is_null(rows, i, 2)
                                   ? w->cfg->sweep_ms
                                   : (clock_now().v - pg_time(rows, i, 2).v) / US_PER_MS;
        const int64_t due_ms = now_ms + w->cfg->sweep_ms - ago_ms;
        w->sweep_due_ms = due_ms < w->sweep_due_ms ? due_ms : w->sweep_due_ms;
    }
    w->light_due_ms = 0;
    w->light = LIGHT_NONE;
    w->full = FULL_NONE;
    w->ready = true;
    return ERR_NONE;
}

static enum err_class
own(struct watch *w, struct err *e)
{
    if (clock_monotonic_ms() >= w->lease_due_ms) {
        w->lease_due_ms = clock_monotonic_ms() + LEASE_EVERY_MS;
        TRY(lease_hold(w->svc, w->db, &w->lease, LEASE_TTL_MS, e));
    }
    w->ready = w->ready && lease_is_held(&w->lease);
    return w->ready || !lease_is_held(&w->lease) ? ERR_NONE : take_over(w, e);
}

/* Closes what has healed, and says what is open. */
static enum err_class
heal(struct watch *w, struct err *e)
{
    CLEANUP(pg_rows_free) struct pg_rows *rows = NULL;
    char labels[METRIC_LABELS_MAX];

    TRY(pg_send(w->db, e, &sql_bury, PG_CSTR(w->shop->key), PG_TIME(clock_now())));
    TRY(pg_exec(w->db, e, &rows, &sql_heal, PG_CSTR(w->shop->key), PG_TIME(clock_now())));
    for (size_t i = 0; i < pg_n(rows); i++) {
        const struct str kind = pg_text(rows, i, 0);
        (void)snprintf(labels, sizeof(labels), "shop=\"%s\",kind=\"%.*s\"", w->shop->key,
                       (int)kind.n, kind.p);
        metric_set(&open_gauge, labels, pg_i64(rows, i, 1));
    }
    TRY(pg_send(w->db, e, &sql_forget_runs, PG_CSTR(w->shop->key),
                PG_TIME(((struct time_us){ clock_now().v - w->cfg->keep_ms * US_PER_MS }))));
    return pg_flush(w->db, e);
}

static enum err_class
begin_light(struct watch *w, struct err *e)
{
    w->light_due_ms = clock_monotonic_ms() + w->cfg->cycle_ms;
    TRY(heal(w, e));
    return light_begin(w, e);
}

/* A full sweep that is due begins, one that goes on takes its next step. */
static enum err_class
full_turn(struct watch *w, struct err *e)
{
    const int64_t now_ms = clock_monotonic_ms();

    if (w->full == FULL_NONE && w->cfg->sweep_ms > 0 && sweep_begin(w)) {
        w->full = FULL_RUN;
        w->full_due_ms = now_ms;
    }
    return w->full != FULL_NONE && now_ms >= w->full_due_ms ? sweep_turn(w, e) : ERR_NONE;
}

enum err_class
watch_turn(struct watch *w, struct err *e)
{
    w->ours_failed = true; /* until a call of the shop is made */
    TRY(own(w, e));
    if (!w->ready || clock_monotonic_ms() < w->trouble.not_before_ms)
        return ERR_NONE;
    if (w->light != LIGHT_NONE)
        return light_turn(w, e);
    if (clock_monotonic_ms() >= w->light_due_ms)
        return begin_light(w, e);
    return full_turn(w, e);
}

int64_t
watch_due_ms(const struct watch *w)
{
    int64_t due = w->light != LIGHT_NONE ? 0 : w->light_due_ms;

    if (!w->ready)
        return w->lease_due_ms;
    if (w->full != FULL_NONE)
        due = w->full_due_ms < due ? w->full_due_ms : due;
    else if (w->cfg->sweep_ms > 0)
        due = w->sweep_due_ms < due ? w->sweep_due_ms : due;
    due = due > w->trouble.not_before_ms ? due : w->trouble.not_before_ms;
    return due < w->lease_due_ms ? due : w->lease_due_ms;
}
