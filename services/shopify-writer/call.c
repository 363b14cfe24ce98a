/*
 * call.c: start, answer, pace; see call.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "call.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "metrics/metrics.h"
#include "writer_documents.h"

enum { HOLD_BASE_MS = 100, HOLD_CAP_MS = 30000, HOLD_SHIFT_MAX = 8 };

static struct metric calls_total = METRIC(
    METRIC_COUNTER, "millrace_shopify_writer_calls_total",
    "Calls to Shopify by shop, kind and outcome (none is a success; retry, reject, fatal).");
static struct metric call_us = METRIC(METRIC_HISTOGRAM_US, "millrace_shopify_writer_call_seconds",
                                      "From the start of a call to its whole answer.");
static struct metric paused_gauge = METRIC(
    METRIC_GAUGE, "millrace_shop_paused",
    "1 while a shop refuses us until a person acts; it is tried again within 30 s.");

/* What kinds of call cost (by Shopify's rule, for our documents) and which part of the bucket each
 * may draw on. */
static const struct kind {
    const char *name;
    enum pace_class pace;
    int64_t cost;
} kinds[CALL_KINDS] = {
    [CALL_STOCK_WRITE] = { "stock_write", PACE_ATP, 10 },
    [CALL_STOCK_READ] = { "stock_read", PACE_ATP, 5 },
    [CALL_PARCEL_READ] = { "parcel_read", PACE_FULFILLMENT, 110 },
    [CALL_PARCEL_WRITE] = { "parcel_write", PACE_FULFILLMENT, 12 },
};

struct call {
    struct writer *w;
    struct shop_state *s;
    struct call_spec spec;
    struct shopify_post post;
    int64_t began_ms;
};

static size_t
limit_of(const struct writer *w, enum call_kind kind)
{
    const struct writer_conf *c = &w->cfg->writer;

    switch (kind) {
    case CALL_STOCK_WRITE:
        return (size_t)c->stock_calls;
    case CALL_PARCEL_WRITE:
        return (size_t)c->parcel_calls;
    case CALL_STOCK_READ:
    case CALL_PARCEL_READ:
        break;
    }
    return (size_t)c->read_calls;
}

size_t
call_room(const struct writer *w, const struct shop_state *s, enum call_kind kind)
{
    const struct kind *k = &kinds[kind];
    const size_t limit = limit_of(w, kind);

    if (clock_monotonic_ms() < s->hold_until_ms || s->in_flight[kind] >= limit
        || http_multi_in_flight(w->http) >= HTTP_MULTI_MAX)
        return 0;
    if (shopify_wait_ms(s->api, k->pace, k->cost + s->cost_in_flight) > 0)
        return 0;
    return limit - s->in_flight[kind];
}

enum err_class
call_body(struct arena *mem, const struct text_file *doc, struct str variables, struct str *ret,
          struct err *e)
{
    CLEANUP_VALUE(buf_fini) struct buf body;
    const struct shopify_request request = { .doc = doc, .documents = writer_documents,
                                             .variables = variables };

    buf_init(&body, SHOPIFY_BODY_MAX);
    TRY(shopify_body(&body, &request, e));
    *ret = arena_str(mem, buf_str(&body));
    return ERR_NONE;
}

/* The shop wants a person: that is said where people look. What holds calls back is hold_until_ms,
 * as with any failure, so that the shop goes on by itself once he has acted. */
static enum err_class
pause_shop(struct writer *w, struct shop_state *s, const struct err *why, struct err *e)
{
    char labels[METRIC_LABELS_MAX];

    if (!s->paused)
        LOG_ERROR(MSG("shop paused"), KV("shop", s->conf->key),
                  KV("error", (const char *)why->text));
    (void)snprintf(labels, sizeof labels, "shop=\"%s\"", s->conf->key);
    metric_set(&paused_gauge, labels, 1);
    s->paused = true;
    return pg_exec(w->db, e, NULL, &sql_shop_paused, PG_CSTR(s->conf->key), PG_CSTR(why->text),
                   PG_TIME(clock_now()));
}

static enum err_class
resume_shop(struct writer *w, struct shop_state *s, struct err *e)
{
    char labels[METRIC_LABELS_MAX];

    LOG_INFO(MSG("shop answers again"), KV("shop", s->conf->key));
    (void)snprintf(labels, sizeof labels, "shop=\"%s\"", s->conf->key);
    metric_set(&paused_gauge, labels, 0);
    s->paused = false;
    return pg_exec(w->db, e, NULL, &sql_shop_resumed, PG_CSTR(s->conf->key), PG_TIME(clock_now()));
}

/* How the shop is to be treated from now on. Several calls that fail together count once. */
static enum err_class
learn(struct writer *w, struct shop_state *s, const struct answered *a, struct err *e)
{
    const int64_t now_ms = clock_monotonic_ms();

    if (a->error.class == ERR_NONE || a->error.class == ERR_REJECT) {
        s->failures = 0;
        return s->paused && a->error.class == ERR_NONE ? resume_shop(w, s, e) : ERR_NONE;
    }
    if (now_ms >= s->hold_until_ms) {
        const int shift = s->failures < HOLD_SHIFT_MAX ? s->failures : HOLD_SHIFT_MAX;
        const int64_t jitter = rand_backoff_ms(HOLD_BASE_MS, HOLD_CAP_MS, shift);
        s->hold_until_ms = now_ms + a->answer->wait_ms + jitter;
        s->failures++;
    }
    LOG_WARN(MSG("call failed"), KV("shop", s->conf->key),
             KV("class", err_class_name(a->error.class)),
             KV("hold_ms", s->hold_until_ms - now_ms), KV("error", (const char *)a->error.text));
    return a->error.class == ERR_FATAL ? pause_shop(w, s, &a->error, e) : ERR_NONE;
}

/* False only when Shopify's answer, or its absence, says that nothing was done. */
static bool
may_be_executed(const struct err *error)
{
    static const char *const refused_first[] = { HTTP_UNSENT, "429", "430", "THROTTLED" };
    static const char *const refused_late[] = { "VERSION", "too-large" };

    if (error->class == ERR_NONE)
        return true;
    if (error->class == ERR_RETRY) {
        for (size_t i = 0; i < sizeof refused_first / sizeof refused_first[0]; i++)
            if (strcmp(error->code, refused_first[i]) == 0)
                return false;
        return true;
    }
    for (size_t i = 0; i < sizeof refused_late / sizeof refused_late[0]; i++)
        if (strcmp(error->code, refused_late[i]) == 0)
            return true;
    return false;
}

static void
observe(const struct call *c, enum err_class class)
{
    char labels[METRIC_LABELS_MAX];
    const char *kind = kinds[c->spec.kind].name;

    (void)snprintf(labels, sizeof labels, "shop=\"%s\",kind=\"%s\"", c->s->conf->key, kind);
    metric_observe_us(&call_us, labels, (clock_monotonic_ms() - c->began_ms) * US_PER_MS);
    (void)snprintf(labels, sizeof labels, "shop=\"%s\",kind=\"%s\",outcome=\"%s\"",
                   c->s->conf->key, kind, err_class_name(class));
    metric_add(&calls_total, labels, 1);
}

/* What the database said while an answer was recorded. */
static void
settle(struct writer *w, enum err_class class, const struct err *e)
{
    struct err again = { 0 };

    if (class == ERR_NONE)
        return;
    pg_rollback(w->db);
    if (class == ERR_RETRY || class == ERR_REJECT) {
        LOG_WARN(MSG("an answer could not be recorded; it is asked for again"),
                 KV("error", (const char *)e->text));
        class = service_pg_restore(w->svc, w->db, &again);
        e = &again;
    }
    if (class == ERR_FATAL)
        w->fatal = *e;
}

static void
release(struct call *c)
{
    arena_free(c->spec.mem);
    free(c);
}

static void
on_done(void *ctx, const struct http_response *response, const struct err *result)
{
    struct call *c = ctx;
    struct writer *w = c->w;
    struct shopify_answer answer;
    struct answered a = { .answer = &answer };
    struct err e = { 0 };

    (void)(shopify_read(c->s->api, c->spec.name, c->spec.partial_ok, c->post.sent, response, result,
                        &answer, &a.error) == ERR_NONE);
    c->s->in_flight[c->spec.kind]--;
    c->s->cost_in_flight -= kinds[c->spec.kind].cost;
    w->moved = true;
    /* A Date header is cut to the second and written after the effect: its second contains it. */
    a.effect_at.v = (response->date.v != 0 ? response->date.v : shopify_now(c->s->api).v)
                    + US_PER_S - 1;
    a.executed = may_be_executed(&a.error);
    observe(c, a.error.class);
    settle(w, learn(w, c->s, &a, &e), &e);
    settle(w, c->spec.done(w, c->s, c->spec.what, &a, &e), &e);
    shopify_answer_fini(&answer);
    release(c);
}

enum err_class
call_start(struct writer *w, struct shop_state *s, const struct call_spec *spec, struct err *e)
{
    struct call *c = calloc(1, sizeof *c);

    if (c == NULL) {
        arena_free(spec->mem);
        return err_set(e, ERR_FATAL, "", "no memory for a call");
    }
    *c = (struct call){ .w = w, .s = s, .spec = *spec, .began_ms = clock_monotonic_ms() };
    shopify_post(s->api, spec->body, &c->post);
    c->post.http.once = spec->once;
    const enum err_class class = http_multi_start(w->http, &c->post.http, on_done, c, e);
    if (class != ERR_NONE) {
        release(c);
        return class;
    }
    s->in_flight[spec->kind]++;
    s->cost_in_flight += kinds[spec->kind].cost;
    return ERR_NONE;
}
